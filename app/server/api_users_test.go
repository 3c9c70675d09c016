package server_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// testManagedUsers plays what administrators do with accounts.
func testManagedUsers(t *testing.T, w *world) {
	admin := w.signIn(t, "admin@example.org")
	t.Run("one account", func(t *testing.T) { t.Parallel(); testManagedUser(t, w, admin) })
	t.Run("a link for a new password", func(t *testing.T) { t.Parallel(); testResetLinks(t, w, admin) })
	t.Run("sessions", func(t *testing.T) { t.Parallel(); testSessionsOf(t, w, admin) })
	t.Run("many at once", func(t *testing.T) { t.Parallel(); testCrowdDeeds(t, w, admin) })
	t.Run("as a file", func(t *testing.T) { t.Parallel(); testExport(t, w, admin) })
	t.Run("links that let people in", func(t *testing.T) { t.Parallel(); testSignupInvites(t, w, admin) })
	t.Run("what is dangerous, with an old password", func(t *testing.T) { t.Parallel(); testOldPasswordOfUsers(t, w) })
}

func testManagedUser(t *testing.T, w *world, admin *person) {
	s := newScene(w).cast(t, "Ada", "Mia")
	s.people["Eve"] = admin
	made := w.want(t, 201, admin, "POST /admin/users", object("email", "zed.unusual@example.org", "name", "Zed", "password", "a long enough one"))
	s.names["zed"] = made.text(t, "user", "id")
	s.names["none"] = "0197a3b2-5f6e-7d10-8a3b-4c5d6e7f8091"
	s.play(t, []row{
		{name: "is found by part of its address", as: "Eve", call: "GET /admin/users?q=ZED.UNUS&sort=name&desc=true", status: 200, has: []string{`"id":"{zed}"`, `"seen_at":null`, `"sessions":0`}},
		{name: "in an order that there is", as: "Eve", call: "GET /admin/users?sort=shoe", status: 400, has: []string{`"field":"sort"`}},
		{name: "of a role that there is", as: "Eve", call: "GET /admin/users?role=king&status=asleep", status: 400, has: []string{`"field":"role"`, `"field":"status"`}},
		{name: "administrators alone", as: "Eve", call: "GET /admin/users?role=admin&status=active&limit=1", status: 200, has: []string{`"role":"admin"`}},
		{name: "not by a made-up cursor", as: "Eve", call: "GET /admin/users?cursor=eA", status: 400},
		{name: "by its id", as: "Eve", call: "GET /admin/users/{zed}", status: 200, has: []string{`"name":"Zed"`}},
		{name: "what is not there", as: "Eve", call: "GET /admin/users/{none}", status: 404},
		{name: "it can sign in", call: "POST /auth/login", body: `{"email":"zed.unusual@example.org","password":"a long enough one"}`, status: 200},
		{name: "it is called differently", as: "Eve", call: "PATCH /admin/users/{zed}", body: `{"name":"Zoe","email":"zoe.unusual@example.org"}`, status: 200, has: []string{`"name":"Zoe"`, `"email":"zoe.unusual@example.org"`}},
		{name: "not by an address that is taken", as: "Eve", call: "PATCH /admin/users/{zed}", body: `{"email":"{Ada.email}"}`, status: 409, has: []string{`"field":"email"`}},
		{name: "nor by none", as: "Eve", call: "PATCH /admin/users/{zed}", body: `{"email":"x","name":""}`, status: 400, has: []string{`"field":"email"`, `"field":"name"`}},
		{name: "what is not there is not changed", as: "Eve", call: "PATCH /admin/users/{none}", body: `{"name":"X"}`, status: 404},
		{name: "it becomes administrator", as: "Eve", call: "PATCH /admin/users/{zed}", body: `{"role":"admin"}`, status: 200, has: []string{`"role":"admin"`}},
		{name: "and no more", as: "Eve", call: "PATCH /admin/users/{zed}", body: `{"role":"user"}`, status: 200, has: []string{`"role":"user"`}},
		{name: "it is disabled", as: "Eve", call: "PATCH /admin/users/{zed}", body: `{"status":"disabled"}`, status: 200, has: []string{`"status":"disabled"`, `"sessions":0`}},
		{name: "then it cannot sign in", call: "POST /auth/login", body: `{"email":"zoe.unusual@example.org","password":"a long enough one"}`, status: 403},
		{name: "an address is taken once", as: "Eve", call: "POST /admin/users", body: `{"email":"{Ada.email}","name":"Ada"}`, status: 409},
		{name: "a role is one that there is", as: "Eve", call: "POST /admin/users", body: `{"email":"king@example.org","name":"King","role":"king"}`, status: 400},
		{name: "without a password there is a link", as: "Eve", call: "POST /admin/users", body: `{"email":"kim.{zed}@example.org","name":"Kim"}`, status: 201, has: []string{`/reset#`}},
		{name: "it is deleted with what it wrote, or not at all", as: "Eve", call: "DELETE /admin/users/{zed}", body: `{"messages":"burn"}`, status: 400},
		{name: "it is deleted", as: "Eve", call: "DELETE /admin/users/{zed}", body: `{"messages":"erase"}`, status: 204},
		{name: "once", as: "Eve", call: "DELETE /admin/users/{zed}", status: 404},
		{name: "and found no more", as: "Eve", call: "GET /admin/users?q=zoe.unusual", status: 200, has: []string{`"data":[]`}},
	})
	t.Run("the last administrator stays", func(t *testing.T) {
		for _, body := range []string{`{"role":"user"}`, `{"status":"disabled"}`} {
			w.want(t, 409, admin, "PATCH /admin/users/"+admin.id, body)
		}
		w.want(t, 409, admin, "DELETE /admin/users/"+admin.id, "")
	})
}

func testResetLinks(t *testing.T, w *world, admin *person) {
	ada := w.join(t, "Ada")
	at := "POST /admin/users/" + ada.id + "/reset-link"
	w.want(t, 400, admin, at, `{"reason":""}`)
	w.want(t, 404, admin, "POST /admin/users/0197a3b2-5f6e-7d10-8a3b-4c5d6e7f8091/reset-link", `{"reason":"she asked"}`)
	url := w.want(t, 201, admin, at, `{"reason":"she asked"}`).text(t, "url")
	_, token, _ := strings.Cut(url, "/reset#")
	w.want(t, 204, nil, "POST /auth/reset", object("token", token, "new_password", "another long one"))
	w.want(t, 403, nil, "POST /auth/reset", object("token", token, "new_password", "another long one"))
	w.want(t, 401, ada, "GET /users/me", "")
	again := w.want(t, 200, nil, "POST /auth/login", object("email", ada.email, "password", "another long one"))
	ada.hold(t, again)
	told := w.want(t, 200, ada, "GET /users/me/notices", "")
	require.Contains(t, told.body, "can be set anew: she asked")
	w.want(t, 204, ada, "DELETE /users/me/notices/"+told.first(t), "")
	w.want(t, 404, ada, "DELETE /users/me/notices/"+told.first(t), "")
}

func testSessionsOf(t *testing.T, w *world, admin *person) {
	ada := w.join(t, "Ada")
	phone := w.again(t, ada)
	at := "/admin/users/" + ada.id + "/sessions"
	newest := w.want(t, 200, admin, "GET "+at+"?limit=1", "").first(t)
	w.want(t, 404, admin, "DELETE /admin/users/"+admin.id+"/sessions/"+newest, "")
	w.want(t, 204, admin, "DELETE "+at+"/"+newest, "")
	w.want(t, 404, admin, "DELETE "+at+"/"+newest, "")
	w.want(t, 401, phone, "GET /users/me", "")
	w.want(t, 200, ada, "GET /users/me", "")
	w.want(t, 204, admin, "DELETE "+at, "")
	w.want(t, 401, ada, "GET /users/me", "")
	w.want(t, 400, admin, "GET "+at+"?limit=0", "")
	w.want(t, 404, admin, "DELETE /admin/users/0197a3b2-5f6e-7d10-8a3b-4c5d6e7f8091/sessions", "")
	w.want(t, 404, admin, "GET /admin/users/0197a3b2-5f6e-7d10-8a3b-4c5d6e7f8091/sessions", "")
}

func testCrowdDeeds(t *testing.T, w *world, admin *person) {
	ada, bob := w.join(t, "Ada"), w.join(t, "Bob")
	do := func(action string, ids ...string) answer {
		t.Helper()
		return w.want(t, 200, admin, "POST /admin/users/actions", `{"action":"`+action+`","ids":["`+strings.Join(ids, `","`)+`"]}`)
	}
	got := do("disable", ada.id, admin.id, "0197a3b2-5f6e-7d10-8a3b-4c5d6e7f8091", bob.id)
	require.Equal(t, 2, strings.Count(got.body, `"error":null`), got.body)
	require.Contains(t, got.body, "last active administrator")
	require.Contains(t, got.body, `"code":"not_found"`)
	w.want(t, 401, ada, "GET /users/me", "")
	do("enable", ada.id, bob.id)
	ada = w.again(t, ada)
	do("sign_out", ada.id)
	w.want(t, 401, ada, "GET /users/me", "")
	do("delete", ada.id, bob.id)
	w.want(t, 404, admin, "GET /admin/users/"+ada.id, "")
	for _, body := range []string{
		`{"action":"burn","ids":["` + bob.id + `"]}`, `{"action":"enable","ids":[]}`, `{"action":"enable","ids":["x"]}`,
		`{"action":"delete","messages":"burn","ids":["` + bob.id + `"]}`,
		`{"action":"enable","ids":["` + strings.TrimSuffix(strings.Repeat(bob.id+`","`, 101), `","`) + `"]}`,
	} {
		w.want(t, 400, admin, "POST /admin/users/actions", body)
	}
}

func testExport(t *testing.T, w *world, admin *person) {
	w.want(t, 201, admin, "POST /admin/users", object("email", "formula.export@example.org", "name", "=1+1, \"x\"", "password", "a long enough one"))
	got := w.want(t, 200, admin, "POST /admin/users/export?q=formula.export", `{"reason":"a report"}`)
	require.Equal(t, `attachment; filename="users.csv"`, got.head.Get("Content-Disposition"))
	lines := strings.Split(strings.TrimSpace(got.body), "\n")
	require.Len(t, lines, 2)
	require.Contains(t, lines[1], `,formula.export@example.org,"'=1+1, ""x""",user,active,`)
	w.want(t, 400, admin, "POST /admin/users/export", `{"reason":""}`)
	w.want(t, 400, admin, "POST /admin/users/export?sort=shoe", `{"reason":"x"}`)
}

func testSignupInvites(t *testing.T, w *world, admin *person) {
	made := w.want(t, 201, admin, "POST /admin/invites", `{"max_uses":1}`)
	url := made.text(t, "url")
	_, token, found := strings.Cut(url, "/sign-up#")
	require.True(t, found, url)
	w.want(t, 201, nil, "POST /auth/register", object("email", "invited."+made.text(t, "id")+"@example.org", "password", password, "name", "Ina", "invite", token))
	w.want(t, 403, nil, "POST /auth/register", object("email", "second."+made.text(t, "id")+"@example.org", "password", password, "name", "Ina", "invite", token))
	kept := w.want(t, 201, admin, "POST /admin/invites", `{"max_uses":3,"expires_in":3600}`).text(t, "id")
	require.Contains(t, w.want(t, 200, admin, "GET /admin/invites?limit=1", "").body, kept)
	w.want(t, 204, admin, "DELETE /admin/invites/"+kept, "")
	w.want(t, 404, admin, "DELETE /admin/invites/"+kept, "")
	w.want(t, 400, admin, "POST /admin/invites", `{"max_uses":0}`)
	w.want(t, 400, admin, "POST /admin/invites", `{"expires_in":1}`)
	w.want(t, 400, admin, "GET /admin/invites?cursor=x", "")
}

// What is dangerous wants a password that was typed lately.
func testOldPasswordOfUsers(t *testing.T, w *world) {
	old, ada := w.signIn(t, "admin@example.org"), w.join(t, "Ada")
	w.sql(t, `update sessions set confirmed_at = now() - interval '16 minutes' where id = (select id from sessions where user_id = $1 order by id desc limit 1)`, old.id)
	for call, body := range map[string]string{
		"DELETE /admin/users/" + ada.id:               "",
		"POST /admin/users/" + ada.id + "/reset-link": `{"reason":"x"}`,
		"PATCH /admin/users/" + ada.id:                `{"role":"admin"}`,
		"POST /admin/users":                           object("email", "x@example.org", "name", "X", "role", "admin"),
		"POST /admin/users/actions":                   `{"action":"delete","ids":["` + ada.id + `"]}`,
		"POST /admin/users/export":                    `{"reason":"x"}`,
	} {
		require.Contains(t, w.want(t, 403, old, call, body).body, `"field":"password"`, call)
	}
	w.want(t, 204, old, "POST /auth/confirm", object("password", password))
	w.want(t, 201, old, "POST /admin/users/"+ada.id+"/reset-link", `{"reason":"x"}`)
}
