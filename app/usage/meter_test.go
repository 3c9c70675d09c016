package usage_test

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/usage"
)

// ledger keeps what is noted, by id; it may fail, before or after that.
type ledger struct {
	mu            sync.Mutex
	rows          map[string]usage.Hour
	before, after error
}

func (l *ledger) Note(_ context.Context, counts []usage.Count) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.before != nil {
		return l.before
	}
	for _, c := range counts {
		l.rows[c.ID] = c.Hour
	}
	return l.after
}

func (l *ledger) hours() []usage.Hour {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []usage.Hour
	for _, hour := range l.rows {
		list = append(list, hour)
	}
	return usage.Merge(list, usage.HourOf)
}

func newMeter() (*usage.Meter, *ledger, *time.Time) {
	l, now := &ledger{rows: map[string]usage.Hour{}}, time.Date(2026, 3, 1, 9, 59, 58, 0, time.UTC)
	return usage.NewMeter(l, slog.New(slog.NewTextHandler(io.Discard, nil)), func() time.Time { return now }), l, &now
}

func TestMeter(t *testing.T) {
	t.Parallel()
	t.Run("what happens is counted under its hour and model", func(t *testing.T) {
		t.Parallel()
		m, l, now := newMeter()
		m.Posted(2, 1)
		m.Answered("guide", false, &app.Usage{PromptTokens: 10, CompletionTokens: 20}, 150*time.Millisecond)
		m.Answered("guide", true, nil, 0)
		*now = now.Add(3 * time.Second)
		m.Posted(1, 0)
		require.NoError(t, m.Flush(t.Context()))
		hours := l.hours()
		require.Len(t, hours, 3)
		require.Equal(t, usage.Counts{Messages: 2, Answers: 1, Failures: 1}, hours[0].Counts)
		guide := hours[1]
		require.Equal(t, "guide", guide.Model)
		require.Equal(t, []int64{2, 1, 10, 20, 1}, []int64{guide.Answers, guide.Failures, guide.PromptTokens, guide.CompletionTokens, guide.FirstToken.Count()})
		require.Equal(t, time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), hours[2].At)
	})
	t.Run("nothing is lost or counted twice while the database comes and goes", func(t *testing.T) {
		t.Parallel()
		m, l, _ := newMeter()
		m.Posted(1, 0)
		l.before = app.ErrUnavailable
		require.Error(t, m.Flush(t.Context()))
		m.Posted(1, 0)
		l.before, l.after = nil, app.ErrUnavailable
		require.Error(t, m.Flush(t.Context()), "stored, and nobody was told")
		l.after = nil
		require.NoError(t, m.Flush(t.Context()))
		require.NoError(t, m.Flush(t.Context()), "nothing new is nothing")
		require.EqualValues(t, 2, usage.Total(l.hours()).Messages)
	})
	t.Run("a flood of models is no flood of rows", func(t *testing.T) {
		t.Parallel()
		m, l, _ := newMeter()
		for i := range 3000 {
			m.Answered(strconv.Itoa(i), false, nil, 0)
		}
		require.NoError(t, m.Flush(t.Context()))
		require.LessOrEqual(t, len(l.hours()), 1001)
		require.EqualValues(t, 3000, usage.Total(l.hours()).Answers)
	})
	t.Run("it is stored every ten seconds", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			m, l, _ := newMeter()
			ctx, stop := context.WithCancel(t.Context())
			go m.Run(ctx)
			m.Posted(1, 0)
			time.Sleep(11 * time.Second)
			synctest.Wait()
			require.Len(t, l.hours(), 1)
			stop()
		})
	})
}

// shelf is a repository that has what it was given.
type shelf struct {
	ledger
	list         []usage.Hour
	since, until time.Time
	forgot       time.Time
	fails        error
}

func (s *shelf) Hours(_ context.Context, since, until time.Time) ([]usage.Hour, error) {
	s.since, s.until = since, until
	return s.list, s.fails
}

func (s *shelf) RollUp(context.Context) (int64, error) { return 0, s.fails }

func (s *shelf) Forget(_ context.Context, before time.Time) error {
	s.forgot = before
	return nil
}

func TestReports(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 30, 9, 30, 0, 0, time.UTC)
	admin := app.Actor{UserID: "a", Role: app.RoleAdmin}
	one := usage.Hour{At: now.Add(-25 * time.Hour), Model: "m", Counts: usage.Counts{Answers: 1}}
	build := func() (*usage.Service, *shelf) {
		s := &shelf{list: []usage.Hour{one, one}}
		return usage.NewService(s, func() time.Time { return now }), s
	}
	t.Run("are for administrators", func(t *testing.T) {
		t.Parallel()
		service, _ := build()
		_, err := service.Report(t.Context(), app.Actor{UserID: "u", Role: app.RoleUser}, "nonsense")
		require.ErrorIs(t, err, app.ErrForbidden)
		_, err = service.Hours(t.Context(), app.Actor{}, now, now)
		require.ErrorIs(t, err, app.ErrForbidden)
	})
	t.Run("of a day have its hours, this one last", func(t *testing.T) {
		t.Parallel()
		service, s := build()
		report, err := service.Report(t.Context(), admin, usage.LastDay)
		require.NoError(t, err)
		require.Len(t, report.Times, 24)
		require.Equal(t, time.Date(2026, 3, 29, 10, 0, 0, 0, time.UTC), report.Times[0])
		require.Equal(t, usage.HourOf(now), report.Times[23])
		require.Equal(t, report.Since, s.since)
	})
	t.Run("of a month have its days, with what is of one day together", func(t *testing.T) {
		t.Parallel()
		service, _ := build()
		report, err := service.Report(t.Context(), admin, usage.LastMonth)
		require.NoError(t, err)
		require.Len(t, report.Times, 30)
		require.Equal(t, []usage.Hour{{At: time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC), Model: "m", Counts: usage.Counts{Answers: 2}}}, report.Data)
	})
	t.Run("of anything else are not there", func(t *testing.T) {
		t.Parallel()
		service, _ := build()
		_, err := service.Report(t.Context(), admin, "1y")
		require.ErrorIs(t, err, app.ErrInvalidInput)
	})
	t.Run("a rollup forgets what is over a year old, and only after it went well", func(t *testing.T) {
		t.Parallel()
		service, s := build()
		s.fails = app.ErrUnavailable
		require.Error(t, service.RollUp(t.Context()))
		require.Zero(t, s.forgot)
		s.fails = nil
		require.NoError(t, service.RollUp(t.Context()))
		require.Equal(t, now.Add(-usage.Keep), s.forgot)
	})
}
