package repositories_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/job"
	"github.com/quillium/quillium/repositories/pgtest"
)

func TestJobsOfSeveralNodes(t *testing.T) {
	t.Parallel()
	idle := func(context.Context, job.Task) error { return nil }
	t.Run("are done by one of them, and what is due by the clock is made once", func(t *testing.T) {
		t.Parallel()
		db := pgtest.New(t)
		one := newHand(t, db, app.NewID[app.NodeID](), job.EraseChats, idle).start(t)
		two := newHand(t, db, app.NewID[app.NodeID](), job.EraseChats, idle).start(t)
		require.Eventually(t, func() bool { return one.count(job.EraseChats)+two.count(job.EraseChats) == 1 }, soon, 10*time.Millisecond)
		page, err := one.List(t.Context(), job.Filter{Kind: job.EraseChats}, app.PageRequest{Limit: 10})
		require.NoError(t, err)
		require.Len(t, page.Data, 1)
		one.becomes(t, page.Data[0].ID, isNow(job.Done))
		id := two.insert(t, job.EraseChats)
		one.becomes(t, id, isNow(job.Done))
		require.Equal(t, 2, one.count(job.EraseChats)+two.count(job.EraseChats))
	})
	t.Run("that a killed node left are taken up when it is back, unless they were tried often enough", func(t *testing.T) {
		t.Parallel()
		db := pgtest.New(t)
		name := app.NewID[app.NodeID]()
		h := newHand(t, db, name, job.EraseChats, idle)
		other := newHand(t, db, app.NewID[app.NodeID](), job.EraseChats, idle)
		ids := map[string]int64{}
		conn, err := pgx.ConnectConfig(t.Context(), db.ConnConfig())
		require.NoError(t, err)
		defer func() { _ = conn.Close(context.Background()) }()
		for _, each := range []struct {
			name    string
			node    app.NodeID
			attempt int
		}{{"ours", name, 1}, {"ours, again and again", name, 5}, {"another's", other.node, 1}} {
			var id int64
			require.NoError(t, conn.QueryRow(t.Context(), `insert into river_job (state, attempt, max_attempts, attempted_at, attempted_by, args, kind)
				values ('running', $1, 5, now(), array[$2], '{}', 'erase_chats') returning id`, each.attempt, string(each.node)).Scan(&id))
			ids[each.name] = id
		}
		h.start(t)
		j := h.becomes(t, ids["ours"], isNow(job.Done))
		require.Len(t, j.Errors, 1)
		h.becomes(t, ids["ours, again and again"], isNow(job.Failed))
		h.becomes(t, ids["another's"], isNow(job.Running))
	})
}

func TestListOfJobs(t *testing.T) {
	t.Parallel()
	h := newHand(t, pgtest.New(t), app.NewID[app.NodeID](), job.EraseChats, untilEnded)
	conn, err := pgx.ConnectConfig(t.Context(), h.db.ConnConfig())
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `insert into river_job (state, max_attempts, args, kind, queue, finalized_at)
		select (array['available', 'completed', 'scheduled'])[1 + n % 3]::river_job_state, 5, '{}', (array['erase_chats', 'roll_up_usage'])[1 + n % 2], 'default',
			case when n % 3 = 1 then now() end from generate_series(0, 11) n`)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	all := func(t *testing.T, filter job.Filter, limit int) (ids []int64) {
		t.Helper()
		for cursor := ""; ; {
			page, err := h.List(t.Context(), filter, app.PageRequest{Limit: limit, Cursor: cursor})
			require.NoError(t, err)
			require.LessOrEqual(t, len(page.Data), limit)
			for _, j := range page.Data {
				ids = append(ids, j.ID)
			}
			if page.Pagination.Next == nil {
				return ids
			}
			cursor = *page.Pagination.Next
		}
	}
	t.Run("comes newest first, in pages that lose nothing", func(t *testing.T) {
		t.Parallel()
		want := all(t, job.Filter{}, 100)
		require.Len(t, want, 12)
		for i := 1; i < len(want); i++ {
			require.Less(t, want[i], want[i-1])
		}
		for _, limit := range []int{1, 4, 5, 12} {
			require.Equal(t, want, all(t, job.Filter{}, limit))
		}
	})
	t.Run("is filtered by state and kind", func(t *testing.T) {
		t.Parallel()
		require.Len(t, all(t, job.Filter{State: job.Waiting}, 3), 8)
		require.Len(t, all(t, job.Filter{State: job.Done, Kind: job.EraseChats}, 3), 2)
		require.Empty(t, all(t, job.Filter{State: job.Failed}, 3))
	})
	t.Run("takes no cursor of somebody's own", func(t *testing.T) {
		t.Parallel()
		for _, cursor := range []string{"!", "eA", "LTE.", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODk"} {
			_, err := h.List(t.Context(), job.Filter{}, app.PageRequest{Limit: 1, Cursor: cursor})
			require.ErrorIs(t, err, app.ErrInvalidInput, cursor)
		}
	})
	t.Run("has the numbers of each queue", func(t *testing.T) {
		t.Parallel()
		lines, err := h.Lines(t.Context())
		require.NoError(t, err)
		require.Equal(t, []job.Line{{Queue: "default", State: job.Done, Count: 4}, {Queue: "default", State: job.Waiting, Count: 8}}, lines)
	})
}
