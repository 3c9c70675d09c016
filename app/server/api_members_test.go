package server_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func testMembers(t *testing.T, w *world) {
	t.Run("people come and go", func(t *testing.T) {
		t.Parallel()
		s := newScene(w).cast(t, "Ada", "Eve", "Vic", "Dora")
		s.play(t, []row{
			{name: "a chat begins with models that answer all", as: "Ada", call: "POST /chats", body: `{}`, status: 201, keep: "chat", has: []string{`"reply_policy":"always"`}},
			{name: "its maker is in it", as: "Ada", call: "GET /chats/{chat}/members", status: 200, has: []string{`"role":"owner"`, `"email":"{Ada.email}"`, `"next":null`}},
			{name: "he lets somebody in by her address, whatever its case", as: "Ada", call: "POST /chats/{chat}/members", body: `{"email":"{Eve.email}","role":"editor"}`, status: 201, has: []string{`"role":"editor"`, `"id":"{Eve}"`, `"rev":2`}},
			{name: "from then on models wait to be asked", as: "Eve", call: "GET /chats/{chat}", status: 200, has: []string{`"reply_policy":"mention"`, `"member_count":2`, `"role":"editor"`}},
			{name: "twice is once", as: "Ada", call: "POST /chats/{chat}/members", body: `{"email":"{Eve.email}","role":"viewer"}`, status: 409, has: []string{"already"}},
			{name: "an address that nobody has", as: "Ada", call: "POST /chats/{chat}/members", body: `{"email":"nobody@example.org","role":"editor"}`, status: 404, has: []string{"send an invite link"}},
			{name: "no address at all", as: "Ada", call: "POST /chats/{chat}/members", body: `{"email":"x","role":"editor"}`, status: 400, has: []string{`"field":"email"`}},
			{name: "a role that there is not", as: "Ada", call: "POST /chats/{chat}/members", body: `{"email":"{Vic.email}","role":"king"}`, status: 400, has: []string{`"field":"role"`}},
			{name: "addresses are for owners", as: "Eve", call: "GET /chats/{chat}/members", status: 200, has: []string{`"name":"Ada"`}, lacks: []string{"example.org"}},
			{name: "one page at a time", as: "Eve", call: "GET /chats/{chat}/members?limit=1", status: 200, has: []string{`"name":"Ada"`}, lacks: []string{`"name":"Eve"`, `"next":null`}},
			{name: "a page that is none", as: "Eve", call: "GET /chats/{chat}/members?cursor=x", status: 400},
			{name: "and to a stranger no chat at all", as: "Dora", call: "GET /chats/{chat}/members?limit=0", status: 404},
			{name: "the last owner cannot step down", as: "Ada", call: "PATCH /chats/{chat}/members/{Ada}", body: `{"role":"editor"}`, status: 409, has: []string{"Make somebody else owner first."}},
			{name: "nor leave", as: "Ada", call: "DELETE /chats/{chat}/members/{Ada}", status: 409, has: []string{"Make somebody else owner first."}},
			{name: "before another is", as: "Ada", call: "PATCH /chats/{chat}/members/{Eve}", body: `{"role":"owner"}`, status: 200, has: []string{`"role":"owner"`}},
			{name: "who makes him an editor", as: "Eve", call: "PATCH /chats/{chat}/members/{Ada}", body: `{"role":"editor"}`, status: 200},
			{name: "so that he may not change her", as: "Ada", call: "PATCH /chats/{chat}/members/{Eve}", body: `{"role":"viewer"}`, status: 403},
			{name: "nor take her out", as: "Ada", call: "DELETE /chats/{chat}/members/{Eve}", status: 403},
			{name: "nor let anybody in", as: "Ada", call: "POST /chats/{chat}/members", body: `{"email":"{Vic.email}","role":"viewer"}`, status: 403},
			{name: "nor make links", as: "Ada", call: "POST /chats/{chat}/invites", body: `{"role":"viewer"}`, status: 403},
			{name: "nor see them", as: "Ada", call: "GET /chats/{chat}/invites", status: 403},
			{name: "nor take any back", as: "Ada", call: "DELETE /chats/{chat}/invites/{Dora}", status: 403},
			{name: "somebody who is not in it is nobody there", as: "Eve", call: "PATCH /chats/{chat}/members/{Dora}", body: `{"role":"viewer"}`, status: 404},
			{name: "nor can he be taken out", as: "Eve", call: "DELETE /chats/{chat}/members/{Dora}", status: 404},
			{name: "he leaves", as: "Ada", call: "DELETE /chats/{chat}/members/{Ada}", status: 204},
			{name: "and knows of nothing", as: "Ada", call: "GET /chats/{chat}", status: 404},
			{name: "but can be let in again", as: "Eve", call: "POST /chats/{chat}/members", body: `{"email":"{Ada.email}","role":"viewer"}`, status: 201, has: []string{`"role":"viewer"`}},
			{name: "and is out again", as: "Eve", call: "DELETE /chats/{chat}/members/{Ada}", status: 204},
			{name: "she is alone now, and leaving deletes it", as: "Eve", call: "DELETE /chats/{chat}/members/{Eve}", status: 204},
			{name: "which she can take back", as: "Eve", call: "POST /chats/{chat}/restore", status: 200, has: []string{`"member_count":1`, `"role":"owner"`}},
		})
	})
	t.Run("a policy that somebody set stays", func(t *testing.T) {
		t.Parallel()
		s := newScene(w).cast(t, "Ada", "Eve")
		s.play(t, []row{
			{name: "set", as: "Ada", call: "POST /chats", body: `{"reply_policy":"always"}`, status: 201, keep: "chat"},
			{name: "joined", as: "Ada", call: "POST /chats/{chat}/members", body: `{"email":"{Eve.email}","role":"editor"}`, status: 201},
			{name: "kept", as: "Eve", call: "GET /chats/{chat}", status: 200, has: []string{`"reply_policy":"always"`}},
		})
	})
	t.Run("sockets hear who comes, who changes and who goes", func(t *testing.T) {
		t.Parallel()
		s := newScene(w).cast(t, "Ada", "Eve")
		chat := s.open(t, s.people["Ada"], "Ours")
		s.names["chat"] = chat
		s.say(t, s.people["Ada"], chat, "before she came")
		ada := s.listen(t, s.people["Ada"], chat)
		s.want(t, 201, s.people["Ada"], "POST /chats/"+chat+"/members", object("email", s.people["Eve"].email, "role", "editor"))
		ada.until(t, `"id":"`+s.people["Eve"].id+`"`)
		s.want(t, 200, s.people["Eve"], "GET /chats/"+chat, "")
		eve := s.listen(t, s.people["Eve"], chat)
		s.want(t, 200, s.people["Ada"], "PATCH /chats/"+chat+"/members/"+s.people["Eve"].id, `{"role":"viewer"}`)
		eve.until(t, `"role":"viewer"`)
		s.want(t, 204, s.people["Ada"], "DELETE /chats/"+chat+"/members/"+s.people["Eve"].id, "")
		eve.until(t, `"type":"removed"`)
		ada.until(t, `"removed":true`)
		s.say(t, s.people["Ada"], chat, "between ourselves")
		ada.until(t, "between ourselves")
		for _, line := range eve.heard() {
			require.NotContains(t, line, "between ourselves")
			require.NotContains(t, line, s.people["Ada"].email, "nobody's address goes to others over a socket")
		}
	})
	t.Run("what was said before somebody came is not unread to him", func(t *testing.T) {
		t.Parallel()
		s := newScene(w).cast(t, "Ada", "Eve")
		chat := s.open(t, s.people["Ada"], "Ours")
		s.say(t, s.people["Ada"], chat, "one")
		s.want(t, 201, s.people["Ada"], "POST /chats/"+chat+"/members", object("email", s.people["Eve"].email, "role", "viewer"))
		s.say(t, s.people["Ada"], chat, "two")
		require.Contains(t, s.want(t, 200, s.people["Eve"], "GET /chats", "").body, `"unread":1`)
	})
}

// invite makes a link and gives back its token.
func (w *world) invite(t testing.TB, owner *person, chat, body string) string {
	t.Helper()
	_, token, found := strings.Cut(w.want(t, 201, owner, "POST /chats/"+chat+"/invites", body).text(t, "url"), "/invite#")
	require.True(t, found)
	return token
}

func testInvites(t *testing.T, w *world) {
	t.Run("a link's life", func(t *testing.T) {
		t.Parallel()
		s := newScene(w).cast(t, "Ada", "Eve", "Vic", "Dora")
		s.names["chat"] = s.open(t, s.people["Ada"], "Ours")
		chat := s.names["chat"]
		s.names["once"] = s.invite(t, s.people["Ada"], chat, `{"role":"viewer"}`)
		s.names["gone"] = s.invite(t, s.people["Ada"], chat, `{"role":"editor","max_uses":5,"expires_in":60}`)
		s.names["old"] = s.invite(t, s.people["Ada"], chat, `{"role":"editor"}`)
		s.sql(t, "update invites set expires_at = now() - interval '1 second' where hash = sha256($1::bytea)", []byte(s.names["old"]))
		s.names["gone.id"] = s.want(t, 200, s.people["Ada"], "GET /chats/"+chat+"/invites?limit=1", "").first(t)
		s.play(t, []row{
			{name: "those that work are listed, without their tokens", as: "Ada", call: "GET /chats/{chat}/invites", status: 200, has: []string{`"role":"viewer"`, `"max_uses":5`, `"uses":0`}, lacks: []string{"url", "{once}"}},
			{name: "a page that is none", as: "Ada", call: "GET /chats/{chat}/invites?cursor=x", status: 400},
			{name: "a link to own a chat there is not", as: "Ada", call: "POST /chats/{chat}/invites", body: `{"role":"owner"}`, status: 400},
			{name: "nor one for ever", as: "Ada", call: "POST /chats/{chat}/invites", body: `{"role":"editor","expires_in":2592001}`, status: 400, has: []string{`"field":"expires_in"`}},
			{name: "nor one for all", as: "Ada", call: "POST /chats/{chat}/invites", body: `{"role":"editor","max_uses":101}`, status: 400, has: []string{`"field":"max_uses"`}},
			{name: "a stranger reads what it opens", call: "POST /invites/preview", body: `{"token":"{once}"}`, status: 200, has: []string{`"title":"Ours"`, `"name":"Ada"`, `"role":"viewer"`}, lacks: []string{"example.org"}},
			{name: "an owner who follows it stays what he is", as: "Ada", call: "POST /invites/accept", body: `{"token":"{once}"}`, status: 200, has: []string{`"role":"owner"`}},
			{name: "and has not used it up", as: "Eve", call: "POST /invites/accept", body: `{"token":"{once}"}`, status: 200, has: []string{`"role":"viewer"`, `"member_count":2`}},
			{name: "now it is", as: "Dora", call: "POST /invites/accept", body: `{"token":"{once}"}`, status: 404, has: []string{"Ask for a new one."}},
			{name: "one that ran out", as: "Dora", call: "POST /invites/accept", body: `{"token":"{old}"}`, status: 404, has: []string{"Ask for a new one."}},
			{name: "neither is shown", call: "POST /invites/preview", body: `{"token":"{old}"}`, status: 404},
			{name: "one that was never there", call: "POST /invites/preview", body: `{"token":"x"}`, status: 404, has: []string{"Ask for a new one."}},
			{name: "a token that is too long", as: "Dora", call: "POST /invites/accept", body: `{"token":"` + strings.Repeat("x", 201) + `"}`, status: 400},
			{name: "no token", call: "POST /invites/preview", body: `{}`, status: 400},
			{name: "a link is taken back", as: "Ada", call: "DELETE /chats/{chat}/invites/{gone.id}", status: 204},
			{name: "once", as: "Ada", call: "DELETE /chats/{chat}/invites/{gone.id}", status: 404},
			{name: "and lets nobody in", as: "Dora", call: "POST /invites/accept", body: `{"token":"{gone}"}`, status: 404},
			{name: "nobody new either", call: "POST /auth/register", body: `{"email":"new@example.org","password":"` + password + `","name":"New","invite":"{gone}"}`, status: 403, has: []string{"Ask for a new one."}},
			{name: "and there is no account", call: "POST /auth/login", body: `{"email":"new@example.org","password":"` + password + `"}`, status: 401},
		})
	})
	t.Run("a link is as good as who made it", func(t *testing.T) {
		t.Parallel()
		s := newScene(w).cast(t, "Ada", "Eve", "Dora")
		ada, eve, dora := s.people["Ada"], s.people["Eve"], s.people["Dora"]
		chat := s.open(t, ada, "Ours")
		s.admit(t, chat, eve, "owner")
		token := object("token", s.invite(t, eve, chat, `{"role":"editor"}`))
		s.want(t, 200, ada, "PATCH /chats/"+chat+"/members/"+eve.id, `{"role":"editor"}`)
		s.want(t, 404, dora, "POST /invites/accept", token)
		s.want(t, 200, ada, "PATCH /chats/"+chat+"/members/"+eve.id, `{"role":"owner"}`)
		s.want(t, 204, ada, "DELETE /chats/"+chat, "")
		s.want(t, 404, dora, "POST /invites/accept", token)
		s.want(t, 200, ada, "POST /chats/"+chat+"/restore", "")
		s.want(t, 200, dora, "POST /invites/accept", token)
	})
	t.Run("of many at once as many come in as it has uses", func(t *testing.T) {
		t.Parallel()
		ada := w.join(t, "Ada")
		chat := w.open(t, ada, "Ours")
		body := object("token", w.invite(t, ada, chat, `{"role":"editor","max_uses":3}`))
		var crowd sync.WaitGroup
		var in atomic.Int32
		for range 12 {
			who := w.join(t, "Guest")
			crowd.Go(func() {
				if got, err := w.try(who, "POST /invites/accept", body); err == nil && got.status == 200 {
					in.Add(1)
				}
			})
		}
		crowd.Wait()
		require.EqualValues(t, 3, in.Load())
		require.Contains(t, w.want(t, 200, ada, "GET /chats/"+chat, "").body, `"member_count":4`)
		require.NotContains(t, w.want(t, 200, ada, "GET /chats/"+chat+"/invites", "").body, `"uses"`, "one that is used up is not listed")
	})
	t.Run("a chat has a hundred links and a thousand people", func(t *testing.T) {
		t.Parallel()
		s := newScene(w).cast(t, "Ada", "Eve")
		ada, eve := s.people["Ada"], s.people["Eve"]
		chat := s.open(t, ada, "Ours")
		token := object("token", s.invite(t, ada, chat, `{"role":"editor"}`))
		s.sql(t, `insert into invites (id, chat_id, hash, role, max_uses, created_by, expires_at)
			select gen_random_uuid(), $1::uuid, sha256(n::text::bytea || $1::uuid::text::bytea), 'viewer', 1, $2, now() + interval '1 hour' from generate_series(2, 100) n`, chat, ada.id)
		s.want(t, 409, ada, "POST /chats/"+chat+"/invites", `{"role":"viewer"}`)
		s.sql(t, `insert into members (chat_id, user_id, role, rev) select $1, gen_random_uuid(), 'viewer', 1 from generate_series(2, 1000)`, chat)
		s.want(t, 409, eve, "POST /invites/accept", token)
		s.want(t, 409, ada, "POST /chats/"+chat+"/members", object("email", eve.email, "role", "viewer"))
		s.want(t, 404, eve, "GET /chats/"+chat, "")
	})
}

// testInvited plays where sign-ups are closed and Ada is administrator.
func testInvited(t *testing.T, w *world, ada *person) {
	chat := w.open(t, ada, "Ours")
	once := w.invite(t, ada, chat, `{"role":"editor"}`)
	register := func(email, invite string) string {
		return object("email", email, "password", password, "name", "New", "invite", invite)
	}
	w.want(t, 403, nil, "POST /auth/register", register("new@example.org", "nonsense"))
	w.want(t, 400, nil, "POST /auth/register", register("no address", once))
	ear := w.listen(t, ada, chat)
	guest := &person{name: "New"}
	guest.hold(t, w.want(t, 201, nil, "POST /auth/register", register("new@example.org", once)))
	ear.until(t, `"name":"New"`)
	require.Contains(t, w.want(t, 200, guest, "GET /users/me", "").body, `"role":"user"`)
	require.Contains(t, w.want(t, 200, guest, "GET /chats", "").body, chat)
	w.say(t, guest, chat, "the first message")
	ear.until(t, "the first message")
	late := w.invite(t, ada, chat, `{"role":"editor"}`)
	w.sql(t, "update invites set expires_at = now() - interval '1 second' where hash = sha256($1::bytea)", []byte(late))
	require.Contains(t, w.want(t, 403, nil, "POST /auth/register", register("second@example.org", late)).body, "Ask for a new one.")
	w.want(t, 403, nil, "POST /auth/register", register("second@example.org", once))
	w.want(t, 401, nil, "POST /auth/login", object("email", "second@example.org", "password", password))
}
