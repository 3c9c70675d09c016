package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/logbook"
)

func testLogs(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	eve := w.signIn(t, "admin@example.org")
	s.people["Eve"], s.names["nothing"] = eve, app.NewID[string]()
	node, request := app.NewID[string](), app.NewID[string]()
	s.names["node"], s.names["request"] = node, request
	for _, level := range []int{2, 3} {
		w.sql(t, `insert into log_entries (id, at, level, node_id, message, request_id, user_id, route, details)
			values ($1, now() - interval '2 hours', $2, $3, 'a donkey stopped', $4, 'somebody', '/api/v1/carts/:id', '{"why":"No 100% hay"}')`, app.NewID[string](), level, node, request)
	}
	s.play(t, []row{
		{name: "not for people", as: "Ada", call: "GET /admin/logs", status: 403},
		{name: "nor is what a node remembers", as: "Ada", call: "GET /admin/logs?here=true", status: 403},
		{name: "a level that there is not", as: "Eve", call: "GET /admin/logs?level=loud", status: 400, has: []string{`"field":"level"`}},
		{name: "a time that is none", as: "Eve", call: "GET /admin/logs?since=yesterday", status: 400, has: []string{`"field":"since"`}},
		{name: "a time that ends before it begins", as: "Eve", call: "GET /admin/logs?since=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z", status: 400, has: []string{`"field":"since"`}},
		{name: "a month", as: "Eve", call: "GET /admin/logs?since=2026-03-01T00:00:00Z&until=2026-03-31T00:00:00Z", status: 400, has: []string{"7 days"}},
		{name: "a node that is none", as: "Eve", call: "GET /admin/logs?node=here", status: 400},
		{name: "neither yes nor no", as: "Eve", call: "GET /admin/logs?here=maybe", status: 400},
		{name: "by node, and from a level on", as: "Eve", call: "GET /admin/logs?node={node}&level=error", status: 200, has: []string{"a donkey stopped", `"level":"error"`, `"step":1800`}, lacks: []string{`"level":"warn"`}},
		{name: "by request", as: "Eve", call: "GET /admin/logs?request_id={request}", status: 200, has: []string{`"level":"warn"`, `"level":"error"`, `"why":"No 100% hay"`}},
		{name: "by user and text of a detail", as: "Eve", call: "GET /admin/logs?user_id=somebody&q=100%25+HAY&node={node}", status: 200, has: []string{"donkey"}},
		{name: "by text of the route", as: "Eve", call: "GET /admin/logs?q=CARTS&node={node}", status: 200, has: []string{"donkey"}},
		{name: "a sign is no pattern", as: "Eve", call: "GET /admin/logs?q=100_&node={node}", status: 200, has: []string{`"data":[]`}},
	})
	t.Run("page by page, and counted by time", func(t *testing.T) {
		var first, second logbook.Logs
		w.want(t, 200, eve, "GET /admin/logs?limit=1&node="+node, "").into(t, &first)
		require.Len(t, first.Data, 1)
		w.want(t, 200, eve, "GET /admin/logs?limit=1&node="+node+"&cursor="+*first.Pagination.Next, "").into(t, &second)
		require.Len(t, second.Data, 1)
		require.NotEqual(t, first.Data[0].ID, second.Data[0].ID)
		require.Len(t, first.Steps, logbook.Steps)
		warnings, errors := 0, 0
		for _, step := range first.Steps {
			warnings, errors = warnings+step.Warns, errors+step.Errors
		}
		require.Equal(t, []int{1, 1}, []int{warnings, errors})
	})
	t.Run("what this node does is remembered, by request and person", func(t *testing.T) {
		id := w.want(t, 200, s.people["Ada"], "GET /users/me", "").head.Get("X-Request-ID")
		var logs logbook.Logs
		require.Eventually(t, func() bool {
			w.want(t, 200, eve, "GET /admin/logs?here=true&request_id="+id, "").into(t, &logs)
			return len(logs.Data) == 1
		}, 5*time.Second, 10*time.Millisecond)
		require.Equal(t, "info", logs.Data[0].Level)
		require.Equal(t, s.people["Ada"].id, logs.Data[0].UserID)
		require.Equal(t, "/api/v1/users/me", logs.Data[0].Route)
		require.True(t, logs.Here)
	})
}
