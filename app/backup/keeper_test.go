package backup

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/job"
)

// office is a queue of jobs, and who writes down what is done.
type office struct {
	jobs   []job.Job
	events []audit.Event
	fails  error
}

func (o *office) Insert(context.Context, job.Kind, any) (int64, error) { return 7, o.fails }

func (o *office) Get(_ context.Context, id int64) (job.Job, error) {
	return job.Job{ID: id, CreatedAt: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)}, nil
}

func (o *office) List(context.Context, job.Filter, app.PageRequest) (app.Page[job.Job], error) {
	return app.Page[job.Job]{Data: o.jobs}, nil
}

func (o *office) InTx(ctx context.Context, work func(context.Context) error) error { return work(ctx) }

func (o *office) Record(_ context.Context, event audit.Event) error {
	o.events = append(o.events, event)
	return o.fails
}

func newKeeper(t *testing.T, write Making) (*Keeper, *office, string) {
	t.Helper()
	o, folder := &office{}, t.TempDir()
	return NewKeeper(KeeperParts{Shelf: NewShelf(folder), Node: "n", Jobs: o, Tx: o, Audit: o, Write: write, Now: time.Now}), o, folder
}

func TestKeeper(t *testing.T) {
	t.Parallel()
	fresh := app.Actor{UserID: "a", SessionID: "s", Role: app.RoleAdmin, ConfirmedAt: time.Now()}
	stale := fresh
	stale.ConfirmedAt = time.Now().Add(-time.Hour)
	name := NameOf(time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC), 7)
	put := func(t *testing.T, folder string) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("kept"), 0o600))
	}
	t.Run("all of it is for administrators", func(t *testing.T) {
		t.Parallel()
		k, o, folder := newKeeper(t, nil)
		put(t, folder)
		ada := app.Actor{UserID: "u", Role: app.RoleUser}
		_, err := k.List(t.Context(), ada)
		require.ErrorIs(t, err, app.ErrForbidden)
		_, err = k.Create(t.Context(), ada)
		require.ErrorIs(t, err, app.ErrForbidden)
		_, _, err = k.Open(t.Context(), ada, "nonsense", "")
		require.ErrorIs(t, err, app.ErrForbidden)
		require.ErrorIs(t, k.Delete(t.Context(), ada, "nonsense"), app.ErrForbidden)
		require.Empty(t, o.events)
	})
	t.Run("one that is asked for is recorded under its name", func(t *testing.T) {
		t.Parallel()
		k, o, _ := newKeeper(t, nil)
		made, err := k.Create(t.Context(), stale)
		require.NoError(t, err)
		require.EqualValues(t, 7, made.ID)
		require.Equal(t, []audit.Event{{Action: audit.BackupRequested, Actor: stale, Target: name}}, o.events)
	})
	t.Run("the job that is told is the newest of this node", func(t *testing.T) {
		t.Parallel()
		k, o, _ := newKeeper(t, nil)
		o.jobs = []job.Job{{ID: 3, Queue: "node-other"}, {ID: 2, Queue: "node-n"}, {ID: 1, Queue: "node-n"}}
		listing, err := k.List(t.Context(), fresh)
		require.NoError(t, err)
		require.EqualValues(t, 2, listing.Job.ID)
	})
	t.Run("reading takes a password of late, a reason, and a record", func(t *testing.T) {
		t.Parallel()
		k, o, folder := newKeeper(t, nil)
		put(t, folder)
		_, _, err := k.Open(t.Context(), stale, name, "to see")
		require.ErrorIs(t, err, app.ErrForbidden)
		_, _, err = k.Open(t.Context(), fresh, name, "")
		require.ErrorIs(t, err, app.ErrInvalidInput)
		require.Empty(t, o.events)
		from, file, err := k.Open(t.Context(), fresh, name, " to see ")
		require.NoError(t, err)
		text, err := io.ReadAll(from)
		require.NoError(t, err)
		require.NoError(t, from.Close())
		require.Equal(t, "kept", string(text))
		require.EqualValues(t, 4, file.Bytes)
		require.Equal(t, "to see", o.events[0].Details[audit.KeyReason])
		o.fails = app.ErrUnavailable
		_, _, err = k.Open(t.Context(), fresh, name, "to see")
		require.ErrorIs(t, err, app.ErrUnavailable, "what is not recorded is not read")
	})
	t.Run("deleting takes a password of late, and a record", func(t *testing.T) {
		t.Parallel()
		k, o, folder := newKeeper(t, nil)
		put(t, folder)
		require.ErrorIs(t, k.Delete(t.Context(), stale, name), app.ErrForbidden)
		o.fails = app.ErrUnavailable
		require.ErrorIs(t, k.Delete(t.Context(), fresh, name), app.ErrUnavailable)
		require.FileExists(t, filepath.Join(folder, name))
		o.fails = nil
		require.NoError(t, k.Delete(t.Context(), fresh, name))
		require.NoFileExists(t, filepath.Join(folder, name))
		require.ErrorIs(t, k.Delete(t.Context(), fresh, name), app.ErrNotFound)
	})
	t.Run("the job tells how far it is while it writes", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			k, _, _ := newKeeper(t, func(_ context.Context, path string, written func(int64)) error {
				written(500 << 10)
				time.Sleep(3 * time.Second)
				written(5 << 19)
				return os.WriteFile(path, nil, 0o600)
			})
			var said []string
			task := job.Task{ID: 7, Report: func(_ context.Context, progress string) { said = append(said, progress) }}
			require.NoError(t, k.Make(t.Context(), task))
			require.Equal(t, []string{"500 KB written", "2.5 MB written, all of it"}, said)
			require.NoError(t, k.Make(t.Context(), task), "once more is nothing")
		})
	})
	t.Run("a failure is the job's", func(t *testing.T) {
		t.Parallel()
		k, _, _ := newKeeper(t, func(context.Context, string, func(int64)) error { return errors.New("full") })
		require.ErrorContains(t, k.Make(t.Context(), job.Task{ID: 1}), "full")
	})
}
