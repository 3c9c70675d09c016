package repositories_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/job"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

const soon = 20 * time.Second

// hand is one node that does jobs: what a test says for one kind, nothing for
// all others.
type hand struct {
	*repositories.JobQueue
	db   *repositories.DB
	node app.NodeID

	mu   sync.Mutex
	runs map[job.Kind]int
	task job.Run
}

func newHand(t *testing.T, db *repositories.DB, node app.NodeID, kind job.Kind, task job.Run) *hand {
	t.Helper()
	h := &hand{db: db, node: node, runs: map[job.Kind]int{}, task: task}
	work := map[job.Kind]job.Run{}
	for _, d := range job.Table() {
		work[d.Kind] = func(ctx context.Context, task job.Task) error {
			h.mu.Lock()
			h.runs[d.Kind]++
			h.mu.Unlock()
			if d.Kind == kind {
				return h.task(ctx, task)
			}
			return nil
		}
	}
	var err error
	h.JobQueue, err = repositories.NewJobQueue(db, node, work, slog.New(slog.NewTextHandler(io.Discard, nil)))
	require.NoError(t, err)
	return h
}

// start does jobs until the test ends.
func (h *hand) start(t *testing.T) *hand {
	t.Helper()
	require.NoError(t, h.Start(t.Context()))
	t.Cleanup(func() { h.halt(t) })
	return h
}

func (h *hand) halt(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.NoError(t, h.Stop(ctx))
}

func (h *hand) count(kind job.Kind) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.runs[kind]
}

func (h *hand) insert(t *testing.T, kind job.Kind) int64 {
	t.Helper()
	id, err := h.Insert(t.Context(), kind, struct{}{})
	require.NoError(t, err)
	return id
}

func (h *hand) becomes(t *testing.T, id int64, what func(job.Job) bool) job.Job {
	t.Helper()
	var j job.Job
	require.Eventually(t, func() bool {
		var err error
		j, err = h.Get(t.Context(), id)
		require.NoError(t, err)
		return what(j)
	}, soon, 5*time.Millisecond, "%+v", &j)
	return j
}

func isNow(state job.State) func(job.Job) bool {
	return func(j job.Job) bool { return j.State == state }
}

// untilEnded is a job that runs until it is told to end.
func untilEnded(ctx context.Context, _ job.Task) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

func TestJobs(t *testing.T) {
	t.Parallel()
	const kind = job.EraseChats
	open := func(t *testing.T, task job.Run) *hand {
		t.Helper()
		return newHand(t, pgtest.New(t), app.NewID[app.NodeID](), kind, task)
	}
	t.Run("are done after the commit, and never without one", func(t *testing.T) {
		t.Parallel()
		made := make(chan job.Task, 9)
		h := open(t, func(_ context.Context, task job.Task) error { made <- task; return nil })
		var lost, kept int64
		require.Error(t, h.db.InTx(t.Context(), func(ctx context.Context) (err error) {
			lost, err = h.Insert(ctx, kind, map[string]string{"a": "lost"})
			require.NoError(t, err)
			return errors.New("no")
		}))
		require.NoError(t, h.db.InTx(t.Context(), func(ctx context.Context) (err error) {
			kept, err = h.Insert(ctx, kind, map[string]string{"a": "kept"})
			return err
		}))
		h.start(t)
		h.becomes(t, kept, isNow(job.Done))
		task := <-made
		require.Equal(t, kept, task.ID)
		require.JSONEq(t, `{"a":"kept"}`, string(task.Args))
		_, err := h.Get(t.Context(), lost)
		require.ErrorIs(t, err, app.ErrNotFound)
	})
	t.Run("wait for each other: one of a kind", func(t *testing.T) {
		t.Parallel()
		h := open(t, untilEnded)
		first := h.insert(t, kind)
		require.Equal(t, first, h.insert(t, kind))
		h.start(t)
		h.becomes(t, first, isNow(job.Running))
		require.Equal(t, first, h.insert(t, kind))
	})
	t.Run("that fail are tried again later, at once when asked, and say why", func(t *testing.T) {
		t.Parallel()
		var once sync.Once
		h := open(t, func(context.Context, job.Task) (err error) {
			once.Do(func() { err = app.Errorf(app.CodeConflict, "The cellar is full.") })
			return err
		}).start(t)
		id := h.insert(t, kind)
		j := h.becomes(t, id, isNow(job.Retrying))
		require.Len(t, j.Errors, 1)
		require.Equal(t, "The cellar is full.", j.Errors[0].Message)
		require.True(t, j.DueAt.After(time.Now()))
		require.NoError(t, h.Retry(t.Context(), id))
		j = h.becomes(t, id, isNow(job.Done))
		require.Equal(t, 2, j.Attempt)
		require.NotNil(t, j.FinishedAt)
	})
	t.Run("that panic fail, and nothing else does", func(t *testing.T) {
		t.Parallel()
		h := open(t, func(context.Context, job.Task) error { panic("the stove is on") }).start(t)
		j := h.becomes(t, h.insert(t, kind), isNow(job.Retrying))
		require.Contains(t, j.Errors[0].Message, "the stove is on")
		h.becomes(t, h.insert(t, job.RollUpUsage), isNow(job.Done))
	})
	t.Run("tell how far they are, and end when they are cancelled", func(t *testing.T) {
		t.Parallel()
		h := open(t, func(ctx context.Context, task job.Task) error {
			task.Report(ctx, "half of it")
			return untilEnded(ctx, task)
		}).start(t)
		id := h.insert(t, kind)
		j := h.becomes(t, id, func(j job.Job) bool { return j.Progress == "half of it" })
		require.Equal(t, h.node, j.Node)
		require.NoError(t, h.Cancel(t.Context(), id))
		h.becomes(t, id, func(j job.Job) bool { return j.Cancelling || j.State == job.Cancelled })
		h.becomes(t, id, isNow(job.Cancelled))
	})
	t.Run("that wait are cancelled at once", func(t *testing.T) {
		t.Parallel()
		h := open(t, untilEnded)
		id := h.insert(t, kind)
		require.NoError(t, h.db.InTx(t.Context(), func(ctx context.Context) error { return h.Cancel(ctx, id) }))
		j, err := h.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, job.Cancelled, j.State)
		require.ErrorIs(t, h.Cancel(t.Context(), 1<<60), app.ErrNotFound)
		require.ErrorIs(t, h.Retry(t.Context(), 1<<60), app.ErrNotFound)
	})
	t.Run("that run when the server has to go are done again, and it counts as no failure", func(t *testing.T) {
		t.Parallel()
		h := open(t, untilEnded)
		require.NoError(t, h.Start(t.Context()))
		id := h.insert(t, kind)
		h.becomes(t, id, isNow(job.Running))
		h.halt(t)
		j, err := h.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, job.Waiting, j.State)
	})
	t.Run("may end while the server has time", func(t *testing.T) {
		t.Parallel()
		end := make(chan struct{})
		h := open(t, func(context.Context, job.Task) error { <-end; return nil })
		require.NoError(t, h.Start(t.Context()))
		id := h.insert(t, kind)
		h.becomes(t, id, isNow(job.Running))
		stopped := make(chan error, 1)
		go func() { stopped <- h.Stop(context.Background()) }()
		close(end)
		require.NoError(t, <-stopped)
		j, err := h.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, job.Done, j.State)
		require.NoError(t, h.Stop(t.Context()), "stopping again is nothing")
	})
}
