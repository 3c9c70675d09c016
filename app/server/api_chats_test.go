package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func testChats(t *testing.T, w *world) {
	t.Run("a chat's life", func(t *testing.T) {
		t.Parallel()
		newScene(w).cast(t, "Ada").play(t, []row{
			{name: "nobody has a chat at first", as: "Ada", call: "GET /chats", status: 200, has: []string{`"data":[]`, `"next":null`, `"limit":20`}},
			{name: "an empty object makes one with the defaults", as: "Ada", call: "POST /chats", body: `{}`, status: 201, keep: "chat",
				has: []string{`"title":"New chat"`, `"model":""`, `"system_prompt":""`, `"reply_policy":"always"`, `"rev":1`, `"last_seq":0`, `"member_count":1`, `"role":"owner"`, `"unread":0`}},
			{name: "it is there", as: "Ada", call: "GET /chats/{chat}", status: 200, has: []string{`"id":"{chat}"`}},
			{name: "the address without a version is the same", as: "Ada", call: "GET /api/chats/{chat}", status: 200, has: []string{`"id":"{chat}"`}},
			{name: "everything can be said at once", as: "Ada", call: "POST /chats", body: `{"title":" Latin \n","model":"guide","system_prompt":"You teach.\n\tSlowly.","reply_policy":"mention"}`, status: 201, keep: "latin",
				has: []string{`"title":"Latin"`, `"model":"guide"`, `"reply_policy":"mention"`}},
			{name: "an owner changes it", as: "Ada", call: "PATCH /chats/{latin}", body: `{"title":"Greek","model":""}`, status: 200, has: []string{`"title":"Greek"`, `"model":""`, `"rev":2`, `"reply_policy":"mention"`}},
			{name: "an empty change changes nothing", as: "Ada", call: "PATCH /chats/{latin}", body: `{}`, status: 200, has: []string{`"title":"Greek"`, `"rev":2`}},
			{name: "a pin takes no rev", as: "Ada", call: "PATCH /chats/{latin}", body: `{"pinned":true}`, status: 200, has: []string{`"pinned":true`, `"rev":2`}},
			{name: "an archived chat leaves the list", as: "Ada", call: "PATCH /chats/{latin}", body: `{"archived":true}`, status: 200, has: []string{`"archived":true`, `"rev":2`}},
			{name: "so that the list has the other", as: "Ada", call: "GET /chats", status: 200, has: []string{"{chat}"}, lacks: []string{"{latin}"}},
			{name: "and the archive has it", as: "Ada", call: "GET /chats?archived=true", status: 200, has: []string{"{latin}"}, lacks: []string{"{chat}"}},
			{name: "deleting says nothing", as: "Ada", call: "DELETE /chats/{chat}", status: 204},
			{name: "a deleted chat is not there", as: "Ada", call: "GET /chats/{chat}", status: 404},
			{name: "nor can it be deleted again", as: "Ada", call: "DELETE /chats/{chat}", status: 404},
			{name: "nor changed", as: "Ada", call: "PATCH /chats/{chat}", body: `{"title":"x"}`, status: 404},
			{name: "nor written to", as: "Ada", call: "POST /chats/{chat}/messages", body: `{"content":"x"}`, status: 404},
			{name: "nor read", as: "Ada", call: "GET /chats/{chat}/messages", status: 404},
			{name: "nor is it in the list", as: "Ada", call: "GET /chats", status: 200, lacks: []string{"{chat}"}},
			{name: "but among the deleted", as: "Ada", call: "GET /chats?deleted=true", status: 200, has: []string{"{chat}"}, lacks: []string{"{latin}"}},
			{name: "its owner takes it back", as: "Ada", call: "POST /chats/{chat}/restore", status: 200, has: []string{`"id":"{chat}"`}},
			{name: "and it is there again", as: "Ada", call: "GET /chats", status: 200, has: []string{"{chat}"}},
			{name: "what is not deleted cannot be taken back", as: "Ada", call: "POST /chats/{chat}/restore", status: 404},
		})
	})
	t.Run("who may", func(t *testing.T) {
		t.Parallel()
		s := newScene(w).cast(t, "Ada", "Eve", "Vic", "Dora")
		s.names["chat"] = s.open(t, s.people["Ada"], "Ours")
		s.admit(t, s.names["chat"], s.people["Eve"], "editor")
		s.admit(t, s.names["chat"], s.people["Vic"], "viewer")
		s.play(t, []row{
			{name: "an editor sees it as editor", as: "Eve", call: "GET /chats/{chat}", status: 200, has: []string{`"role":"editor"`, `"member_count":3`}},
			{name: "a viewer sees it as viewer", as: "Vic", call: "GET /chats/{chat}", status: 200, has: []string{`"role":"viewer"`}},
			{name: "an editor may not change it", as: "Eve", call: "PATCH /chats/{chat}", body: `{"title":"Mine"}`, status: 403, has: []string{`"code":"forbidden"`}},
			{name: "a viewer may not change it", as: "Vic", call: "PATCH /chats/{chat}", body: `{"reply_policy":"always"}`, status: 403},
			{name: "a viewer pins for himself", as: "Vic", call: "PATCH /chats/{chat}", body: `{"pinned":true}`, status: 200, has: []string{`"pinned":true`}},
			{name: "which the owner does not see", as: "Ada", call: "GET /chats/{chat}", status: 200, has: []string{`"pinned":false`}},
			{name: "a pin does not carry a title past the rule", as: "Vic", call: "PATCH /chats/{chat}", body: `{"pinned":false,"title":"Mine"}`, status: 403},
			{name: "and nothing of it was done", as: "Vic", call: "GET /chats/{chat}", status: 200, has: []string{`"pinned":true`, `"title":"Ours"`}},
			{name: "an editor may not delete it", as: "Eve", call: "DELETE /chats/{chat}", status: 403},
			{name: "a viewer may not delete it", as: "Vic", call: "DELETE /chats/{chat}", status: 403},
			{name: "a viewer may not write", as: "Vic", call: "POST /chats/{chat}/messages", body: `{"content":"hello"}`, status: 403},
			{name: "an editor writes", as: "Eve", call: "POST /chats/{chat}/messages", body: `{"content":"hello"}`, status: 201},
			{name: "a viewer reads", as: "Vic", call: "GET /chats/{chat}/messages", status: 200, has: []string{"hello"}},
			{name: "and has something unread", as: "Vic", call: "GET /chats/{chat}", status: 200, has: []string{`"unread":1`}},
			{name: "until he says so", as: "Vic", call: "PUT /chats/{chat}/read", body: `{"seq":1}`, status: 204},
			{name: "then he has not", as: "Vic", call: "GET /chats/{chat}", status: 200, has: []string{`"unread":0`, `"last_read_seq":1`}},
			{name: "a mark never goes back", as: "Vic", call: "PUT /chats/{chat}/read", body: `{"seq":0}`, status: 204},
			{name: "nor past the end", as: "Vic", call: "PUT /chats/{chat}/read", body: `{"seq":99999}`, status: 204},
			{name: "so it is where it was", as: "Vic", call: "GET /chats/{chat}", status: 200, has: []string{`"last_read_seq":1`}},
			{name: "a mark below zero is refused", as: "Vic", call: "PUT /chats/{chat}/read", body: `{"seq":-1}`, status: 400, has: []string{`"field":"seq"`}},
			{name: "a mark that is missing is refused", as: "Vic", call: "PUT /chats/{chat}/read", body: `{}`, status: 400, has: []string{`"field":"seq"`}},
			{name: "the owner deletes it", as: "Ada", call: "DELETE /chats/{chat}", status: 204},
			{name: "an editor cannot take it back", as: "Eve", call: "POST /chats/{chat}/restore", status: 404},
			{name: "nor see it among the deleted", as: "Eve", call: "GET /chats?deleted=true", status: 200, lacks: []string{"{chat}"}},
			{name: "the owner sees it there", as: "Ada", call: "GET /chats?deleted=true", status: 200, has: []string{`"id":"{chat}"`}},
			{name: "a stranger cannot take it back", as: "Dora", call: "POST /chats/{chat}/restore", status: 404},
			{name: "the owner can", as: "Ada", call: "POST /chats/{chat}/restore", status: 200},
			{name: "with all that was said in it", as: "Vic", call: "GET /chats/{chat}/messages", status: 200, has: []string{`"content":"hello"`}},
			{name: "and the editor has it again", as: "Eve", call: "GET /chats", status: 200, has: []string{"{chat}"}},
		})
		t.Run("after seven days it is gone for good", func(t *testing.T) {
			s.want(t, 204, s.people["Ada"], "DELETE /chats/"+s.names["chat"], "")
			s.sql(t, "update chats set deleted_at = now() - interval '7 days 1 second' where id = $1", s.names["chat"])
			s.want(t, 404, s.people["Ada"], "POST /chats/"+s.names["chat"]+"/restore", "")
			require.NotContains(t, s.want(t, 200, s.people["Ada"], "GET /chats?deleted=true", "").body, s.names["chat"], "nor is it offered")
		})
	})
	t.Run("rules for values", func(t *testing.T) {
		t.Parallel()
		s := newScene(w).cast(t, "Ada")
		s.names["chat"] = s.open(t, s.people["Ada"], "Ours")
		s.names["255"], s.names["256"] = strings.Repeat("ä", 255), strings.Repeat("ä", 256)
		s.names["32k"] = strings.Repeat("x", 32<<10)
		for call, ok := range map[string]int{"POST /chats": 201, "PATCH /chats/{chat}": 200} {
			s.play(t, []row{
				{name: call + " takes 255 characters", as: "Ada", call: call, body: `{"title":"{255}"}`, status: ok},
				{name: call + " refuses 256", as: "Ada", call: call, body: `{"title":"{256}"}`, status: 400, has: []string{`"field":"title"`}},
				{name: call + " refuses an empty title", as: "Ada", call: call, body: `{"title":" \t "}`, status: 400, has: []string{`"field":"title"`}},
				{name: call + " refuses a title with a line", as: "Ada", call: call, body: `{"title":"a\nb"}`, status: 400},
				{name: call + " refuses a title that turns the line around", as: "Ada", call: call, body: `{"title":"a\u202eb"}`, status: 400},
				{name: call + " refuses U+0000", as: "Ada", call: call, body: `{"system_prompt":"a\u0000b"}`, status: 400},
				{name: call + " takes 32 KiB of system prompt", as: "Ada", call: call, body: `{"system_prompt":"{32k}"}`, status: ok},
				{name: call + " refuses more", as: "Ada", call: call, body: `{"system_prompt":"{32k}x"}`, status: 413, has: []string{`"code":"too_large"`}},
				{name: call + " refuses a model with a space", as: "Ada", call: call, body: `{"model":"a b"}`, status: 400, has: []string{`"field":`}},
				{name: call + " refuses a policy nobody knows", as: "Ada", call: call, body: `{"reply_policy":"sometimes"}`, status: 400, has: []string{`"field":"reply_policy"`}},
				{name: call + " refuses what it cannot set", as: "Ada", call: call, body: `{"rev":7}`, status: 400, has: []string{"rev"}},
				{name: call + " refuses a title that is a number", as: "Ada", call: call, body: `{"title":7}`, status: 400},
			})
		}
		s.play(t, []row{
			{name: "a new chat has no pin", as: "Ada", call: "POST /chats", body: `{"pinned":true}`, status: 400},
			{name: "a pin is true or false", as: "Ada", call: "PATCH /chats/{chat}", body: `{"pinned":"yes"}`, status: 400},
			{name: "a search is at most 200 characters", as: "Ada", call: "GET /chats?q={255}", status: 400, has: []string{`"field":"q"`}},
			{name: "archived is true or false", as: "Ada", call: "GET /chats?archived=maybe", status: 400, has: []string{`"field":"archived"`}},
			{name: "deleted is true or false", as: "Ada", call: "GET /chats?deleted=2", status: 400, has: []string{`"field":"deleted"`}},
			{name: "a page has at least one", as: "Ada", call: "GET /chats?limit=0", status: 400, has: []string{`"field":"limit"`}},
			{name: "and at most a hundred", as: "Ada", call: "GET /chats?limit=101", status: 400, has: []string{`"field":"limit"`}},
			{name: "a cursor is what a page gave", as: "Ada", call: "GET /chats?cursor=nonsense", status: 400, has: []string{`"field":"cursor"`}},
		})
	})
	t.Run("pages", func(t *testing.T) { t.Parallel(); testChatPages(t, w) })
	t.Run("what a client may not see", func(t *testing.T) { t.Parallel(); testForeignChat(t, w) })
}

func testChatPages(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	var made []string
	for i := range 25 {
		made = append(made, w.open(t, ada, fmt.Sprintf("Chat %d 100%% _sure_", i)))
	}
	w.say(t, ada, made[3], "this one moves to the top")
	list := func(query string) (ids []string, pages int) {
		for cursor := ""; ; {
			var page app.Page[app.Chat]
			w.want(t, 200, ada, "GET /chats?"+query+cursor, "").into(t, &page)
			for _, chat := range page.Data {
				ids = append(ids, string(chat.ID))
			}
			if pages++; page.Pagination.Next == nil {
				return ids, pages
			}
			cursor = "&cursor=" + *page.Pagination.Next
		}
	}
	t.Run("every chat comes once, the newest activity first", func(t *testing.T) {
		ids, pages := list("limit=7")
		require.Equal(t, 4, pages)
		require.Len(t, ids, 25)
		require.ElementsMatch(t, made, ids)
		require.Equal(t, made[3], ids[0])
		require.Equal(t, made[24], ids[1])
		require.Equal(t, made[0], ids[24])
	})
	t.Run("a page that is just full is the last", func(t *testing.T) {
		_, pages := list("limit=25")
		require.Equal(t, 1, pages)
	})
	t.Run("a search looks into titles, whatever the case", func(t *testing.T) {
		ids, _ := list("q=cHAT+2")
		require.Len(t, ids, 6)
	})
	t.Run("signs of a pattern mean themselves", func(t *testing.T) {
		for query, want := range map[string]int{"q=100%25": 25, "q=%25sure": 0, "q=_sure_": 25, "q=_sureX": 0, "q=%5C": 0, "q=1%2500": 0} {
			ids, _ := list(query)
			require.Len(t, ids, want, query)
		}
	})
}

func testForeignChat(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Dora")
	s.names["chat"] = s.open(t, s.people["Ada"], "Ours")
	s.names["message"] = s.say(t, s.people["Ada"], s.names["chat"], "hello")
	s.names["nowhere"] = string(app.NewID[app.ChatID]())
	calls := []string{
		"GET /chats/{c}", "PATCH /chats/{c}", "DELETE /chats/{c}", "POST /chats/{c}/restore", "PUT /chats/{c}/read",
		"GET /chats/{c}/messages", "POST /chats/{c}/messages", "PATCH /chats/{c}/messages/{message}", "DELETE /chats/{c}/messages/{message}",
		"POST /chats/{c}/messages/{message}/regenerate", "POST /chats/{c}/messages/{message}/stop", "POST /chats/{c}/messages/{message}/continue",
	}
	for _, call := range calls {
		for place, id := range map[string]string{"a foreign chat": "{chat}", "no chat": "{nowhere}", "no id": "1", "an id in capitals": strings.ToUpper(s.names["chat"])} {
			good := map[string]string{"PATCH": `{}`, "PUT": `{"seq":1}`, "POST": `{"content":"x"}`}[strings.Fields(call)[0]]
			for kind, body := range map[string]string{"a good": good, "a bad": `{"nonsense":1}`, "no": ""} {
				takesBody := strings.HasPrefix(call, "P") && !strings.HasSuffix(call, "/restore") && !strings.HasSuffix(call, "/stop")
				if !takesBody && kind != "no" {
					continue
				}
				s.play(t, []row{{name: fmt.Sprintf("%s of %s with %s body is 404", call, place, kind), as: "Dora",
					call: strings.ReplaceAll(call, "{c}", id), body: body, status: 404, has: []string{`"code":"not_found"`}}})
			}
		}
	}
}
