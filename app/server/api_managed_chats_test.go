package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories"
)

// testManagedChats plays what administrators do with the chats of others.
func testManagedChats(t *testing.T, w *world) {
	t.Run("lists", func(t *testing.T) { t.Parallel(); testChatLists(t, w) })
	t.Run("changes", func(t *testing.T) { t.Parallel(); testChatChanges(t, w) })
	t.Run("reading", func(t *testing.T) { t.Parallel(); testChatReading(t, w) })
	t.Run("joining and owners", func(t *testing.T) { t.Parallel(); testChatCustody(t, w) })
	t.Run("with an old password", func(t *testing.T) { t.Parallel(); testChatsOldPassword(t, w) })
}

// overseen is a scene with Eve, who is an administrator, and a chat {c} of
// Ada's in which Bob is an editor and something secret was said.
func overseen(t *testing.T, w *world, title string) *scene {
	t.Helper()
	s := newScene(w).cast(t, "Ada", "Bob")
	s.people["Eve"] = w.signIn(t, "admin@example.org")
	chat := w.open(t, s.people["Ada"], title)
	w.admit(t, chat, s.people["Bob"], "editor")
	w.say(t, s.people["Bob"], chat, "the secret of the pyramids")
	s.names["c"] = chat
	return s
}

func testChatLists(t *testing.T, w *world) {
	s := overseen(t, w, "Pyramid scheme")
	w.open(t, s.people["Bob"], "Something else")
	s.names["d"] = w.open(t, s.people["Ada"], "Pyramids of old")
	w.want(t, 204, s.people["Ada"], "DELETE /chats/"+s.names["d"], "")
	db, err := repositories.Open(t.Context(), w.database, 1)
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, repositories.NewFigureRepository(db).Count(t.Context()))
	s.play(t, []row{
		{name: "are found by title, with figures and without what is said", as: "Eve", call: "GET /admin/chats?q=pyramid", status: 200,
			has: []string{`"id":"{c}"`, `"email":"{Ada.email}"`, `"member_count":2`, `"messages":1`, `"bytes":26`, `"archived":false`}, lacks: []string{"secret", "{d}"}},
		{name: "by the beginning of a word", as: "Eve", call: "GET /admin/chats?q=sc&limit=100", status: 200, has: []string{"{c}"}},
		{name: "by id", as: "Eve", call: "GET /admin/chats?q={c}", status: 200, has: []string{"{c}"}},
		{name: "a page at a time", as: "Eve", call: "GET /admin/chats?limit=1", status: 200, has: []string{`"next":"`}},
		{name: "deleted ones apart", as: "Eve", call: "GET /admin/chats?state=deleted&q=pyramid", status: 200, has: []string{`"id":"{d}"`, `"deleted_at":"2`}, lacks: []string{"{c}"}},
		{name: "the largest first", as: "Eve", call: "GET /admin/chats?sort=size&q=pyramid", status: 200, has: []string{"{c}"}},
		{name: "the last active first", as: "Eve", call: "GET /admin/chats?sort=active&q=pyramid", status: 200, has: []string{"{c}"}},
		{name: "in no other order", as: "Eve", call: "GET /admin/chats?sort=title", status: 400, has: []string{`"field":"sort"`}},
		{name: "in no other state", as: "Eve", call: "GET /admin/chats?state=lost", status: 400, has: []string{`"field":"state"`}},
		{name: "from no other place", as: "Eve", call: "GET /admin/chats?cursor=x", status: 400, has: []string{`"field":"cursor"`}},
		{name: "one alone", as: "Eve", call: "GET /admin/chats/{c}", status: 200, has: []string{`"title":"Pyramid scheme"`}},
		{name: "its members, with addresses", as: "Eve", call: "GET /admin/chats/{c}/members", status: 200, has: []string{"{Ada.email}", "{Bob.email}"}},
		{name: "a page of them", as: "Eve", call: "GET /admin/chats/{c}/members?limit=0", status: 400},
		{name: "of no chat there are none", as: "Eve", call: "GET /admin/chats/{Ada}/members", status: 404},
		{name: "nor is there one", as: "Eve", call: "GET /admin/chats/{Ada}", status: 404},
		{name: "its owner is no administrator", as: "Ada", call: "GET /admin/chats/{c}", status: 403},
	})
	t.Run("every order leads through all of them, once", func(t *testing.T) {
		for _, sort := range []string{"created", "active", "size"} {
			seen, cursor := map[app.ChatID]bool{}, ""
			for {
				var page app.Page[app.ManagedChat]
				w.want(t, 200, s.people["Eve"], "GET /admin/chats?limit=7&sort="+sort+"&cursor="+cursor, "").into(t, &page)
				for _, one := range page.Data {
					require.False(t, seen[one.ID], "twice")
					seen[one.ID] = true
				}
				if page.Pagination.Next == nil {
					break
				}
				cursor = *page.Pagination.Next
			}
			require.True(t, seen[app.ChatID(s.names["c"])], sort)
		}
	})
}

func testChatChanges(t *testing.T, w *world) {
	s := overseen(t, w, "Before")
	s.play(t, []row{
		{name: "it is renamed", as: "Eve", call: "PATCH /admin/chats/{c}", body: `{"title":"After"}`, status: 200, has: []string{`"title":"After"`}},
		{name: "for its members too", as: "Bob", call: "GET /chats/{c}", status: 200, has: []string{`"title":"After"`}},
		{name: "its messages are kept for a month", as: "Eve", call: "PATCH /admin/chats/{c}", body: `{"retention_days":30}`, status: 200, has: []string{`"retention_days":30`}},
		{name: "or as long as everywhere", as: "Eve", call: "PATCH /admin/chats/{c}", body: `{"retention_days":null}`, status: 200, has: []string{`"retention_days":null`}},
		{name: "not for longer than there is", as: "Eve", call: "PATCH /admin/chats/{c}", body: `{"retention_days":-1}`, status: 400, has: []string{`"field":"retention_days"`}},
		{name: "not to nothing", as: "Eve", call: "PATCH /admin/chats/{c}", body: `{"title":""}`, status: 400, has: []string{`"field":"title"`}},
		{name: "it is put away for all", as: "Eve", call: "PATCH /admin/chats/{c}", body: `{"archived":true}`, status: 200, has: []string{`"archived":true`}},
		{name: "for Bob", as: "Bob", call: "GET /chats?archived=true", status: 200, has: []string{"{c}"}},
		{name: "and is listed there", as: "Eve", call: "GET /admin/chats?state=archived&limit=100", status: 200, has: []string{"{c}"}},
		{name: "twice is once", as: "Eve", call: "PATCH /admin/chats/{c}", body: `{"archived":true,"title":"After"}`, status: 200},
		{name: "and out again", as: "Eve", call: "PATCH /admin/chats/{c}", body: `{"archived":false}`, status: 200, has: []string{`"archived":false`}},
		{name: "what is not deleted is not restored", as: "Eve", call: "POST /admin/chats/{c}/restore", status: 409},
		{name: "it is deleted", as: "Eve", call: "DELETE /admin/chats/{c}", status: 204},
		{name: "for its owner too", as: "Ada", call: "GET /chats/{c}", status: 404},
		{name: "once", as: "Eve", call: "DELETE /admin/chats/{c}", status: 409},
		{name: "then nothing changes it", as: "Eve", call: "PATCH /admin/chats/{c}", body: `{"title":"Again"}`, status: 409, has: []string{"restore it first"}},
		{name: "nobody joins", as: "Eve", call: "POST /admin/chats/{c}/join", body: `{"role":"viewer","reason":"x"}`, status: 409},
		{name: "nobody reads", as: "Eve", call: "POST /admin/chats/{c}/read", body: `{"reason":"x"}`, status: 409},
		{name: "it is restored", as: "Eve", call: "POST /admin/chats/{c}/restore", status: 200, has: []string{`"deleted_at":null`}},
		{name: "for its owner too", as: "Ada", call: "GET /chats/{c}", status: 200},
		{name: "what is not there is not changed", as: "Eve", call: "PATCH /admin/chats/{Ada}", body: `{}`, status: 404},
		{name: "nor deleted", as: "Eve", call: "DELETE /admin/chats/{Ada}", status: 404},
		{name: "nor restored", as: "Eve", call: "POST /admin/chats/{Ada}/restore", status: 404},
	})
	require.Equal(t, []string{"chat.renamed After", "chat.retention_set instance 30", "chat.retention_set 30 instance", "chat.archived", "chat.unarchived", "chat.deleted", "chat.restored"}, w.recorded(t, s.names["c"]))
	t.Run("a week after it was deleted it is gone", func(t *testing.T) {
		w.want(t, 204, s.people["Eve"], s.fill("DELETE /admin/chats/{c}"), "")
		w.sql(t, `update chats set deleted_at = now() - interval '8 days' where id = $1`, s.names["c"])
		got := w.ask(t, s.people["Eve"], s.fill("POST /admin/chats/{c}/restore"), "")
		require.Contains(t, []int{404, 409}, got.status, "the job that erases may have come first")
	})
}

// recorded is what the audit log has about a target, in order.
func (w *world) recorded(t *testing.T, target string) (list []string) {
	t.Helper()
	rows, err := w.db.Query(t.Context(), `select concat_ws(' ', action, details->>'from', details->>'to', details->>'role', details->>'reason') from audit_events where target = $1 order by at, id`, target)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		list = append(list, line)
	}
	require.NoError(t, rows.Err())
	return list
}

func testChatReading(t *testing.T, w *world) {
	s := overseen(t, w, "Private")
	s.play(t, []row{
		{name: "nothing is read without a reason", as: "Eve", call: "GET /admin/chats/{c}/messages", status: 403, has: []string{"Say first why"}},
		{name: "an empty one is none", as: "Eve", call: "POST /admin/chats/{c}/read", body: `{"reason":" "}`, status: 400, has: []string{`"field":"reason"`}},
		{name: "with one", as: "Eve", call: "POST /admin/chats/{c}/read", body: `{"reason":"Somebody reported it"}`, status: 200, has: []string{`"until":"2`}},
		{name: "it is read", as: "Eve", call: "GET /admin/chats/{c}/messages", status: 200, has: []string{"secret of the pyramids"}},
		{name: "a page at a time", as: "Eve", call: "GET /admin/chats/{c}/messages?limit=1", status: 200, has: []string{`"next":"`}, lacks: []string{"pyramids"}},
		{name: "a page that is none", as: "Eve", call: "GET /admin/chats/{c}/messages?before=x", status: 400},
		{name: "its members are told", as: "Bob", call: "GET /chats/{c}/messages", status: 200, has: []string{`"role":"system","author":null`, "An administrator read this chat: Somebody reported it"}},
		{name: "and it is unread to them", as: "Ada", call: "GET /chats/{c}", status: 200, has: []string{`"unread":2`}},
		{name: "what is no chat is not read", as: "Eve", call: "GET /admin/chats/x/messages", status: 404},
		{name: "nor opened", as: "Eve", call: "POST /admin/chats/{Ada}/read", body: `{"reason":"x"}`, status: 404},
	})
	require.Equal(t, []string{"chat.content_read Somebody reported it"}, w.recorded(t, s.names["c"]))
	t.Run("what the members were told stays", func(t *testing.T) {
		var page app.Page[app.Message]
		w.want(t, 200, s.people["Ada"], s.fill("GET /chats/{c}/messages"), "").into(t, &page)
		notice := page.Data[len(page.Data)-1]
		require.Equal(t, app.MessageSystem, notice.Role)
		for _, call := range []string{"DELETE /chats/{c}/messages/" + string(notice.ID), "PATCH /chats/{c}/messages/" + string(notice.ID)} {
			require.Equal(t, 403, w.ask(t, s.people["Ada"], s.fill(call), bodyOf(call)).status, call)
		}
		for _, verb := range []string{"regenerate", "continue"} {
			got := w.ask(t, s.people["Ada"], s.fill("POST /chats/{c}/messages/"+string(notice.ID)+"/"+verb), "")
			require.GreaterOrEqual(t, got.status, 400, verb)
			require.Less(t, got.status, 500, verb)
		}
	})
	t.Run("another session of the same administrator has to say why too", func(t *testing.T) {
		other := w.signIn(t, "admin@example.org")
		w.want(t, 403, other, s.fill("GET /admin/chats/{c}/messages"), "")
	})
	t.Run("after a while it is closed again", func(t *testing.T) {
		w.sql(t, `update chat_readings set until = now() where chat_id = $1`, s.names["c"])
		w.want(t, 403, s.people["Eve"], s.fill("GET /admin/chats/{c}/messages"), "")
	})
}

func bodyOf(call string) string {
	if strings.HasPrefix(call, "PATCH") {
		return `{"content":"nothing happened"}`
	}
	return ""
}

func testChatCustody(t *testing.T, w *world) {
	s := overseen(t, w, "Left behind")
	s.cast(t, "Cleo")
	s.names["Eve"], s.names["Eve.email"] = s.people["Eve"].id, "admin@example.org"
	s.play(t, []row{
		{name: "nobody joins without a reason", as: "Eve", call: "POST /admin/chats/{c}/join", body: `{"role":"viewer","reason":""}`, status: 400, has: []string{`"field":"reason"`}},
		{name: "nor as what there is not", as: "Eve", call: "POST /admin/chats/{c}/join", body: `{"role":"king","reason":"x"}`, status: 400, has: []string{`"field":"role"`}},
		{name: "an administrator joins", as: "Eve", call: "POST /admin/chats/{c}/join", body: `{"role":"viewer","reason":"Ada asked for help"}`, status: 200, has: []string{`"member_count":3`}},
		{name: "and is a member like others", as: "Eve", call: "GET /chats/{c}", status: 200, has: []string{`"role":"viewer"`, `"unread":1`}},
		{name: "whom all see come", as: "Bob", call: "GET /chats/{c}/messages", status: 200, has: []string{"An administrator joined: Ada asked for help"}},
		{name: "once", as: "Eve", call: "POST /admin/chats/{c}/join", body: `{"role":"editor","reason":"x"}`, status: 409, has: []string{"already"}},
		{name: "but becomes an owner", as: "Eve", call: "POST /admin/chats/{c}/join", body: `{"role":"owner","reason":"Ada has left"}`, status: 200},
		{name: "beside the one who is", as: "Ada", call: "GET /chats/{c}", status: 200, has: []string{`"role":"owner"`}},
		{name: "nobody's address owns nothing", as: "Eve", call: "PUT /admin/chats/{c}/owner", body: `{"email":"nobody@example.org","reason":"x"}`, status: 400, has: []string{`"field":"email"`}},
		{name: "nor what is none", as: "Eve", call: "PUT /admin/chats/{c}/owner", body: `{"email":"nobody","reason":"x"}`, status: 400, has: []string{`"field":"email"`}},
		{name: "somebody else owns it", as: "Eve", call: "PUT /admin/chats/{c}/owner", body: `{"email":"{Cleo.email}","reason":"She takes over"}`, status: 200, has: []string{`"email":"{Cleo.email}"`, `"member_count":4`}},
		{name: "who was not in it", as: "Cleo", call: "GET /chats/{c}", status: 200, has: []string{`"role":"owner"`}},
		{name: "whoever owned it writes there still", as: "Ada", call: "GET /chats/{c}", status: 200, has: []string{`"role":"editor"`}},
		{name: "all are told", as: "Bob", call: "GET /chats/{c}/messages", status: 200, has: []string{"An administrator made Cleo the owner: She takes over"}},
		{name: "once", as: "Eve", call: "PUT /admin/chats/{c}/owner", body: `{"email":"{Cleo.email}","reason":"x"}`, status: 409},
		{name: "a member can be it too", as: "Eve", call: "PUT /admin/chats/{c}/owner", body: `{"email":"{Bob.email}","reason":"He asked"}`, status: 200, has: []string{`"email":"{Bob.email}"`, `"member_count":4`}},
		{name: "what is not there has no owner", as: "Eve", call: "PUT /admin/chats/{Ada}/owner", body: `{"email":"{Bob.email}","reason":"x"}`, status: 404},
		{name: "nor members", as: "Eve", call: "POST /admin/chats/{Ada}/join", body: `{"role":"viewer","reason":"x"}`, status: 404},
	})
	require.Equal(t, []string{
		"chat.joined_by_admin viewer Ada asked for help", "chat.joined_by_admin owner Ada has left",
		s.fill("chat.owner_changed {Ada}, {Eve} {Cleo} She takes over"), s.fill("chat.owner_changed {Cleo} {Bob} He asked"),
	}, w.recorded(t, s.names["c"]))
}

func testChatsOldPassword(t *testing.T, w *world) {
	s := overseen(t, w, "Guarded")
	w.sql(t, `update sessions set confirmed_at = now() - interval '16 minutes' where id = $1`, w.current(t, s.people["Eve"]))
	// Sessions are remembered for a moment.
	require.Eventually(t, func() bool {
		got, err := w.try(s.people["Eve"], s.fill("POST /admin/chats/{c}/read"), `{}`)
		return err == nil && got.status == 403
	}, 5*time.Second, 50*time.Millisecond)
	s.play(t, []row{
		{name: "nothing is read", as: "Eve", call: "POST /admin/chats/{c}/read", body: `{"reason":"x"}`, status: 403, has: []string{`"field":"password"`}},
		{name: "nobody joins", as: "Eve", call: "POST /admin/chats/{c}/join", body: `{"role":"viewer","reason":"x"}`, status: 403, has: []string{`"field":"password"`}},
		{name: "nobody else owns it", as: "Eve", call: "PUT /admin/chats/{c}/owner", body: `{"email":"{Bob.email}","reason":"x"}`, status: 403, has: []string{`"field":"password"`}},
		{name: "it is renamed all the same", as: "Eve", call: "PATCH /admin/chats/{c}", body: `{"title":"Open"}`, status: 200},
	})
	require.Equal(t, []string{"chat.renamed Open"}, w.recorded(t, s.names["c"]))
}
