package repositories_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	w.asked(id, user)
	kept := repositories.NewStatusRepository(w.db)
	require.NoError(t, kept.Introduce(t.Context(), w.owner.Node, "alpha", "1.2"))
	require.NoError(t, repositories.NewPresenceRepository(w.db).Change(t.Context(), w.owner, []app.UserID{user}, nil))

	got, nodes, err := kept.Now(t.Context(), time.Now().Add(-time.Minute))
	require.NoError(t, err)
	require.Equal(t, []int{1, 1, 1, 0}, []int{got.Users, got.Online, got.Running, got.Waiting})
	require.Positive(t, got.DatabaseBytes)
	require.Contains(t, got.DatabaseVersion, "PostgreSQL 1")

	require.Len(t, nodes, 1)
	require.Equal(t, w.owner.Node, nodes[0].ID)
	require.Equal(t, []any{"alpha", "1.2", 1}, []any{nodes[0].Host, nodes[0].Version, nodes[0].Answers})

	w.do(`update nodes set seen_at = now() - interval '1 minute'`)
	_, err = repositories.NewNodeRepository(w.db).Register(t.Context(), app.NewID[app.NodeID]())
	require.NoError(t, err)
	got, _, err = kept.Now(t.Context(), time.Now())
	require.NoError(t, err)
	require.Zero(t, got.Online, "nobody is online on a node that is gone")
	alive, _, err := repositories.NewNodeRepository(w.db).Flush(t.Context(), w.owner, nil, nil)
	require.NoError(t, err)
	require.True(t, alive)
	_, nodes, err = kept.Now(t.Context(), time.Now().Add(-10*time.Second))
	require.NoError(t, err)
	require.Len(t, nodes, 2, "a beat says that the node is there")
}
