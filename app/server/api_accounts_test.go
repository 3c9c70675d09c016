package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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
		{name: "a password may be proved once more", as: "Ada", call: "POST /auth/confirm", body: `{"password":"` + password + `"}`, status: 204},
		{name: "a wrong one proves nothing", as: "Ada", call: "POST /auth/confirm", body: `{"password":"wrong horse battery"}`, status: 403, has: []string{`"field":"password"`}},
		{name: "nor does nobody", call: "POST /auth/confirm", body: `{"password":"` + password + `"}`, status: 401},
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
