package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// testConsoleChats plays the pages about all chats, without JavaScript.
func testConsoleChats(t *testing.T, w *world) {
	ada, bob := w.join(t, "Ada"), w.join(t, "Bob")
	chat := w.open(t, ada, "Plans <b>")
	w.admit(t, chat, bob, "editor")
	w.say(t, bob, chat, "the plan is <i>secret</i>")
	b := w.atConsole(t, "admin@example.org")
	at := "/admin/chats/" + chat
	panel := "/admin/chats?id=" + chat
	// told is the toast of the page that a form led to.
	told := func(t *testing.T, got answer) string {
		t.Helper()
		require.Equal(t, 303, got.status, got.body)
		page := b.get(t, got.head.Get("Location"))
		require.Equal(t, 200, page.status)
		return page.body
	}
	t.Run("the list shows whose a chat is, and not what is said", func(t *testing.T) {
		page := b.get(t, "/admin/chats?q=plans").body
		for _, part := range []string{"<h1>Chats</h1>", "Plans &lt;b&gt;", "Ada", `href="/admin/chats?id=` + chat, `aria-label="Chats"`} {
			require.Contains(t, page, part)
		}
		require.NotContains(t, page, "secret")
		require.Contains(t, b.get(t, "/admin/chats?q=nothing+like+it").body, "No chat matches")
		w.sql(t, `insert into chat_figures (chat_id, rev, active_at, bytes) values ($1, 1, now(), 3000) on conflict (chat_id) do update set bytes = 3000`, chat)
		require.Contains(t, b.get(t, "/admin/chats?sort=size").body, `aria-sort="descending"`)
		require.Equal(t, 400, b.get(t, "/admin/chats?sort=owner").status)
	})
	t.Run("a panel names the members, and every form is a page of its own", func(t *testing.T) {
		page := b.get(t, panel).body
		require.Contains(t, page, ada.email)
		require.Contains(t, page, bob.email)
		for do, has := range map[string]string{"rename": `name="title"`, "owner": `name="email"`, "join": `name="role"`, "read": `name="reason"`, "delete": "Delete this chat"} {
			require.Contains(t, b.get(t, panel+"&do="+do).body, has, do)
		}
		require.Equal(t, 404, b.get(t, "/admin/chats?id=x").status)
		require.Equal(t, 404, b.get(t, "/admin/chats?id="+ada.id).status)
	})
	t.Run("a chat is renamed; what is refused keeps what was typed", func(t *testing.T) {
		require.Contains(t, told(t, b.post(t, at, "title", "Plans of ours")), "The chat has its new title.")
		got := b.post(t, at, "title", strings.Repeat("x", 256))
		require.Equal(t, 400, got.status)
		require.Contains(t, got.body, strings.Repeat("x", 256))
		require.Contains(t, got.body, `aria-invalid="true"`)
	})
	t.Run("it is put away for all, and taken out again", func(t *testing.T) {
		require.Contains(t, told(t, b.post(t, at+"/archive", "archived", "yes")), "Take out for all")
		require.Contains(t, told(t, b.post(t, at+"/archive")), "Archive for all")
	})
	t.Run("what is said is shown for a reason that is told", func(t *testing.T) {
		require.Equal(t, panel+"&do=read", b.get(t, at+"/messages").head.Get("Location"), "it asks why first")
		require.Equal(t, 400, b.post(t, at+"/read", "reason", " ").status)
		page := told(t, b.post(t, at+"/read", "reason", "Somebody reported it"))
		require.Contains(t, page, "the plan is &lt;i&gt;secret&lt;/i&gt;")
		require.Contains(t, page, "An administrator read this chat: Somebody reported it")
		require.Contains(t, w.want(t, 200, bob, "GET /chats/"+chat+"/messages", "").body, "Somebody reported it")
		require.Contains(t, b.get(t, at+"/messages?limit=1").body, "Older messages")
	})
	t.Run("an administrator joins, once, and gives it to somebody", func(t *testing.T) {
		require.Contains(t, told(t, b.post(t, at+"/join", "role", "viewer", "reason", "Ada asked")), "You are in the chat.")
		got := b.post(t, at+"/join", "role", "editor", "reason", "once more")
		require.Equal(t, 409, got.status)
		require.Contains(t, got.body, `value="once more"`)
		require.Contains(t, got.body, `<option value="editor" selected`)
		got = b.post(t, at+"/owner", "email", "nobody@example.org", "reason", "Ada has left")
		require.Equal(t, 400, got.status)
		require.Contains(t, got.body, "nobody here has this address")
		require.Contains(t, told(t, b.post(t, at+"/owner", "email", bob.email, "reason", "Ada has left")), "The chat has its new owner.")
	})
	t.Run("without the password of the last minutes nothing of that is done", func(t *testing.T) {
		old := w.atConsole(t, "admin@example.org")
		w.sql(t, `update sessions set confirmed_at = now() - interval '16 minutes' where id = (select id from sessions order by created_at desc, id desc limit 1)`)
		before := w.recorded(t, chat)
		for path, pairs := range map[string][]string{"/read": {"reason", "because"}, "/join": {"role", "owner", "reason", "because"}, "/owner": {"email", ada.email, "reason", "because"}} {
			require.Eventually(t, func() bool {
				return strings.Contains(old.post(t, at+path, pairs...).body, "Type your password once more")
			}, 5*time.Second, 100*time.Millisecond, path)
		}
		require.Equal(t, before, w.recorded(t, chat))
		got := old.post(t, at+"/read", "reason", "because", "confirm_password", password)
		require.Equal(t, 303, got.status, "with it, it is done at once")
	})
	t.Run("it is deleted, asked once, and restored", func(t *testing.T) {
		require.Contains(t, told(t, b.post(t, at+"/delete")), "Restore")
		require.Contains(t, b.get(t, "/admin/chats?state=deleted").body, "Plans of ours")
		require.Equal(t, 409, b.post(t, at+"/delete").status)
		require.Contains(t, told(t, b.post(t, at+"/restore")), "The chat is back.")
	})
	t.Run("a form without its token changes nothing, with and without htmx", func(t *testing.T) {
		before := w.recorded(t, chat)
		for _, form := range []string{"", "/archive", "/owner", "/join", "/delete", "/restore", "/read"} {
			require.Equal(t, 403, b.do(t, "POST", at+form, "title=Mine&reason=x&email="+ada.email).status, form)
			require.Equal(t, 403, b.do(t, "POST", at+form, "title=Mine&reason=x", "HX-Request", "true", "X-CSRF-Token", "wrong").status, form)
		}
		require.Equal(t, before, w.recorded(t, chat))
	})
}
