package status_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/status"
)

var (
	now   = time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	admin = app.Actor{UserID: "a", Role: app.RoleAdmin}
)

// shared is what all nodes share.
type shared struct {
	nodes []status.Node
	since time.Time
	err   error
}

func (s *shared) Now(_ context.Context, since time.Time) (status.Figures, []status.Node, error) {
	s.since = since
	return status.Figures{Users: 3, Online: 2, DatabaseVersion: "PostgreSQL 15.4"}, s.nodes, s.err
}

func (s *shared) Introduce(context.Context, app.NodeID, string, string) error { return s.err }

func service(s *shared, checks ...status.Checker) *status.Service {
	return status.NewService(s, status.Options{
		Node: "here", Version: "1.2", Sockets: func() int { return 7 }, Checks: checks, Now: func() time.Time { return now },
	})
}

func TestOverview(t *testing.T) {
	t.Parallel()
	t.Run("only administrators see it", func(t *testing.T) {
		t.Parallel()
		for _, actor := range []app.Actor{{}, {UserID: "u", Role: app.RoleUser}} {
			_, err := service(&shared{}).Overview(t.Context(), actor)
			require.ErrorIs(t, err, app.ErrForbidden)
		}
	})
	t.Run("nodes that raised their beat lately are alive, and come first", func(t *testing.T) {
		t.Parallel()
		s := &shared{nodes: []status.Node{
			{ID: "gone", Version: "1.1", SeenAt: now.Add(-time.Minute)}, {ID: "here", Version: "1.2", SeenAt: now.Add(-time.Second)},
		}}
		got, err := service(s).Overview(t.Context(), admin)
		require.NoError(t, err)
		require.Equal(t, []app.NodeID{"here", "gone"}, []app.NodeID{got.Nodes[0].ID, got.Nodes[1].ID})
		require.True(t, got.Nodes[0].Alive && got.Nodes[0].Here)
		require.False(t, got.Nodes[1].Alive || got.Nodes[1].Here)
		require.Equal(t, now.Add(-24*time.Hour), s.since)
		require.Equal(t, status.Well, got.State())
		require.Equal(t, 7, got.Sockets)
		require.Equal(t, 2, got.Online)
	})
	t.Run("the worst check says how everything is", func(t *testing.T) {
		t.Parallel()
		s := &shared{nodes: []status.Node{{ID: "here", Version: "1.2", SeenAt: now}, {ID: "b", Version: "1.1", SeenAt: now}}}
		got, err := service(s).Overview(t.Context(), admin)
		require.NoError(t, err)
		require.Equal(t, status.Worth, got.State(), "two versions run")
		got, err = service(s, status.Notifications(func() bool { return false })).Overview(t.Context(), admin)
		require.NoError(t, err)
		require.Equal(t, status.Wrong, got.State())
	})
	t.Run("what cannot be read is an error, not a zero", func(t *testing.T) {
		t.Parallel()
		_, err := service(&shared{err: app.ErrUnavailable}).Overview(t.Context(), admin)
		require.ErrorIs(t, err, app.ErrUnavailable)
	})
}

func TestChecks(t *testing.T) {
	t.Parallel()
	providers := func(list ...app.ManagedProvider) status.Checker {
		return status.Providers(func(context.Context, app.Actor) ([]app.ManagedProvider, error) { return list, nil })
	}
	disk := func(free uint64, err error) status.Checker {
		return status.Disk(func() (uint64, error) { return free, err })
	}
	for _, c := range []struct {
		what  string
		check status.Checker
		state status.State
		says  string
	}{
		{"hints arrive", status.Notifications(func() bool { return true }), status.Well, "at once"},
		{"hints do not arrive", status.Notifications(func() bool { return false }), status.Wrong, "NOTIFY_DATABASE_URL"},
		{"nobody is there to be asked", providers(), status.Worth, "only the guide"},
		{"those that are switched off do not count", providers(app.ManagedProvider{Name: "Old", Reason: "gone"}), status.Worth, "only the guide"},
		{"all can be reached", providers(app.ManagedProvider{Name: "A", Enabled: true}), status.Well, "All"},
		{"one cannot", providers(app.ManagedProvider{Name: "A", Enabled: true}, app.ManagedProvider{Name: "B", Enabled: true, Reason: "away"}), status.Wrong, "B"},
		{"much room", disk(5<<30, nil), status.Well, "5.0 GiB"},
		{"little room", disk(500<<20, nil), status.Worth, "500 MiB"},
		{"hardly any", disk(5<<20, nil), status.Wrong, "5 MiB"},
		{"nobody knows", disk(0, errors.New("no")), status.Worth, "cannot be read"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			got := c.check(t.Context(), admin)
			require.Equal(t, c.state, got.State)
			require.Contains(t, got.Says, c.says)
			require.NotEmpty(t, got.Name)
		})
	}
}
