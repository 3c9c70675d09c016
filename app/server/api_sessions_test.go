package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func testRefresh(t *testing.T, w *world) {
	t.Run("a token is good for one use", func(t *testing.T) {
		ada := w.join(t, "Ada")
		first := ada.refresh
		ada.hold(t, w.want(t, 200, nil, "POST /auth/refresh", object("refresh_token", first)))
		require.NotEqual(t, first, ada.refresh)
		w.want(t, 200, ada, "GET /users/me", "")
		w.want(t, 401, nil, "POST /auth/refresh", object("refresh_token", first))
		t.Run("and a second use ends the session", func(t *testing.T) {
			w.want(t, 401, nil, "POST /auth/refresh", object("refresh_token", ada.refresh))
			w.soon401(t, ada)
		})
	})
	t.Run("what is no token", func(t *testing.T) {
		for _, body := range []string{`{"refresh_token":"x"}`, `{}`, ``, object("refresh_token", strings.Repeat("A", 43))} {
			w.want(t, 401, nil, "POST /auth/refresh", body)
		}
		w.want(t, 400, nil, "POST /auth/refresh", `{"refresh_token":7}`)
	})
	t.Run("signing out ends the session", func(t *testing.T) {
		ada := w.join(t, "Ada")
		w.want(t, 204, nil, "POST /auth/logout", object("refresh_token", ada.refresh))
		w.soon401(t, ada)
		w.want(t, 401, nil, "POST /auth/refresh", object("refresh_token", ada.refresh))
		w.want(t, 204, nil, "POST /auth/logout", object("refresh_token", ada.refresh))
		w.want(t, 204, nil, "POST /auth/logout", "")
	})
}

// soon401 waits, a second at most, until somebody's access token is dead.
func (w *world) soon401(t *testing.T, who *person) {
	t.Helper()
	w.dead(t, who, time.Second)
}

// dead waits until somebody's access token is refused: no request that is sent
// later than this may be served.
func (w *world) dead(t *testing.T, who *person, within time.Duration) {
	t.Helper()
	for over := time.Now(); ; {
		sent := time.Now()
		if w.ask(t, who, "GET /users/me", "").status == http.StatusUnauthorized {
			return
		}
		require.LessOrEqual(t, sent.Sub(over), within, "the access token outlived its session")
	}
}

func testCookies(t *testing.T, w *world) {
	const own, foreign = "same-origin", "cross-site"
	sent := func(t *testing.T, got answer) string {
		t.Helper()
		for _, line := range got.head.Values("Set-Cookie") {
			if value, is := strings.CutPrefix(line, "quillium_refresh="); is {
				require.Contains(t, line, "HttpOnly")
				require.Contains(t, strings.ToLower(line), "samesite=lax")
				require.Contains(t, strings.ToLower(line), "path=/")
				require.NotContains(t, strings.ToLower(line), "secure", "the test server speaks http")
				value, _, _ = strings.Cut(value, ";")
				return value
			}
		}
		t.Fatal("no refresh cookie")
		return ""
	}
	ada := w.join(t, "Ada")
	credentials := object("email", ada.email, "password", password)
	got := w.want(t, 200, nil, "POST /auth/login?cookies=true", credentials, "Sec-Fetch-Site", own)
	require.NotContains(t, got.body, "refresh_token")
	cookie := sent(t, got)
	refresh := func(status int, cookie string, head ...string) answer {
		t.Helper()
		return w.want(t, status, nil, "POST /auth/refresh?cookies=true", "", append(head, "Cookie", "quillium_refresh="+cookie)...)
	}
	t.Run("a page of another origin may not sign in with cookies", func(t *testing.T) {
		w.want(t, 403, nil, "POST /auth/login?cookies=true", credentials, "Sec-Fetch-Site", foreign)
		w.want(t, 403, nil, "POST /auth/login?cookies=true", credentials, "Origin", "https://evil.example")
		w.want(t, 403, nil, "POST /auth/login?cookies=true", credentials)
		w.want(t, 403, nil, "POST /auth/register?cookies=true", credentials, "Sec-Fetch-Site", foreign)
		w.want(t, 200, nil, "POST /auth/login?cookies=true", credentials, "Origin", w.url)
	})
	t.Run("nor refresh, nor sign out", func(t *testing.T) {
		refresh(403, cookie, "Sec-Fetch-Site", foreign)
		w.want(t, 403, nil, "POST /auth/logout", "", "Cookie", "quillium_refresh="+cookie, "Sec-Fetch-Site", foreign)
	})
	t.Run("a cookie opens nothing else", func(t *testing.T) {
		w.want(t, 401, nil, "GET /users/me", "", "Cookie", "quillium_refresh="+cookie, "Sec-Fetch-Site", own)
	})
	t.Run("several tabs get one successor", func(t *testing.T) {
		next := sent(t, refresh(200, cookie, "Sec-Fetch-Site", own))
		require.NotEqual(t, cookie, next)
		again := refresh(200, cookie, "Sec-Fetch-Site", own)
		require.Equal(t, next, sent(t, again))
		require.NotContains(t, again.body, "refresh_token")
		t.Run("but not once it was used", func(t *testing.T) {
			last := sent(t, refresh(200, next, "Sec-Fetch-Site", own))
			refresh(401, cookie, "Sec-Fetch-Site", own)
			refresh(401, last, "Sec-Fetch-Site", own)
		})
	})
	t.Run("signing out takes the cookie away", func(t *testing.T) {
		fresh := sent(t, w.want(t, 200, nil, "POST /auth/login?cookies=true", credentials, "Sec-Fetch-Site", own))
		got := w.want(t, 204, nil, "POST /auth/logout", "", "Cookie", "quillium_refresh="+fresh, "Sec-Fetch-Site", own)
		require.Empty(t, sent(t, got))
		refresh(401, fresh, "Sec-Fetch-Site", own)
	})
}

func testSessions(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Eve")
	ada := s.people["Ada"]
	phone := w.again(t, ada)
	var page app.Page[app.Session]
	w.want(t, 200, phone, "GET /auth/sessions", "").into(t, &page)
	require.Len(t, page.Data, 2)
	require.True(t, page.Data[0].Current, "the newest comes first")
	require.False(t, page.Data[1].Current)
	s.names["session"] = string(page.Data[1].ID)
	w.want(t, 200, phone, "GET /auth/sessions?limit=1", "").into(t, &page)
	require.Len(t, page.Data, 1)
	s.names["next"] = *page.Pagination.Next
	s.people["phone"] = phone
	s.play(t, []row{
		{name: "the next page has the other", as: "phone", call: "GET /auth/sessions?limit=1&cursor={next}", status: 200, has: []string{"{session}", `"next":null`}},
		{name: "a cursor is what a page gave", as: "phone", call: "GET /auth/sessions?cursor=x", status: 400, has: []string{`"field":"cursor"`}},
		{name: "a page has a size", as: "phone", call: "GET /auth/sessions?limit=101", status: 400, has: []string{`"field":"limit"`}},
		{name: "somebody else's session is not there", as: "Eve", call: "DELETE /auth/sessions/{session}", status: 404},
		{name: "nor is what is no id", as: "phone", call: "DELETE /auth/sessions/1", status: 404},
		{name: "one ends one's own", as: "phone", call: "DELETE /auth/sessions/{session}", status: 204},
		{name: "once", as: "phone", call: "DELETE /auth/sessions/{session}", status: 404},
		{name: "it is not in the list any more", as: "phone", call: "GET /auth/sessions", status: 200, lacks: []string{"{session}"}},
	})
	w.soon401(t, ada)
}

// Acceptance: after revoke, disable or a new password the old access token
// gets 401 within a second, though it was just used and is cached.
func testOldTokens(t *testing.T, w *world) {
	end := map[string]func(t *testing.T, ada, phone *person){
		"revoked": func(t *testing.T, ada, phone *person) {
			var page app.Page[app.Session]
			w.want(t, 200, ada, "GET /auth/sessions", "").into(t, &page)
			for _, session := range page.Data {
				if session.Current {
					w.want(t, 204, phone, "DELETE /auth/sessions/"+string(session.ID), "")
				}
			}
		},
		"a new password elsewhere": func(t *testing.T, _, phone *person) {
			w.want(t, 204, phone, "POST /auth/password", object("current_password", password, "new_password", "another long one"))
			w.want(t, 200, phone, "GET /users/me", "")
		},
		"signed out": func(t *testing.T, ada, _ *person) {
			w.want(t, 204, nil, "POST /auth/logout", object("refresh_token", ada.refresh))
		},
		"deleted": func(t *testing.T, _, phone *person) {
			w.want(t, 204, phone, "DELETE /users/me", object("password", password))
		},
		"disabled on another node": func(t *testing.T, ada, _ *person) {
			w.sql(t, "update users set status = 'disabled' where id = $1", ada.id)
		},
		"ended on another node": func(t *testing.T, ada, _ *person) {
			w.sql(t, "update sessions set ended_at = now() where user_id = $1", ada.id)
		},
	}
	for name, how := range end {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ada := w.join(t, "Ada")
			phone := w.again(t, ada)
			w.want(t, 200, ada, "GET /chats", "")
			how(t, ada, phone)
			within := time.Second
			if strings.HasSuffix(name, "on another node") {
				within += 100 * time.Millisecond // no hint comes: this is the cache alone
			}
			w.dead(t, ada, within)
		})
	}
}
