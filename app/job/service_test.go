package job_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/job"
)

// desk is a queue of one job, and who writes down what is done to it.
type desk struct {
	job    job.Job
	asked  []job.Filter
	events []audit.Event
	fails  error
}

func (d *desk) Insert(context.Context, job.Kind, any) (int64, error) { return d.job.ID, d.fails }

func (d *desk) List(_ context.Context, filter job.Filter, _ app.PageRequest) (app.Page[job.Job], error) {
	d.asked = append(d.asked, filter)
	return app.Page[job.Job]{Data: []job.Job{d.job}}, d.fails
}

func (d *desk) Get(_ context.Context, id int64) (job.Job, error) {
	if id != d.job.ID {
		return job.Job{}, app.ErrNotFound
	}
	return d.job, nil
}

func (d *desk) Lines(context.Context) ([]job.Line, error) { return nil, d.fails }

func (d *desk) Retry(context.Context, int64) error {
	d.job.State = job.Waiting
	return d.fails
}

func (d *desk) Cancel(context.Context, int64) error {
	d.job.State = job.Cancelled
	return d.fails
}

func (d *desk) InTx(ctx context.Context, work func(context.Context) error) error { return work(ctx) }

func (d *desk) Record(_ context.Context, event audit.Event) error {
	d.events = append(d.events, event)
	return nil
}

var admin = app.Actor{UserID: "a", Role: app.RoleAdmin}

func TestService(t *testing.T) {
	t.Parallel()
	with := func(state job.State) (*job.Service, *desk) {
		d := &desk{job: job.Job{ID: 7, Kind: job.EraseChats, State: state}}
		return job.NewService(d, d, d), d
	}
	t.Run("all of it is for administrators", func(t *testing.T) {
		t.Parallel()
		s, d := with(job.Failed)
		ada := app.Actor{UserID: "u", Role: app.RoleUser}
		for name, call := range map[string]func() error{
			"list": func() error {
				_, err := s.List(t.Context(), ada, job.Filter{State: "nonsense"}, app.PageRequest{})
				return err
			},
			"get":    func() error { _, err := s.Get(t.Context(), ada, 7); return err },
			"lines":  func() error { _, err := s.Lines(t.Context(), ada); return err },
			"retry":  func() error { _, err := s.Retry(t.Context(), ada, 8); return err },
			"cancel": func() error { _, err := s.Cancel(t.Context(), ada, 8); return err },
		} {
			require.ErrorIs(t, call(), app.ErrForbidden, name)
		}
		require.Empty(t, d.asked)
		require.Empty(t, d.events)
	})
	t.Run("a list is of states and kinds that there are", func(t *testing.T) {
		t.Parallel()
		s, d := with(job.Failed)
		for _, state := range append(job.States(), "") {
			_, err := s.List(t.Context(), admin, job.Filter{State: state, Kind: job.EraseChats}, app.PageRequest{})
			require.NoError(t, err)
		}
		require.Len(t, d.asked, len(job.States())+1)
		for _, wrong := range []job.Filter{{State: "available"}, {Kind: "nap"}} {
			_, err := s.List(t.Context(), admin, wrong, app.PageRequest{})
			require.ErrorIs(t, err, app.ErrInvalidInput)
		}
	})
	t.Run("what may be done depends on where a job is", func(t *testing.T) {
		t.Parallel()
		for _, state := range job.States() {
			s, d := with(state)
			_, err := s.Retry(t.Context(), admin, 7)
			require.Equal(t, state == job.Running, errors.Is(err, app.ErrConflict), state)
			require.Equal(t, err == nil, len(d.events) == 1)
			s, d = with(state)
			_, err = s.Cancel(t.Context(), admin, 7)
			require.Equal(t, state.Over(), errors.Is(err, app.ErrConflict), state)
			require.Equal(t, err == nil, len(d.events) == 1)
		}
	})
	t.Run("it is recorded with before and after", func(t *testing.T) {
		t.Parallel()
		s, d := with(job.Failed)
		after, err := s.Retry(t.Context(), admin, 7)
		require.NoError(t, err)
		require.Equal(t, job.Waiting, after.State)
		require.Equal(t, []audit.Event{{Action: audit.JobRetried, Actor: admin, Target: "7", Details: map[audit.Key]string{
			audit.KeyKind: "erase_chats", audit.KeyFrom: "failed", audit.KeyTo: "waiting",
		}}}, d.events)
	})
	t.Run("what could not be done is not recorded", func(t *testing.T) {
		t.Parallel()
		s, d := with(job.Failed)
		d.fails = app.ErrUnavailable
		_, err := s.Retry(t.Context(), admin, 7)
		require.ErrorIs(t, err, app.ErrUnavailable)
		require.Empty(t, d.events)
	})
}

func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[job.Kind]bool{}
	for _, d := range job.Table() {
		require.False(t, seen[d.Kind], d.Kind)
		seen[d.Kind] = true
		require.NotEmpty(t, d.Title)
		require.Equal(t, d.Title, job.TitleOf(d.Kind))
		require.Positive(t, d.Longest)
		require.True(t, d.Every == 0 || d.Every >= time.Minute, "a leader makes none more often")
	}
	require.Equal(t, "gone", job.TitleOf("gone"))
}
