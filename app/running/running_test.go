package running_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/running"
)

// stage is everything that the service stands on.
type stage struct {
	app.Signals
	events  []audit.Event
	failing error
	run     int64
	changed []app.Changes
}

func (s *stage) Nodes(context.Context) ([]app.SocketNode, error) {
	return []app.SocketNode{{ID: "n"}}, s.failing
}

func (s *stage) Sockets(context.Context, running.Filter, app.PageRequest) (app.Page[app.Socket], error) {
	return app.Page[app.Socket]{Data: []app.Socket{{ID: "s"}}}, nil
}

func (s *stage) Answers(context.Context, app.PageRequest) (app.Page[app.RunningAnswer], error) {
	return app.Page[app.RunningAnswer]{}, nil
}

func (s *stage) EndSocket(context.Context, string) (app.Socket, error) {
	return app.Socket{User: app.Person{ID: "ada"}, SessionID: "session"}, s.failing
}

func (s *stage) ChatOf(context.Context, app.MessageID) (app.ChatID, error) { return "chat", s.failing }

func (s *stage) Stop(context.Context, app.ChatID, app.MessageID) (app.Changes, int64, error) {
	return app.Changes{ChatID: "chat", From: 1, Rev: s.run}, s.run, nil
}

func (s *stage) InTx(ctx context.Context, work func(context.Context) error) error { return work(ctx) }

func (s *stage) Record(_ context.Context, e audit.Event) error {
	s.events = append(s.events, e)
	return nil
}

func (s *stage) ChatChanged(c app.Changes) { s.changed = append(s.changed, c) }

// ledger and hall are one node.
type ledger struct {
	mu      sync.Mutex
	puts    int
	cleared chan struct{}
	ending  []string
	ended   []string
	failing error
}

func (l *ledger) Put(context.Context, app.Owner, int, []app.Socket) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.puts++
	return l.ending, l.failing
}

func (l *ledger) Clear(context.Context, app.NodeID) error { close(l.cleared); return nil }

func (l *ledger) Sockets(int, int) ([]app.Socket, int) { return nil, 0 }

func (l *ledger) EndSockets(ids []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = append(l.ended, ids...)
}

func (l *ledger) seen() (puts int, ended []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.puts, l.ended
}

func newRoster(l *ledger, ring func()) *running.Roster {
	return running.NewRoster(l, l, func() app.Owner { return app.Owner{Node: "n", Epoch: 1} }, ring, slog.New(slog.DiscardHandler))
}

var admin = app.Actor{UserID: "eve", Role: app.RoleAdmin}

func newService(t *testing.T, s *stage) *running.Service {
	t.Helper()
	l := &ledger{cleared: make(chan struct{})}
	roster := newRoster(l, func() {})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); roster.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	return running.NewService(s, s, roster, s, s, s)
}

func TestService(t *testing.T) {
	t.Parallel()
	t.Run("only administrators see and end anything", func(t *testing.T) {
		t.Parallel()
		s := &stage{run: 2}
		service := newService(t, s)
		for _, actor := range []app.Actor{{}, {UserID: "ada", Role: app.RoleUser}} {
			_, err := service.Sockets(t.Context(), actor, running.Filter{}, app.PageRequest{})
			require.ErrorIs(t, err, app.ErrForbidden)
			_, err = service.Answers(t.Context(), actor, app.PageRequest{})
			require.ErrorIs(t, err, app.ErrForbidden)
			require.ErrorIs(t, service.EndSocket(t.Context(), actor, "s"), app.ErrForbidden)
			require.ErrorIs(t, service.EndAnswer(t.Context(), actor, "m"), app.ErrForbidden)
		}
		require.Empty(t, s.events)
	})
	t.Run("sockets come with the nodes that told of them", func(t *testing.T) {
		t.Parallel()
		list, err := newService(t, &stage{}).Sockets(t.Context(), admin, running.Filter{}, app.PageRequest{Limit: 1})
		require.NoError(t, err)
		require.Equal(t, "s", list.Data[0].ID)
		require.Equal(t, app.NodeID("n"), list.Nodes[0].ID)
	})
	t.Run("who ends something is on record", func(t *testing.T) {
		t.Parallel()
		s := &stage{run: 2}
		service := newService(t, s)
		require.NoError(t, service.EndSocket(t.Context(), admin, "s"))
		require.NoError(t, service.EndAnswer(t.Context(), admin, "m"))
		require.Equal(t, []audit.Event{
			{Action: audit.SocketEnded, Actor: admin, Target: "ada", Details: map[audit.Key]string{audit.KeySession: "session"}},
			{Action: audit.AnswerStopped, Actor: admin, Target: "m"},
		}, s.events)
		require.Len(t, s.changed, 1, "who follows the chat is told")
	})
	t.Run("an answer that has ended is not found, and there is nothing to record", func(t *testing.T) {
		t.Parallel()
		s := &stage{run: 0}
		require.ErrorIs(t, newService(t, s).EndAnswer(t.Context(), admin, "m"), app.ErrNotFound)
		require.Empty(t, s.events)
		require.Empty(t, s.changed)
	})
	t.Run("what fails below is told", func(t *testing.T) {
		t.Parallel()
		s := &stage{failing: errors.New("away")}
		service := newService(t, s)
		_, err := service.Sockets(t.Context(), admin, running.Filter{}, app.PageRequest{})
		require.ErrorIs(t, err, s.failing)
		require.ErrorIs(t, service.EndSocket(t.Context(), admin, "s"), s.failing)
		require.ErrorIs(t, service.EndAnswer(t.Context(), admin, "m"), s.failing)
		require.Empty(t, s.events)
	})
}

func TestRoster(t *testing.T) {
	t.Parallel()
	t.Run("it writes when somebody asks, ends what is wished, and clears up in the end", func(t *testing.T) {
		t.Parallel()
		l := &ledger{cleared: make(chan struct{}), ending: []string{"a"}}
		rang := make(chan struct{}, 1)
		roster := newRoster(l, func() { rang <- struct{}{} })
		ctx, stop := context.WithCancel(t.Context())
		go roster.Run(ctx)
		roster.Ask(t.Context())
		<-rang
		puts, ended := l.seen()
		require.Equal(t, 1, puts)
		require.Equal(t, []string{"a"}, ended)
		stop()
		<-l.cleared
	})
	t.Run("many who ask at once make it write once or twice", func(t *testing.T) {
		t.Parallel()
		l := &ledger{cleared: make(chan struct{})}
		roster := newRoster(l, func() {})
		ctx, stop := context.WithCancel(t.Context())
		go roster.Run(ctx)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { roster.Ask(t.Context()) })
		}
		all.Wait()
		stop()
		<-l.cleared
		puts, _ := l.seen()
		require.LessOrEqual(t, puts, 3)
	})
	t.Run("nobody waits long for a node that cannot write", func(t *testing.T) {
		t.Parallel()
		began := time.Now()
		newRoster(&ledger{}, func() {}).Ask(t.Context())
		require.Less(t, time.Since(began), 5*time.Second)
	})
}
