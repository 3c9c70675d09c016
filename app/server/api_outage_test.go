package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/server/contract"
)

// testOutage takes the database away and gives it back.
func testOutage(t *testing.T, w *world) {
	s := newSweep(t, w)
	restore := w.cutDatabase(t)
	t.Cleanup(restore)
	t.Run("the server says so", func(t *testing.T) {
		w.soon(t, http.StatusServiceUnavailable, nil, "GET /readyz")
		require.Equal(t, "database unreachable", w.want(t, 503, nil, "GET /health", "").text(t, "database"))
		w.want(t, 200, nil, "GET /livez", "")
	})
	t.Run("every operation says so", func(t *testing.T) {
		needsDatabase := func(op *contract.Operation) bool {
			return op.ID != "getContract" && op.ID != "getDocs" && op.ID != "getReady" && op.ID != "getHealth"
		}
		s.over(t, 503, needsDatabase, func(t *testing.T, op *contract.Operation) {
			body := s.body(op)
			if op.ID == "refresh" || op.ID == "signOut" {
				body = object("refresh_token", s.who.refresh)
			}
			if op.ID == "resetPassword" || op.ID == "setUp" {
				body = object("token", s.who.refresh, "new_password", "another long one") // a token of the right form
			}
			if op.ID == "setUp" {
				body = object("setup_token", s.who.refresh)
			}
			// The session may still be believed for a second.
			got := w.soon(t, http.StatusServiceUnavailable, who(op, s.who), s.call(op), body)
			require.Equal(t, "unavailable", got.text(t, "error", "code"))
		})
	})
	restore()
	t.Run("and goes on when it is back", func(t *testing.T) {
		w.soon(t, http.StatusOK, nil, "GET /readyz")
		w.soon(t, http.StatusOK, s.who, "GET /users/me")
	})
}

func who(op *contract.Operation, signedIn *person) *person {
	if op.Secured {
		return signedIn
	}
	return nil
}

// soon asks until the answer has this status.
func (w *world) soon(t *testing.T, status int, who *person, call string, body ...string) answer {
	t.Helper()
	text := ""
	if len(body) > 0 {
		text = body[0]
	}
	deadline := time.Now().Add(5 * time.Second)
	for {
		got := w.ask(t, who, call, text)
		if got.status == status {
			return got
		}
		require.True(t, time.Now().Before(deadline), "%s still answers %d: %s%s", call, got.status, got.body, w.log)
		time.Sleep(20 * time.Millisecond)
	}
}

// testDrain stops a server while an answer runs.
func testDrain(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	chat := w.open(t, ada, "Tales")
	_, answer := w.asked(t, ada, chat, "hold")
	w.becomes(t, ada, chat, answer, has(app.StatusStreaming, "Once upon"))
	socket := w.dial(t, ada, "/api/v1/ws")
	hears(t, socket, `"type":"welcome"`)
	closed := make(chan error, 1)
	go func() { closed <- w.close() }()
	w.soon(t, http.StatusServiceUnavailable, nil, "GET /readyz")
	require.Equal(t, "draining", w.want(t, 503, nil, "GET /health", "").text(t, "status"))
	got := w.want(t, 503, ada, "GET /ws", "", upgrade()...)
	require.Equal(t, "unavailable", got.text(t, "error", "code"))
	require.NoError(t, <-closed)
	var status string
	require.NoError(t, w.db.QueryRow(t.Context(), "select status from messages where id = $1", answer).Scan(&status))
	require.Equal(t, "interrupted", status)
}

// testClosed plays where strangers may not sign up and nobody is
// administrator yet.
func testClosed(t *testing.T, w *world) {
	s := newScene(w)
	setup := func(fill string) string { return w.oneTime(t, "setup", nil, fill, "30 minutes") }
	s.names["good"], s.names["spare"], s.names["old"] = setup("g"), setup("s"), w.oneTime(t, "setup", nil, "o", "-1 second")
	register := func(token string) string {
		return `{"email":"ada` + token + `@example.org","password":"` + password + `","name":"Ada","setup_token":"{` + token + `}"}`
	}
	s.play(t, []row{
		{name: "strangers may not sign up", call: "POST /auth/register", body: `{"email":"eve@example.org","password":"` + password + `","name":"Eve"}`, status: 403, has: []string{`"code":"forbidden"`}},
		{name: "whatever they say", call: "POST /auth/register", body: `{"email":"x","password":"x","name":""}`, status: 403},
		{name: "a token that ran out opens nothing", call: "POST /auth/register", body: register("old"), status: 403},
		{name: "a good one makes the administrator", call: "POST /auth/register", body: register("good"), status: 201, has: []string{`"role":"admin"`}},
	})
	ada := &person{name: "Ada"}
	ada.hold(t, w.want(t, 200, nil, "POST /auth/login", object("email", "adagood@example.org", "password", password)))
	s.people["Ada"] = ada
	s.play(t, []row{
		{name: "once", call: "POST /auth/register", body: register("good"), status: 403},
		{name: "and no second one", call: "POST /auth/register", body: register("spare"), status: 409, has: []string{`"code":"conflict"`}},
		{name: "nor by setting up", as: "Ada", call: "POST /auth/setup", body: `{"setup_token":"{spare}"}`, status: 409},
		{name: "the last administrator cannot go", as: "Ada", call: "DELETE /users/me", body: object("password", password), status: 409},
		{name: "and is still there", as: "Ada", call: "GET /users/me", status: 200, has: []string{`"role":"admin"`}},
	})
	t.Run("an invite lets somebody new in, once", func(t *testing.T) { testInvited(t, w, ada) })
}

// testSetUp plays where anybody may sign up and nobody is administrator yet.
func testSetUp(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Eve")
	s.names["good"], s.names["old"] = w.oneTime(t, "setup", nil, "g", "30 minutes"), w.oneTime(t, "setup", nil, "o", "-1 second")
	s.play(t, []row{
		{name: "a made-up token", as: "Ada", call: "POST /auth/setup", body: `{"setup_token":"x"}`, status: 403},
		{name: "one that ran out", as: "Ada", call: "POST /auth/setup", body: `{"setup_token":"{old}"}`, status: 403},
		{name: "a made-up token makes no account either", call: "POST /auth/register", body: `{"email":"x@example.org","password":"` + password + `","name":"X","setup_token":"x"}`, status: 403},
		{name: "nobody signed in", call: "POST /auth/setup", body: `{"setup_token":"{good}"}`, status: 401},
		{name: "a good one makes the administrator", as: "Ada", call: "POST /auth/setup", body: `{"setup_token":"{good}"}`, status: 200, has: []string{`"role":"admin"`}},
		{name: "with the token he has", as: "Ada", call: "GET /users/me", status: 200, has: []string{`"role":"admin"`}},
		{name: "once", as: "Eve", call: "POST /auth/setup", body: `{"setup_token":"{good}"}`, status: 409},
	})
}
