package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func testAccounts(t *testing.T, w *world) {
	t.Run("an account's life", func(t *testing.T) { t.Parallel(); testAccount(t, w) })
	t.Run("rules for values", func(t *testing.T) { t.Parallel(); testAccountRules(t, w) })
	t.Run("settings", func(t *testing.T) { t.Parallel(); testSettings(t, w) })
	t.Run("refresh tokens", func(t *testing.T) { t.Parallel(); testRefresh(t, w) })
	t.Run("cookies", func(t *testing.T) { t.Parallel(); testCookies(t, w) })
	t.Run("sessions", func(t *testing.T) { t.Parallel(); testSessions(t, w) })
	t.Run("the old token is dead within a second", func(t *testing.T) { t.Parallel(); testOldTokens(t, w) })
	t.Run("a reset link", func(t *testing.T) { t.Parallel(); testReset(t, w) })
	t.Run("two at once", func(t *testing.T) { t.Parallel(); testTwoPasswords(t, w) })
}

func testAccount(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	ada := s.people["Ada"]
	s.play(t, []row{
		{name: "an address is taken whatever its case", call: "POST /auth/register", body: `{"email":"` + strings.ToUpper(ada.email) + `","password":"` + password + `","name":"Eve"}`, status: 409, has: []string{`"code":"conflict"`}},
		{name: "one is who one is", as: "Ada", call: "GET /users/me", status: 200, has: []string{`"name":"Ada"`, `"role":"user"`, `"status":"active"`, `"email":"{Ada.email}"`}},
		{name: "one may be called differently", as: "Ada", call: "PATCH /users/me", body: `{"name":" Ada L. "}`, status: 200, has: []string{`"name":"Ada L."`}},
		{name: "saying nothing changes nothing", as: "Ada", call: "PATCH /users/me", body: `{}`, status: 200, has: []string{`"name":"Ada L."`}},
		{name: "one may not become administrator", as: "Ada", call: "PATCH /users/me", body: `{"role":"admin"}`, status: 400},
		{name: "nor with a made-up token", as: "Ada", call: "POST /auth/setup", body: `{"setup_token":"x"}`, status: 409},
		{name: "nor at registration", call: "POST /auth/register", body: `{"email":"eve.{Ada}@example.org","password":"` + password + `","name":"Eve","setup_token":"x"}`, status: 409},
		{name: "nor by saying so", call: "POST /auth/register", body: `{"email":"eve.{Ada}@example.org","password":"` + password + `","name":"Eve","role":"admin"}`, status: 400},
		{name: "a wrong password", call: "POST /auth/login", body: `{"email":"{Ada.email}","password":"wrong horse battery"}`, status: 401, has: []string{`"code":"unauthorized"`}},
		{name: "the right one", call: "POST /auth/login", body: `{"email":"{Ada.email}","password":"` + password + `"}`, status: 200, has: []string{`"expires_in":900`, `"token_type":"Bearer"`}},
		{name: "spaces around the address do not matter", call: "POST /auth/login", body: `{"email":" {Ada.email} ","password":"` + password + `"}`, status: 200},
		{name: "a new password needs the old one", as: "Ada", call: "POST /auth/password", body: `{"current_password":"wrong horse battery","new_password":"another long one"}`, status: 403, has: []string{`"field":"current_password"`}},
		{name: "and keeps the rules", as: "Ada", call: "POST /auth/password", body: `{"current_password":"` + password + `","new_password":"short"}`, status: 400, has: []string{`"field":"new_password"`}},
		{name: "then it is changed", as: "Ada", call: "POST /auth/password", body: `{"current_password":"` + password + `","new_password":"another long one"}`, status: 204},
		{name: "the old one is wrong now", call: "POST /auth/login", body: `{"email":"{Ada.email}","password":"` + password + `"}`, status: 401},
		{name: "to leave takes the password", as: "Ada", call: "DELETE /users/me", body: `{"password":"` + password + `"}`, status: 403, has: []string{`"field":"password"`}},
		{name: "and a word that is known", as: "Ada", call: "DELETE /users/me", body: `{"password":"another long one","messages":"burn"}`, status: 400, has: []string{`"field":"messages"`}},
		{name: "then one is gone", as: "Ada", call: "DELETE /users/me", body: `{"password":"another long one","messages":"erase"}`, status: 204},
		{name: "so that the token is dead", as: "Ada", call: "GET /users/me", status: 401},
		{name: "and the password too", call: "POST /auth/login", body: `{"email":"{Ada.email}","password":"another long one"}`, status: 401},
		{name: "and the address is free", call: "POST /auth/register", body: `{"email":"{Ada.email}","password":"` + password + `","name":"Ada"}`, status: 201},
	})
	t.Run("an unknown address and a wrong password say the same", func(t *testing.T) {
		eve := w.join(t, "Eve")
		wrong := w.want(t, 401, nil, "POST /auth/login", object("email", eve.email, "password", "wrong horse battery"))
		unknown := w.want(t, 401, nil, "POST /auth/login", object("email", "no"+eve.email, "password", "wrong horse battery"))
		require.Equal(t, wrong.text(t, "error", "message"), unknown.text(t, "error", "message"))
	})
	t.Run("a disabled account is told only after the right password", func(t *testing.T) {
		eve := w.join(t, "Eve")
		w.sql(t, "update users set status = 'disabled' where id = $1", eve.id)
		w.want(t, 401, nil, "POST /auth/login", object("email", eve.email, "password", "wrong horse battery"))
		w.want(t, 403, nil, "POST /auth/login", object("email", eve.email, "password", password))
	})
}

func testAccountRules(t *testing.T, w *world) {
	s := newScene(w)
	s.names["81"], s.names["80"] = strings.Repeat("ä", 81), strings.Repeat("ä", 80)
	s.names["129"], s.names["255"] = strings.Repeat("p", 129), strings.Repeat("e", 243)+"@example.org"
	signUp := func(name, email, password, called string, field string) row {
		return row{name: name, call: "POST /auth/register", body: object("email", email, "password", password, "name", called), status: 400, has: []string{`"field":"` + field + `"`}}
	}
	const email = "rules@example.org"
	s.play(t, []row{
		signUp("no address", "", password, "Ada", "email"),
		signUp("no sign in it", "ada", password, "Ada", "email"),
		signUp("an address with a space", "a da@example.org", password, "Ada", "email"),
		signUp("an address that is too long", "{255}", password, "Ada", "email"),
		signUp("nine characters", email, "ninechars", "Ada", "password"),
		signUp("too many characters", email, "{129}", "Ada", "password"),
		signUp("a password everybody has", email, "1234567890", "Ada", "password"),
		signUp("the address as password", email, email, "Ada", "password"),
		signUp("no name", email, password, " ", "name"),
		signUp("a name that is too long", email, password, "{81}", "name"),
		signUp("a name with a line", email, password, "A\nB", "name"),
		signUp("a name that turns the line around", email, password, "A\u202eB", "name"),
		signUp("a name of nothing one can see", email, password, "\u200b", "name"),
		{name: "all that is wrong is told at once", call: "POST /auth/register", body: `{"email":"x","password":"y","name":""}`, status: 400, has: []string{`"field":"email"`, `"field":"password"`, `"field":"name"`}},
		{name: "what is missing is wrong too", call: "POST /auth/register", body: `{}`, status: 400, has: []string{`"field":"email"`, `"field":"password"`, `"field":"name"`}},
		{name: "a password may be any characters", call: "POST /auth/register", body: `{"email":"` + email + `","password":"  \u0001\ud83d\ude00 ä\n xyz","name":"{80}"}`, status: 201},
		{name: "every one of them counts", call: "POST /auth/login", body: `{"email":"` + email + `","password":"\u0001\ud83d\ude00 ä\n xyz"}`, status: 401},
		{name: "but not how they are composed", call: "POST /auth/login", body: `{"email":"` + email + `","password":"  \u0001\ud83d\ude00 a\u0308\n xyz"}`, status: 200},
	})
}

func testSettings(t *testing.T, w *world) {
	newScene(w).cast(t, "Ada").play(t, []row{
		{name: "the defaults", as: "Ada", call: "GET /settings/user", status: 200, has: []string{`"theme":"system"`, `"language":"en"`, `"notifications_enabled":true`, `"default_model":""`}},
		{name: "some", as: "Ada", call: "PUT /settings/user", body: `{"theme":"dark","notifications_enabled":false}`, status: 200, has: []string{`"theme":"dark"`, `"language":"en"`, `"notifications_enabled":false`}},
		{name: "others", as: "Ada", call: "PUT /settings/user", body: `{"language":"de-AT","default_model":"guide"}`, status: 200, has: []string{`"theme":"dark"`, `"language":"de-AT"`, `"default_model":"guide"`}},
		{name: "they stay", as: "Ada", call: "GET /settings/user", status: 200, has: []string{`"theme":"dark"`, `"language":"de-AT"`}},
		{name: "an unknown theme", as: "Ada", call: "PUT /settings/user", body: `{"theme":"pink"}`, status: 400, has: []string{`"field":"theme"`}},
		{name: "what is no language", as: "Ada", call: "PUT /settings/user", body: `{"language":"de_AT"}`, status: 400, has: []string{`"field":"language"`}},
		{name: "what is no model", as: "Ada", call: "PUT /settings/user", body: `{"default_model":"A B"}`, status: 400, has: []string{`"field":"default_model"`}},
		{name: "neither true nor false", as: "Ada", call: "PUT /settings/user", body: `{"notifications_enabled":"no"}`, status: 400},
		{name: "an unknown setting", as: "Ada", call: "PUT /settings/user", body: `{"volume":11}`, status: 400},
	})
}

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

func (w *world) dead(t *testing.T, who *person, within time.Duration) {
	t.Helper()
	require.Eventually(t, func() bool {
		got, err := w.try(who, "GET /users/me", "")
		return err == nil && got.status == 401
	}, within, 20*time.Millisecond, "the access token outlived its session")
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
				within += 300 * time.Millisecond // no hint comes: the cache alone, and the time to look
			}
			w.dead(t, ada, within)
		})
	}
}

func testReset(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	good, old := w.oneTime(t, "reset", &ada.id, "g", "1 hour"), w.oneTime(t, "reset", &ada.id, "o", "-1 second")
	reset := func(status int, token, fresh string) answer {
		return w.want(t, status, nil, "POST /auth/reset", object("token", token, "new_password", fresh))
	}
	reset(403, "x", "another long one")
	reset(403, strings.Repeat("A", 43), "another long one")
	reset(403, old, "another long one")
	require.Contains(t, reset(400, good, "short").body, `"field":"new_password"`)
	reset(204, good, "another long one")
	reset(403, good, "yet another one")
	w.soon401(t, ada)
	w.want(t, 200, nil, "POST /auth/login", object("email", ada.email, "password", "another long one"))
}

// Of several that change a password at the same moment one wins; the others
// hear that it was changed, or that what they know is wrong.
func testTwoPasswords(t *testing.T, w *world) {
	conflicts := 0
	for round := 0; conflicts == 0; round++ {
		require.Less(t, round, 20, "nobody was ever too late")
		ada := w.join(t, "Ada")
		statuses := make(chan int)
		for i := range 2 {
			go func() {
				got, err := w.try(ada, "POST /auth/password", object("current_password", password, "new_password", fmt.Sprint("another long one ", i)))
				if err != nil {
					t.Error(err)
				}
				statuses <- got.status
			}()
		}
		won := 0
		for range 2 {
			switch status := <-statuses; status {
			case 204:
				won++
			case 409:
				conflicts++
			default:
				require.Equal(t, 403, status)
			}
		}
		require.Equal(t, 1, won)
	}
}
