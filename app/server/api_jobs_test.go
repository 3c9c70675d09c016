package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/job"
)

// testJobs plays on an ordinary server, which began its first jobs at start.
func testJobs(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	admin := w.signIn(t, "admin@example.org")
	s.people["Eve"] = admin
	w.sql(t, `insert into river_job (id, state, attempt, max_attempts, attempted_at, finalized_at, attempted_by, args, kind, queue, errors, scheduled_at) values
		(900001, 'running', 1, 5, now(), null, '{elsewhere}', '{}', 'erase_chats', 'elsewhere', null, now()),
		(900002, 'discarded', 5, 5, now(), now(), '{elsewhere}', '{}', 'gone', 'elsewhere', array[$1::jsonb], now()),
		(900003, 'available', 0, 5, null, null, null, '{}', 'erase_chats', 'elsewhere', null, now())`,
		`{"at":"2026-03-01T09:00:00Z","attempt":5,"error":"The cellar is full.","trace":"secret/path.go"}`)
	s.play(t, []row{
		{name: "not for people", as: "Ada", call: "GET /admin/jobs", status: 403},
		{name: "the newest come first, and a page at a time", as: "Eve", call: "GET /admin/jobs?limit=1", status: 200, has: []string{`"id":900003`, `"next":"`}},
		{name: "of a kind", as: "Eve", call: "GET /admin/jobs?kind=erase_chats&state=running", status: 200, has: []string{`"id":900001`}, lacks: []string{`"id":900003`}},
		{name: "a state that there is not", as: "Eve", call: "GET /admin/jobs?state=lost", status: 400, has: []string{`"field":"state"`}},
		{name: "a kind that there is not", as: "Eve", call: "GET /admin/jobs?kind=nap", status: 400, has: []string{`"field":"kind"`}},
		{name: "each queue's numbers", as: "Eve", call: "GET /admin/queues", status: 200, has: []string{`{"queue":"elsewhere","state":"failed","count":1}`}},
		{name: "one that failed says why, and nothing of the program", as: "Eve", call: "GET /admin/jobs/900002", status: 200, has: []string{"The cellar is full."}, lacks: []string{"path.go"}},
		{name: "what is not there", as: "Eve", call: "GET /admin/jobs/900009", status: 404},
		{name: "one that runs is not tried again", as: "Eve", call: "POST /admin/jobs/900001/retry", status: 409},
		{name: "one that is over is not cancelled", as: "Eve", call: "POST /admin/jobs/900002/cancel", status: 409},
		{name: "one that waits is cancelled", as: "Eve", call: "POST /admin/jobs/900003/cancel", status: 200, has: []string{`"state":"cancelled"`}},
		{name: "and tried again after all", as: "Eve", call: "POST /admin/jobs/900003/retry", status: 200, has: []string{`"state":"waiting"`}},
		{name: "not by people", as: "Ada", call: "POST /admin/jobs/900003/cancel", status: 403},
		{name: "nor is what is not there", as: "Eve", call: "POST /admin/jobs/900009/cancel", status: 404},
		{name: "at all", as: "Eve", call: "POST /admin/jobs/900009/retry", status: 404},
	})
	t.Run("what was done is recorded with before and after", func(t *testing.T) {
		var actions []string
		rows, err := w.db.Query(t.Context(), `select action || ' ' || (details->>'from') || ' ' || (details->>'to') from audit_events where target = '900003' order by at`)
		require.NoError(t, err)
		for rows.Next() {
			var action string
			require.NoError(t, rows.Scan(&action))
			actions = append(actions, action)
		}
		require.NoError(t, rows.Err())
		require.Equal(t, []string{"job.cancelled waiting cancelled", "job.retried cancelled waiting"}, actions)
	})
	t.Run("every kind that the clock begins was done after the start", func(t *testing.T) {
		for _, d := range job.Table() {
			if d.Every == 0 {
				continue
			}
			require.Eventually(t, func() bool {
				var page app.Page[job.Job]
				w.want(t, 200, admin, "GET /admin/jobs?state=done&kind="+string(d.Kind), "").into(t, &page)
				return len(page.Data) > 0
			}, 20*time.Second, 50*time.Millisecond, d.Kind)
		}
	})
}
