package server_test

import (
	"html"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

var leadsToLog = regexp.MustCompile(`href="(/admin/logs\?request_id=[^"]+)"`)

// testConsoleLogs is what an administrator reads without JavaScript.
func testConsoleLogs(t *testing.T, w *world) {
	b := w.atConsole(t, "admin@example.org")
	t.Run("what this server does is shown, with its request, route and person", func(t *testing.T) {
		t.Parallel()
		ada := w.join(t, "Ada")
		id := w.want(t, 200, ada, "GET /users/me", "").head.Get("X-Request-ID")
		require.Eventually(t, func() bool {
			page := b.get(t, "/admin/logs?here=true&request_id="+id).body
			return regexp.MustCompile(`/api/v1/users/me`).MatchString(page) && regexp.MustCompile(ada.id).MatchString(page)
		}, 5*time.Second, 20*time.Millisecond)
	})
	t.Run("warnings and errors of all servers are found by words, level and server", func(t *testing.T) {
		t.Parallel()
		node := app.NewID[string]()
		w.sql(t, `insert into log_entries (id, at, level, node_id, message, request_id, user_id, route, details)
			values ($1, now() - interval '2 days', 3, $2, 'the <cart> fell over', 'r-77', '', '', '{"why":"a stone & a hole"}')`, app.NewID[string](), node)
		require.NotContains(t, b.get(t, "/admin/logs?q=fell").body, "&lt;cart&gt;", "the last day does not have it")
		page := b.get(t, "/admin/logs?q=STONE&range=7d&level=error").body
		require.Contains(t, page, "the &lt;cart&gt; fell over")
		require.Contains(t, page, "a stone &amp; a hole")
		require.Contains(t, page, `value="STONE"`, "what was looked for is still there")
		require.Contains(t, page, "<svg")
		require.Contains(t, b.get(t, "/admin/logs?request_id=r-77").body, "&lt;cart&gt;", "a request is looked for as far back as there is anything")
		require.Contains(t, b.get(t, "/admin/logs?range=7d&node="+node).body, "&lt;cart&gt;")
	})
	t.Run("nothing found says what to do", func(t *testing.T) {
		t.Parallel()
		require.Contains(t, b.get(t, "/admin/logs?q=nobody-logs-this").body, "Nothing was logged")
		require.Equal(t, 400, b.get(t, "/admin/logs?level=loud").status)
		require.Equal(t, 400, b.get(t, "/admin/logs?cursor=x").status)
	})
	t.Run("the id on an error page leads administrators to its lines, and nobody else", func(t *testing.T) {
		t.Parallel()
		got := b.get(t, "/admin/logs?cursor=x")
		href := leadsToLog.FindStringSubmatch(got.body)
		require.NotNil(t, href)
		require.Equal(t, "/admin/logs?request_id="+got.head.Get("X-Request-ID"), html.UnescapeString(href[1]))
		require.Equal(t, 200, b.get(t, html.UnescapeString(href[1])).status)
		ada := w.join(t, "Ada")
		got = w.browser(t).get(t, "/admin/logs", "Authorization", "Bearer "+ada.access)
		require.Equal(t, 403, got.status)
		require.NotContains(t, got.body, "request_id=")
		require.NotContains(t, w.browser(t).get(t, "/nowhere").body, "request_id=")
	})
}

// What a node warns of is stored for all of them, with its id.
func TestLogsElsewhere(t *testing.T) {
	t.Parallel()
	nodes := worldOf(t, 2, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
	eve := nodes[0].signIn(t, "admin@example.org")
	// Something that is not Quillium speaks on its channel: every node warns.
	nodes[0].sql(t, "select pg_notify('quillium', 'hello')")
	require.Eventually(t, func() bool {
		var list app.Page[app.LogEntry]
		nodes[0].want(t, 200, eve, "GET /admin/logs?level=warn&q=channel", "").into(t, &list)
		seen := map[app.NodeID]bool{}
		for _, e := range list.Data {
			seen[e.Node] = true
		}
		return len(seen) == 2
	}, 10*time.Second, 50*time.Millisecond)
}
