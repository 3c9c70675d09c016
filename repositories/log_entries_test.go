package repositories_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/logbook"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

func TestLogEntries(t *testing.T) {
	t.Parallel()
	r := repositories.NewLogRepository(pgtest.New(t))
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	node := app.NewID[app.NodeID]()
	var noted []app.LogEntry
	for i := range 10 {
		noted = append(noted, app.LogEntry{
			ID: app.NewID[string](), At: at.Add(time.Duration(i) * time.Minute), Level: []string{"warn", "error"}[i%2], Node: node,
			Message: fmt.Sprint("line ", i), Details: map[string]string{"i": fmt.Sprint(i)},
		})
	}
	for range 2 {
		require.NoError(t, r.Add(t.Context(), noted), "what is stored twice is there once")
	}
	hour := logbook.Filter{Since: at, Until: at.Add(time.Hour)}
	t.Run("newest first, as they were", func(t *testing.T) {
		page, err := r.List(t.Context(), hour, app.PageRequest{Limit: 4})
		require.NoError(t, err)
		require.Equal(t, noted[9], page.Data[0])
		page, err = r.List(t.Context(), hour, app.PageRequest{Limit: 10, Cursor: *page.Pagination.Next})
		require.NoError(t, err)
		require.Len(t, page.Data, 6)
		require.Equal(t, noted[0], page.Data[5])
		require.Nil(t, page.Pagination.Next)
		_, err = r.List(t.Context(), hour, app.PageRequest{Limit: 1, Cursor: "x"})
		require.ErrorIs(t, err, app.ErrInvalidInput)
	})
	t.Run("counted by pieces of time that begin with it", func(t *testing.T) {
		steps, err := r.Count(t.Context(), hour)
		require.NoError(t, err)
		require.Equal(t, app.LogStep{At: at, Warns: 1, Errors: 1}, steps[0])
		warns, errors := 0, 0
		for _, step := range steps {
			require.Zero(t, step.At.Sub(at)%hour.Step())
			warns, errors = warns+step.Warns, errors+step.Errors
		}
		require.Equal(t, []int{5, 5}, []int{warns, errors})
	})
	t.Run("old ones go", func(t *testing.T) {
		require.NoError(t, r.Purge(t.Context(), at.Add(5*time.Minute)))
		page, err := r.List(t.Context(), hour, app.PageRequest{Limit: 100})
		require.NoError(t, err)
		require.Len(t, page.Data, 5)
	})
}

// A hundred thousand lines: what is shown is found by an index.
func TestLogEntriesPlan(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	w.do(`insert into log_entries (id, at, level, node_id, message, request_id, user_id, route, details)
		select gen_random_uuid(), now() - n * interval '5 seconds', 2, gen_random_uuid(), 'x', gen_random_uuid()::text, '', '', '{}' from generate_series(1, 100000) n`)
	w.do(`analyze log_entries`)
	for query, index := range map[string]string{
		`select id from log_entries where at >= now() - interval '1 day' and at < now() order by at desc, id desc limit 51`:                  "log_entries_at",
		`select id from log_entries where at >= now() - interval '7 days' and at < now() and request_id = 'x' and request_id <> '' limit 51`: "log_entries_request",
	} {
		var plan string
		require.NoError(t, w.raw.QueryRow(t.Context(), `explain (format json) `+query).Scan(&plan))
		require.Contains(t, plan, index)
		require.NotContains(t, plan, "Seq Scan")
	}
}
