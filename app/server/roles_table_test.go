package server_test

import (
	"strings"
	"testing"
)

// What each standing gets, from owner to nobody.
func all(status int) [standings]int { return [standings]int{status, status, status, status, status} }

func signedIn(status int) [standings]int {
	return [standings]int{status, status, status, status, 401}
}

func members(status int) [standings]int { return [standings]int{status, status, status, 404, 401} }

func writers(status int) [standings]int { return [standings]int{status, status, 403, 404, 401} }

func owners(status int) [standings]int { return [standings]int{status, 403, 403, 404, 401} }

// deeds is the table: every call of the program, and who may do it.
func deeds() (all []deed) {
	for _, part := range [][]deed{
		accountDeeds(), chatDeeds(), messageDeeds(), memberDeeds(), pageDeeds(),
		modelDeeds(),
		jobDeeds(),
		managedChatDeeds(),
		consoleDeeds(),
		userDeeds(),
	} {
		all = append(all, part...)
	}
	return all
}

func accountDeeds() []deed {
	const at = "/api/v1/auth"
	return []deed{
		{call: "POST " + at + "/register", body: `{"email":"{nonce}@example.org","password":"four donkeys, one cart","name":"New"}`, want: all(201)},
		{call: "POST " + at + "/login", body: `{"email":"{email}","password":"four donkeys, one cart"}`, want: all(200)},
		{call: "POST " + at + "/refresh", about: "with what is no token", body: `{"refresh_token":"{nonce}"}`, want: all(401)},
		{call: "POST " + at + "/logout", alone: true, want: all(204)},
		{call: "POST " + at + "/reset", about: "with what is no token", body: `{"token":"{nonce}","new_password":"five donkeys, two carts"}`, want: all(403)},
		{call: "POST " + at + "/setup", about: "where there is an administrator", body: `{"setup_token":"{nonce}"}`, want: signedIn(409)},
		{call: "POST " + at + "/password", alone: true, body: `{"current_password":"four donkeys, one cart","new_password":"five donkeys, two carts"}`, want: signedIn(204)},
		{call: "POST " + at + "/confirm", body: `{"password":"four donkeys, one cart"}`, want: signedIn(204)},
		{call: "GET " + at + "/sessions", want: signedIn(200)},
		{call: "DELETE " + at + "/sessions/:id", about: "of somebody else", id: "session", want: signedIn(404)},
		{call: "GET /api/v1/users/me", want: signedIn(200)},
		{call: "PATCH /api/v1/users/me", body: `{"name":"Other"}`, alone: true, want: signedIn(200)},
		{call: "DELETE /api/v1/users/me", body: `{"password":"four donkeys, one cart"}`, alone: true, want: signedIn(204)},
		{call: "GET /api/v1/users/me/notices", want: signedIn(200)},
		{call: "DELETE /api/v1/users/me/notices/:id", about: "that is not there", want: signedIn(404)},
		{call: "GET /api/v1/settings/user", want: signedIn(200)},
		{call: "PUT /api/v1/settings/user", body: `{"theme":"dark","language":"en","notifications_enabled":true,"default_model":""}`, want: signedIn(200)},
		{call: "GET /api/v1/settings/admin", want: signedIn(403)},
		{call: "PUT /api/v1/settings/admin", body: `{"nonsense":1}`, want: signedIn(403)},
		{call: "GET /api/v1/models", want: signedIn(200)},
		{call: "GET /api/v1/admin/overview", want: signedIn(403)},
		{call: "GET /api/v1/admin/usage", want: signedIn(403)},
		{call: "GET /api/v1/admin/logs", want: signedIn(403)},
		{call: "GET /api/v1/admin/system", want: signedIn(403)},
		{call: "PUT /api/v1/admin/system/log-level", body: `{"level":"loud"}`, want: signedIn(403)},
		{call: "GET /api/v1/admin/system/licences", want: signedIn(403)},
		{call: "GET /api/v1/admin/sockets", want: signedIn(403)},
		{call: "DELETE /api/v1/admin/sockets/:id", want: signedIn(403)},
		{call: "GET /api/v1/admin/answers", want: signedIn(403)},
		{call: "DELETE /api/v1/admin/answers/:id", want: signedIn(403)},
		{call: "GET /api/v1/ws", about: "without a handshake", want: signedIn(400)},
	}
}

// modelDeeds are what administrators do with models; nobody on the stage is one.
func modelDeeds() (all []deed) {
	for _, call := range []string{
		"GET /providers", "POST /providers", "GET /providers/:id", "PATCH /providers/:id", "DELETE /providers/:id", "POST /providers/:id/refresh", "POST /providers/test",
		"GET /models", "POST /models", "GET /models/:uid", "PATCH /models/:uid", "DELETE /models/:uid", "POST /models/:uid/move", "POST /models/:uid/default",
		"GET /settings", "PUT /settings", "PUT /settings/logo", "GET /settings/:name/history",
		"GET /models/found", "POST /models/found/:id/use",
	} {
		method, path, _ := strings.Cut(call, " ")
		all = append(all, deed{call: method + " /api/v1/admin" + path, body: `{"nonsense":1}`, want: signedIn(403)})
	}
	return all
}

// managedChatDeeds are what administrators do with the chats of others; being
// in a chat makes nobody one.
func managedChatDeeds() (all []deed) {
	for _, call := range []string{
		"GET /chats", "GET /chats/:id", "PATCH /chats/:id", "DELETE /chats/:id", "POST /chats/:id/restore", "GET /chats/:id/members",
		"PUT /chats/:id/owner", "POST /chats/:id/join", "POST /chats/:id/read", "GET /chats/:id/messages",
	} {
		method, path, _ := strings.Cut(call, " ")
		all = append(all, deed{call: method + " /api/v1/admin" + path, body: `{"nonsense":1}`, want: signedIn(403)})
	}
	return all
}

func chatDeeds() []deed {
	const one = "/api/v1/chats/:id"
	return []deed{
		{call: "GET /api/v1/chats", want: signedIn(200)},
		{call: "POST /api/v1/chats", body: `{}`, want: signedIn(201)},
		{call: "GET " + one, want: members(200)},
		{call: "PATCH " + one, about: "its title", body: `{"title":"Mine"}`, want: owners(200)},
		{call: "PATCH " + one, about: "his own pin", body: `{"pinned":true}`, want: members(200)},
		{call: "PATCH " + one, about: "with nonsense", body: `{"title":7}`, want: members(400)},
		{call: "DELETE " + one, want: owners(204)},
		{call: "POST " + one + "/restore", about: "that is deleted", want: [standings]int{200, 404, 404, 404, 401}, ready: deleted},
		{call: "POST " + one + "/restore", about: "that is there", want: signedIn(404)},
		{call: "GET /api/v1/search", about: "everywhere", want: signedIn(200)},
		{call: "GET /api/v1/search", about: "in this chat", query: "?q=mine&chat_id={id}", want: members(200)},
		{call: "GET /api/v1/search", about: "in this chat with nonsense", query: "?limit=0&chat_id={id}", want: [standings]int{400, 400, 400, 404, 401}},
		{call: "PUT " + one + "/read", body: `{"seq":1}`, want: members(204)},
		{call: "POST " + one + "/fork", body: `{"message_id":"{mid}"}`, want: members(201)},
		{call: "POST " + one + "/fork", about: "with nonsense", body: `{"message_id":7}`, want: members(400)},
	}
}

func deleted(t *testing.T, r *stage) {
	t.Helper()
	r.sql(t, "update chats set deleted_at = now() where id = $1", r.names["id"])
}

func messageDeeds() []deed {
	const list = "/api/v1/chats/:id/messages"
	const one = list + "/:mid"
	return []deed{
		{call: "GET " + list, want: members(200)},
		{call: "POST " + list, body: `{"content":"hello"}`, want: writers(201)},
		{call: "POST " + list, about: "with nonsense", body: `{"content":7}`, want: [standings]int{400, 400, 400, 404, 401}},
		{call: "PATCH " + one, about: "of his own", id: "mine", body: `{"content":"better"}`, want: writers(200)},
		{call: "PATCH " + one, about: "of another", id: "theirs", body: `{"content":"better"}`, want: writers(403)},
		{call: "PATCH " + one, about: "of a model", id: "answer", body: `{"content":"better"}`, want: writers(403)},
		{call: "DELETE " + one, about: "of his own", id: "mine", want: writers(200)},
		{call: "DELETE " + one, about: "of another", id: "theirs", want: owners(200)},
		{call: "DELETE " + one, about: "of a model", id: "answer", want: owners(200)},
		{call: "POST " + one + "/regenerate", id: "answer", want: writers(202)},
		{call: "POST " + one + "/continue", id: "answer", want: writers(202)},
		{call: "POST " + one + "/stop", id: "answer", want: writers(202)},
		{call: "GET " + one + "/stream", want: members(200)},
		{call: "GET " + one + "/versions", want: members(200)},
		{call: "PUT " + one + "/version", about: "of his own", id: "mine", body: `{"version":1}`, want: writers(200)},
		{call: "PUT " + one + "/version", about: "of another", id: "theirs", body: `{"version":1}`, want: writers(403)},
		{call: "PUT " + one + "/version", about: "of a model", id: "answer", body: `{"version":1}`, want: writers(200)},
	}
}

func memberDeeds() []deed {
	const people = "/api/v1/chats/:id/members"
	const links = "/api/v1/chats/:id/invites"
	return []deed{
		{call: "GET " + people, want: members(200)},
		{call: "POST " + people, about: "who is known", body: `{"email":"{guest}","role":"editor"}`, want: owners(201)},
		{call: "POST " + people, about: "who is not known", body: `{"email":"{nonce}@example.org","role":"editor"}`, want: owners(404)},
		{call: "POST " + people, about: "with nonsense", body: `{"email":7}`, want: members(400)},
		{call: "PATCH " + people + "/:user_id", body: `{"role":"viewer"}`, want: owners(200)},
		{call: "PATCH " + people + "/:user_id", about: "himself to owner", id: "self", body: `{"role":"owner"}`, want: [standings]int{200, 403, 403, 404, 401}},
		{call: "DELETE " + people + "/:user_id", about: "another", want: owners(204)},
		{call: "DELETE " + people + "/:user_id", about: "himself", id: "self", want: [standings]int{409, 204, 204, 404, 401}},
		{call: "GET " + links, want: owners(200)},
		{call: "POST " + links, body: `{"role":"viewer"}`, want: owners(201)},
		{call: "DELETE " + links + "/:iid", ready: invited, want: owners(204)},
		{call: "POST /api/v1/invites/preview", about: "a link of this chat", ready: invited, body: `{"token":"{token}"}`, want: all(200)},
		{call: "POST /api/v1/invites/preview", about: "no link at all", body: `{"token":"{nonce}"}`, want: all(404)},
		{call: "POST /api/v1/invites/accept", about: "a link of this chat", ready: invited, body: `{"token":"{token}"}`, want: signedIn(200)},
		{call: "POST /api/v1/invites/accept", about: "no link at all", body: `{"token":"{nonce}"}`, want: signedIn(404)},
	}
}

// invited makes an invite link of the room.
func invited(t *testing.T, r *stage) {
	t.Helper()
	made := r.want(t, 201, r.people["owner"], "POST /chats/"+r.names["id"]+"/invites", `{"role":"editor"}`)
	r.names["iid"] = made.text(t, "id")
	_, r.names["token"], _ = strings.Cut(made.text(t, "url"), "#")
}

func jobDeeds() []deed {
	const at = "/api/v1/admin/jobs"
	return []deed{
		{call: "GET /api/v1/admin/queues", want: signedIn(403)},
		{call: "GET " + at, want: signedIn(403)},
		{call: "GET " + at + "/:id", want: signedIn(403)},
		{call: "POST " + at + "/:id/retry", want: signedIn(403)},
		{call: "POST " + at + "/:id/cancel", want: signedIn(403)},
		{call: "GET /api/v1/admin/audit", want: signedIn(403)},
		{call: "GET /api/v1/admin/audit/integrity", want: signedIn(403)},
		{call: "POST /api/v1/admin/audit/check", want: signedIn(403)},
		{call: "POST /api/v1/admin/audit/export", body: `{"format":7}`, want: signedIn(403)},
		{call: "GET /api/v1/admin/audit/:id", want: signedIn(403)},
		{call: "GET /api/v1/admin/backups", want: signedIn(403)},
		{call: "POST /api/v1/admin/backups", want: signedIn(403)},
		{call: "POST /api/v1/admin/backups/:id/download", body: `{"reason":"to see"}`, want: signedIn(403)},
		{call: "DELETE /api/v1/admin/backups/:id", want: signedIn(403)},
	}
}

// consoleDeeds are the pages of the console and the forms on them: for
// administrators alone, all of them, and nobody on the stage is one.
func consoleDeeds() (list []deed) {
	for _, call := range served() {
		if _, path, _ := strings.Cut(call, " "); path != "/admin/sign-in" && (path == "/admin" || strings.HasPrefix(path, "/admin/")) {
			list = append(list, deed{call: call, want: signedIn(403)})
		}
	}
	return append(list, deed{call: "GET /admin/sign-in", want: all(200)}, deed{call: "POST /admin/sign-in", about: "without the form's token", want: all(403)})
}

// userDeeds are what administrators do with accounts.
func userDeeds() (list []deed) {
	for _, call := range []string{
		"GET /users", "POST /users", "POST /users/actions", "POST /users/export", "GET /users/:id", "PATCH /users/:id", "DELETE /users/:id",
		"POST /users/:id/reset-link", "GET /users/:id/sessions", "DELETE /users/:id/sessions", "DELETE /users/:id/sessions/:session_id",
		"GET /invites", "POST /invites", "DELETE /invites/:id",
	} {
		method, path, _ := strings.Cut(call, " ")
		list = append(list, deed{call: method + " /api/v1/admin" + path, body: `{"nonsense":1}`, want: signedIn(403)})
	}
	return list
}

func pageDeeds() []deed {
	return []deed{
		{call: "GET /api/openapi.yaml", want: all(200)},
		{call: "GET /api/docs", want: all(200)},
		{call: "GET /", want: all(200)},
		{call: "GET /c/:id", want: all(200)},
		{call: "GET /sign-in", want: all(200)},
		{call: "GET /sign-up", want: all(200)},
		{call: "GET /setup", want: all(200)},
		{call: "GET /reset", want: all(200)},
		{call: "GET /invite", want: all(200)},
		{call: "GET /manifest.webmanifest", want: all(200)},
		{call: "GET /logo/:hash", about: "that is not there", want: all(404)},
		{call: "GET /handbook", want: all(200)},
		{call: "GET /handbook/:page", about: "that is not there", want: all(404)},
		{call: "GET /assets/:hash/*", about: "that is not there", want: all(404)},
		{call: "GET /health", want: all(200)},
		{call: "GET /livez", want: all(200)},
		{call: "GET /readyz", want: all(200)},
	}
}
