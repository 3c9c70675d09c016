package server_test

import (
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

var (
	endsSocket = regexp.MustCompile(`action="(/admin/running/sockets/[0-9a-f-]+)"`)
	endsAnswer = regexp.MustCompile(`action="(/admin/running/answers/[0-9a-f-]+)"`)
)

// testConsoleRunning is what an administrator does without JavaScript.
func testConsoleRunning(t *testing.T, w *world) {
	b := w.atConsole(t, "admin@example.org")
	t.Run("a connection is found by its person, and ended", func(t *testing.T) {
		t.Parallel()
		cyd := w.join(t, "Cyd")
		w.want(t, 200, cyd, "PATCH /users/me", `{"name":"Cyd <b>"}`)
		chat := w.open(t, cyd, "A & B")
		socket := w.subscribe(t, cyd, chat)
		page := b.get(t, "/admin/running?q="+url.QueryEscape(cyd.email)).body
		require.Contains(t, page, "Cyd &lt;b&gt;")
		require.Contains(t, page, "A &amp; B")
		require.Contains(t, page, "127.0.0.1")
		end := endsSocket.FindStringSubmatch(page)
		require.NotNil(t, end)
		got := b.post(t, end[1])
		require.Equal(t, "/admin/running?done=socket.ended", got.head.Get("Location"))
		require.Contains(t, b.get(t, got.head.Get("Location")).body, "The connection is being closed.")
		endsWith(t, socket, 5*time.Second, 4001)
		require.Eventually(t, func() bool {
			again := b.post(t, end[1])
			return again.status == 409 && regexp.MustCompile("gone already").MatchString(again.body)
		}, 10*time.Second, 100*time.Millisecond, "pressed once more, it says so on the page")
	})
	t.Run("an answer is shown without a word of it, and stopped", func(t *testing.T) {
		t.Parallel()
		bob := w.join(t, "Bob")
		chat := w.open(t, bob, "Slow")
		_, answer := w.asked(t, bob, chat, "hold")
		m := w.becomes(t, bob, chat, answer, func(m app.Message) bool { return m.Content != "" })
		page := b.get(t, "/admin/running").body
		require.Contains(t, page, "Slow")
		require.NotContains(t, page, m.Content)
		end := endsAnswer.FindStringSubmatch(page)
		require.NotNil(t, end)
		require.Equal(t, "/admin/running?done=answer.stopped", b.post(t, end[1]).head.Get("Location"))
		w.becomes(t, bob, chat, answer, func(m app.Message) bool { return m.Status == app.StatusStopped })
	})
	t.Run("what is no id, and a page that is none", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, 409, b.post(t, "/admin/running/sockets/x").status)
		require.Equal(t, 409, b.post(t, "/admin/running/answers/"+app.NewID[string]()).status)
		require.Equal(t, 400, b.get(t, "/admin/running?cursor=x").status)
		require.Equal(t, 400, b.get(t, "/admin/running?node=x").status)
		require.Contains(t, b.get(t, "/admin/running?q=nobody-is-called-this").body, "No connection matches")
	})
	t.Run("without the form's token nothing ends", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, 403, b.do(t, "POST", "/admin/running/sockets/"+app.NewID[string](), "").status)
	})
}
