package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// testUsage plays on an ordinary server, whose meter stores what it counted
// every ten seconds.
func testUsage(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	s.people["Eve"] = w.signIn(t, "admin@example.org")
	chat := w.open(t, s.people["Ada"], "Tales")
	_, answer := w.asked(t, s.people["Ada"], chat, "quick")
	w.becomes(t, s.people["Ada"], chat, answer, func(m app.Message) bool { return m.Status == app.StatusComplete })
	s.play(t, []row{
		{name: "not for people", as: "Ada", call: "GET /admin/usage", status: 403},
		{name: "nor is what goes on now", as: "Ada", call: "GET /admin/overview", status: 403},
		{name: "everything at a glance", as: "Eve", call: "GET /admin/overview", status: 200, has: []string{`"name":"Database","state":"ok"`, `"here":true`, `"database_version":"PostgreSQL`}},
		{name: "a range that there is not", as: "Eve", call: "GET /admin/usage?range=1y", status: 400, has: []string{`"field":"range"`}},
		{name: "the last day by hours", as: "Eve", call: "GET /admin/usage", status: 200, has: []string{`"range":"24h"`, `"step":3600`}},
		{name: "the last month by days", as: "Eve", call: "GET /admin/usage?range=30d", status: 200, has: []string{`"step":86400`}},
	})
	t.Run("what was said and answered is in it soon", func(t *testing.T) {
		var report struct {
			Total struct {
				Messages   int64 `json:"messages"`
				Completion int64 `json:"completion_tokens"`
				FirstToken struct {
					Count int64 `json:"count"`
				} `json:"first_token"`
			} `json:"total"`
		}
		require.Eventually(t, func() bool {
			w.want(t, 200, s.people["Eve"], "GET /admin/usage", "").into(t, &report)
			return report.Total.Messages > 0 && report.Total.Completion > 0 && report.Total.FirstToken.Count > 0
		}, 20*time.Second, 100*time.Millisecond)
	})
}
