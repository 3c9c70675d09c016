package repositories_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/realtime"
	"github.com/quillium/quillium/repositories"
)

// What is run for each message and each subscription is planned once a
// connection.
func TestPlannedOnce(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	db, err := repositories.Open(t.Context(), w.db.ConnConfig().ConnString(), 1)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	for name, c := range map[string]struct {
		like string
		do   func() error
	}{
		"posts": {"with posting as", func() error {
			_, err := repositories.NewMessageRepository(db).Create(t.Context(), w.owner, []chat.Posting{question(id, user, "why?")})
			return err
		}},
		"subscriptions": {"a(chat_id, since)", func() error {
			_, err := repositories.NewSnapshotRepository(db).Snapshots(t.Context(), user, []realtime.Ask{{ChatID: id, Since: ptr(int64(1))}}, 50, true)
			return err
		}},
		"changes": {"b.rev > a.since order by b.rev", func() error {
			_, err := repositories.NewSnapshotRepository(db).SinceAll(t.Context(), []realtime.Where{{ChatID: id, Rev: 1}})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for range 3 {
				require.NoError(t, c.do())
			}
			own, once := repositories.Plans(t, db, c.like)
			require.Zero(t, own)
			require.GreaterOrEqual(t, once, 3)
		})
	}
	t.Run("and the settings end with the transaction", func(t *testing.T) {
		require.Equal(t, "auto on", repositories.Planning(t, db))
	})
}
