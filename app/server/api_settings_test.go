package server_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server/contract"
)

// drawing is a small picture, as base64.
func drawing(t testing.TB) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, image.NewNRGBA(image.Rect(0, 0, 4, 4))))
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

// testInstanceSettings plays on a server that others use: it changes what they do not
// feel.
func testInstanceSettings(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	s.people["Eve"] = w.signIn(t, "admin@example.org")
	s.names["picture"] = drawing(t)
	s.play(t, []row{
		{name: "not for people, and not what is wrong with theirs", as: "Ada", call: "PUT /settings/admin", body: `{"volume":11}`, status: 403},
		{name: "all, with where they come from", as: "Eve", call: "GET /settings/admin", status: 200, has: []string{`"name":"signups"`, `"source":"default"`, `"updated_at":null`}},
		{name: "the same beside the rest of the administration", as: "Eve", call: "GET /admin/settings", status: 200, has: []string{`"name":"signups"`}},
		{name: "some are set, the others stay", as: "Eve", call: "PUT /settings/admin", body: `{"retention_days":3650,"session_longest_days":89}`, status: 200, has: []string{`"value":3650,"source":"database"`, `"value":89,`, `"updated_by":{"id"`}},
		{name: "at either place", as: "Eve", call: "PUT /admin/settings", body: `{"session_longest_days":90}`, status: 200, has: []string{`"value":90,"source":"database"`}},
		{name: "null is the default", as: "Eve", call: "PUT /admin/settings", body: `{"retention_days":null}`, status: 200, lacks: []string{"3650,\"source\""}},
		{name: "each mistake has its field", as: "Eve", call: "PUT /settings/admin", body: `{"retention_days":-1,"signups":"ajar","volume":11}`, status: 400, has: []string{`"field":"retention_days"`, `"field":"signups"`, `"field":"volume"`}},
		{name: "who changed what when", as: "Eve", call: "GET /admin/settings/retention_days/history", status: 200, has: []string{`"from":"3650","to":"0"`, `"from":"0","to":"3650"`}},
		{name: "nothing is known of what there is not", as: "Eve", call: "GET /admin/settings/volume/history", status: 404},
		{name: "a logo is a picture", as: "Eve", call: "PUT /admin/settings/logo", body: `{"picture":"PHN2Zy8+"}`, status: 400, has: []string{"PNG, JPEG or WebP"}},
		{name: "and is small", as: "Eve", call: "PUT /admin/settings/logo", body: `{"picture":"` + strings.Repeat("AAAA", 22_000) + `"}`, status: 413},
	})
}

// testInstance plays on a server of its own, as everybody feels what is set.
func testInstance(t *testing.T, c *contract.Contract) {
	w := boot(t, c, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password, "MAX_ANSWER_BYTES", "4096", "LOG_LEVEL", "info", "RATE_LIMIT", "on")
	admin := w.signIn(t, "admin@example.org")
	ada := w.join(t, "Ada")
	chat := w.open(t, ada, "Ours")
	set := func(pairs ...any) { w.want(t, 200, admin, "PUT /settings/admin", object(pairs...)) }
	register := func(email string, more ...any) answer {
		return w.ask(t, nil, "POST /auth/register", object(append([]any{"email", email, "password", password, "name", "New"}, more...)...))
	}
	t.Run("what the environment sets stays, and so does what came along", func(t *testing.T) {
		got := w.want(t, 409, admin, "PUT /admin/settings", `{"banner":"Hello","max_answer_bytes":5000}`)
		require.Contains(t, got.body, "MAX_ANSWER_BYTES")
		w.want(t, 409, admin, "PUT /settings/admin", `{"max_answer_bytes":null}`)
		w.want(t, 409, admin, "PUT /admin/system/log-level", `{"level":"debug"}`)
		w.want(t, 204, admin, "PUT /admin/system/log-level", `{"level":"info"}`)
		require.NotContains(t, w.ask(t, nil, "GET /sign-in", "").body, "Hello")
	})
	t.Run("pages have the name, the banner and the logo", func(t *testing.T) {
		set("instance_name", "The <Inn>", "banner", "Away at noon")
		w.want(t, 200, admin, "PUT /admin/settings/logo", object("picture", drawing(t)))
		page := w.want(t, 200, nil, "GET /sign-in", "").body
		for _, part := range []string{"The &lt;Inn&gt;</title>", "Away at noon", `src="/logo/`} {
			require.Contains(t, page, part)
		}
		_, rest, _ := strings.Cut(page, `src="/logo/`)
		hash, _, _ := strings.Cut(rest, `"`)
		logo := w.want(t, 200, nil, "GET /logo/"+hash, "")
		require.Equal(t, "image/png", logo.head.Get("Content-Type"))
		require.Equal(t, "nosniff", logo.head.Get("X-Content-Type-Options"))
		require.Contains(t, logo.head.Get("Cache-Control"), "immutable")
		require.Contains(t, w.want(t, 200, nil, "GET /manifest.webmanifest", "").body, hash)
		set("logo", nil, "instance_name", nil, "banner", nil)
		w.want(t, 404, nil, "GET /logo/"+hash, "")
		require.NotContains(t, w.want(t, 200, nil, "GET /sign-in", "").body, "Away at noon")
	})
	t.Run("sign-ups follow", func(t *testing.T) {
		invite := w.want(t, 201, ada, "POST /chats/"+chat+"/invites", `{"role":"viewer","max_uses":9}`).text(t, "url")
		_, token, _ := strings.Cut(invite, "#")
		set("email_domains", []string{"Example.net"})
		require.Contains(t, register("bob@example.org").body, `"field":"email"`)
		require.Equal(t, 400, register("bob@example.org", "invite", token).status)
		require.Equal(t, 201, register("bob@example.net").status)
		set("email_domains", nil, "signups", "invitation")
		require.Equal(t, 403, register("eve@example.org").status)
		require.Equal(t, 201, register("eve@example.org", "invite", token).status)
		require.Contains(t, w.ask(t, nil, "GET /sign-up", "").body, "by invitation")
		set("signups", "closed")
		require.Equal(t, 403, register("mallory@example.org", "invite", token).status)
		require.NotContains(t, w.ask(t, nil, "GET /invite", "").body, "invite-new")
		set("signups", nil)
	})
	t.Run("limits follow", func(t *testing.T) {
		post := func(size int) int {
			return w.ask(t, ada, "POST /chats/"+chat+"/messages", object("content", strings.Repeat("x", size))).status
		}
		require.Equal(t, 201, post(2000))
		set("max_message_bytes", 1024)
		require.Equal(t, 413, post(2000))
		set("max_message_bytes", 1<<20)
		require.Equal(t, 201, post(1<<20-1), "the server takes larger bodies now, too")
		set("max_message_bytes", nil, "messages_per_minute", 2)
		require.Equal(t, 201, post(1))
		for i := 0; post(1) != 429; i++ {
			require.Less(t, i, 3)
		}
		set("messages_per_minute", nil, "requests_per_minute", 90)
		got := w.want(t, 200, ada, "GET /chats", "")
		require.Equal(t, "90", got.head.Get("X-RateLimit-Limit"))
		set("requests_per_minute", nil)
	})
	t.Run("sockets follow", func(t *testing.T) {
		set("max_sockets_per_user", 1)
		first := w.dial(t, ada, "/api/v1/ws")
		hears(t, first, `"type":"welcome"`)
		endsWith(t, w.dial(t, ada, "/api/v1/ws"), 10*hint, 4009)
		set("max_sockets_per_user", nil)
		hears(t, w.dial(t, ada, "/api/v1/ws"), `"type":"welcome"`)
	})
	t.Run("sessions follow, and the cookie says how long", func(t *testing.T) {
		set("session_unused_hours", 3)
		got := w.want(t, 200, nil, "POST /auth/login?cookies=true", object("email", ada.email, "password", password), "Origin", w.url)
		require.Contains(t, fmt.Sprint(got.head[http.CanonicalHeaderKey("Set-Cookie")]), "max-age=10800")
		w.sql(t, "update sessions set last_seen_at = now() - interval '4 hours' where id in (select session_id from refresh_tokens) and user_id = $1", ada.id)
		w.want(t, 401, nil, "POST /auth/refresh", object("refresh_token", ada.refresh))
		set("session_unused_hours", nil)
	})
}
