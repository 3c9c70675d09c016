package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func testMessages(t *testing.T, w *world) {
	t.Run("a message's life", func(t *testing.T) {
		t.Parallel()
		s := newScene(w).cast(t, "Ada", "Eve", "Vic")
		s.names["chat"] = s.open(t, s.people["Ada"], "Ours")
		s.admit(t, s.names["chat"], s.people["Eve"], "editor")
		s.admit(t, s.names["chat"], s.people["Vic"], "viewer")
		s.names["nothing"] = string(app.NewID[app.MessageID]())
		other := s.open(t, s.people["Ada"], "Other")
		s.names["elsewhere"] = s.say(t, s.people["Ada"], other, "somewhere else")
		s.play(t, []row{
			{name: "nothing was said at first", as: "Vic", call: "GET /chats/{chat}/messages", status: 200, has: []string{`"data":[]`}},
			{name: "one says something", as: "Ada", call: "POST /chats/{chat}/messages", body: `{"content":" two spaces \n","client_id":"c1"}`, status: 201, keep: "first",
				has: []string{`"seq":1`, `"content":" two spaces \n"`, `"role":"user"`, `"status":"complete"`, `"client_id":"c1"`, `"author":{"id":"{Ada}","name":"Ada"}`, `"version":1`, `"attachments":[]`}},
			{name: "a repeat is the same message", as: "Ada", call: "POST /chats/{chat}/messages", body: `{"content":"another text","client_id":"c1"}`, status: 201,
				has: []string{`"id":"{first}"`, `"content":" two spaces \n"`, `"seq":1`}},
			{name: "somebody else's same client_id is another", as: "Eve", call: "POST /chats/{chat}/messages", body: `{"content":"mine","client_id":"c1","reply_to":"{first}"}`, status: 201, keep: "second",
				has: []string{`"seq":2`, `"reply_to":"{first}"`}},
			{name: "a client_id is for its author alone", as: "Vic", call: "GET /chats/{chat}/messages", status: 200, has: []string{`"client_id":null`}, lacks: []string{`"client_id":"c1"`}},
			{name: "its author sees it", as: "Eve", call: "GET /chats/{chat}/messages", status: 200, has: []string{`"client_id":"c1"`}},
			{name: "a reply to nothing is refused", as: "Ada", call: "POST /chats/{chat}/messages", body: `{"content":"x","reply_to":"{nothing}"}`, status: 400, has: []string{`"field":"reply_to"`}},
			{name: "a reply to another chat is refused", as: "Ada", call: "POST /chats/{chat}/messages", body: `{"content":"x","reply_to":"{elsewhere}"}`, status: 400, has: []string{`"field":"reply_to"`}},
			{name: "a reply to what is no id is refused", as: "Ada", call: "POST /chats/{chat}/messages", body: `{"content":"x","reply_to":"1"}`, status: 400, has: []string{`"field":"reply_to"`}},
			{name: "its author changes it", as: "Ada", call: "PATCH /chats/{chat}/messages/{first}", body: `{"content":"better"}`, status: 200, has: []string{`"content":"better"`, `"version":2`, `"versions":2`, `"seq":1`}},
			{name: "an owner may not change what others said", as: "Ada", call: "PATCH /chats/{chat}/messages/{second}", body: `{"content":"x"}`, status: 403},
			{name: "an editor may not either", as: "Eve", call: "PATCH /chats/{chat}/messages/{first}", body: `{"content":"x"}`, status: 403},
			{name: "a viewer may not change anything", as: "Vic", call: "PATCH /chats/{chat}/messages/{first}", body: `{"content":"x"}`, status: 403},
			{name: "what is not there cannot be changed", as: "Ada", call: "PATCH /chats/{chat}/messages/{nothing}", body: `{"content":"x"}`, status: 404},
			{name: "nor what is in another chat", as: "Ada", call: "PATCH /chats/{chat}/messages/{elsewhere}", body: `{"content":"x"}`, status: 404},
			{name: "an empty text is refused", as: "Ada", call: "PATCH /chats/{chat}/messages/{first}", body: `{"content":""}`, status: 400, has: []string{`"field":"content"`}},
			{name: "an editor may not delete what others said", as: "Eve", call: "DELETE /chats/{chat}/messages/{first}", status: 403},
			{name: "an owner may", as: "Ada", call: "DELETE /chats/{chat}/messages/{second}", status: 200, has: []string{`"id":"{second}"`, `"content":""`, `"deleted_at":"2`, `"seq":2`, `"client_id":null`}},
			{name: "the tombstone keeps its place and author", as: "Vic", call: "GET /chats/{chat}/messages?after=1", status: 200, has: []string{`"id":"{second}"`, `"id":"{Eve}"`}, lacks: []string{"mine"}},
			{name: "it cannot be deleted again", as: "Ada", call: "DELETE /chats/{chat}/messages/{second}", status: 404},
			{name: "nor changed", as: "Eve", call: "PATCH /chats/{chat}/messages/{second}", body: `{"content":"x"}`, status: 404},
			{name: "a repeat of it is the tombstone", as: "Eve", call: "POST /chats/{chat}/messages", body: `{"content":"mine","client_id":"c1"}`, status: 201, has: []string{`"id":"{second}"`, `"content":""`}},
			{name: "people's messages are not asked again", as: "Ada", call: "POST /chats/{chat}/messages/{first}/regenerate", status: 409, has: []string{`"code":"conflict"`}},
			{name: "nor stopped", as: "Ada", call: "POST /chats/{chat}/messages/{first}/stop", status: 409},
			{name: "nor continued", as: "Ada", call: "POST /chats/{chat}/messages/{first}/continue", status: 409},
			{name: "and not by viewers anyway", as: "Vic", call: "POST /chats/{chat}/messages/{first}/regenerate", status: 403},
			{name: "who stop nothing", as: "Vic", call: "POST /chats/{chat}/messages/{first}/stop", status: 403},
			{name: "and continue nothing", as: "Vic", call: "POST /chats/{chat}/messages/{first}/continue", status: 403},
			{name: "what is not there is not stopped", as: "Ada", call: "POST /chats/{chat}/messages/{nothing}/stop", status: 404},
			{name: "nor continued", as: "Ada", call: "POST /chats/{chat}/messages/{nothing}/continue", status: 404},
			{name: "nor asked again", as: "Ada", call: "POST /chats/{chat}/messages/{nothing}/regenerate", status: 404},
		})
	})
	t.Run("rules for values", func(t *testing.T) { t.Parallel(); testMessageRules(t, w) })
	t.Run("pages", func(t *testing.T) { t.Parallel(); testMessagePages(t, w) })
	t.Run("many at once", func(t *testing.T) { t.Parallel(); testManyAtOnce(t, w) })
}

func testMessageRules(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	s.names["chat"] = s.open(t, s.people["Ada"], "Ours")
	s.names["message"] = s.say(t, s.people["Ada"], s.names["chat"], "hello")
	s.names["full"] = strings.Repeat("ä", 65_536)
	s.names["64"] = strings.Repeat("c", 64)
	const post, edit = "POST /chats/{chat}/messages", "PATCH /chats/{chat}/messages/{message}"
	for call, ok := range map[string]int{post: 201, edit: 200} {
		s.play(t, []row{
			{name: call + " takes 131072 bytes", as: "Ada", call: call, body: `{"content":"{full}"}`, status: ok},
			{name: call + " refuses one more", as: "Ada", call: call, body: `{"content":"{full}x"}`, status: 413, has: []string{`"code":"too_large"`}},
			{name: call + " takes space alone", as: "Ada", call: call, body: `{"content":" "}`, status: ok},
			{name: call + " takes lines and tabs", as: "Ada", call: call, body: `{"content":"a\n\tb"}`, status: ok, has: []string{`"content":"a\n\tb"`}},
			{name: call + " normalises", as: "Ada", call: call, body: `{"content":"e\u0301"}`, status: ok, has: []string{`"content":"é"`}},
			{name: call + " takes a surrogate pair", as: "Ada", call: call, body: `{"content":"\ud83d\ude00"}`, status: ok, has: []string{"\U0001f600"}},
			{name: call + " refuses half a pair", as: "Ada", call: call, body: `{"content":"\ud83d"}`, status: 400},
			{name: call + " refuses nothing", as: "Ada", call: call, body: `{"content":""}`, status: 400, has: []string{`"field":"content"`}},
			{name: call + " refuses no content", as: "Ada", call: call, body: `{}`, status: 400, has: []string{`"field":"content"`}},
			{name: call + " refuses null", as: "Ada", call: call, body: `{"content":null}`, status: 400},
			{name: call + " refuses U+0000", as: "Ada", call: call, body: `{"content":"a\u0000b"}`, status: 400},
			{name: call + " refuses a bell", as: "Ada", call: call, body: `{"content":"a\u0007b"}`, status: 400, has: []string{`"field":"content"`}},
			{name: call + " refuses bad UTF-8", as: "Ada", call: call, body: "{\"content\":\"a\xffb\"}", status: 400},
			{name: call + " refuses an unknown field", as: "Ada", call: call, body: `{"content":"x","role":"assistant"}`, status: 400, has: []string{"role"}},
		})
	}
	s.play(t, []row{
		{name: "a client_id has at most 64 characters", as: "Ada", call: post, body: `{"content":"x","client_id":"{64}c"}`, status: 400, has: []string{`"field":"client_id"`}},
		{name: "just 64 are fine", as: "Ada", call: post, body: `{"content":"x","client_id":"{64}"}`, status: 201},
		{name: "an empty one is refused", as: "Ada", call: post, body: `{"content":"x","client_id":""}`, status: 400, has: []string{`"field":"client_id"`}},
		{name: "a model's name has a form", as: "Ada", call: post, body: `{"content":"x","model":"GPT 9"}`, status: 400, has: []string{`"field":"model"`}},
		{name: "answer is true or false", as: "Ada", call: edit, body: `{"content":"x","answer":"yes"}`, status: 400},
	})
}

func testMessagePages(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	chat := w.open(t, ada, "Long")
	for i := range 30 {
		w.say(t, ada, chat, fmt.Sprint("message ", i+1))
	}
	list := func(t *testing.T, query string) (places []int64) {
		var page app.Page[app.Message]
		w.want(t, 200, ada, "GET /chats/"+chat+"/messages?"+query, "").into(t, &page)
		for _, m := range page.Data {
			places = append(places, m.Seq)
		}
		return places
	}
	span := func(from, to int64) (places []int64) {
		for i := from; i <= to; i++ {
			places = append(places, i)
		}
		return places
	}
	for query, want := range map[string][]int64{
		"":                  span(11, 30),
		"limit=5":           span(26, 30),
		"before=11&limit=5": span(6, 10),
		"before=4":          span(1, 3),
		"before=1":          nil,
		"after=0&limit=3":   span(1, 3),
		"after=28":          span(29, 30),
		"after=30":          nil,
		"after=9999":        nil,
		"before=9999":       span(11, 30),
		"limit=100":         span(1, 30),
	} {
		t.Run("?"+query, func(t *testing.T) { require.Equal(t, want, list(t, query)) })
	}
	t.Run("next leads on in the same direction", func(t *testing.T) {
		for start, want := range map[string][]int64{"after=0&": span(1, 30), "": span(1, 30), "before=20&": span(1, 19)} {
			var places []int64
			for query, more := start, true; more; {
				var page app.Page[app.Message]
				w.want(t, 200, ada, "GET /chats/"+chat+"/messages?limit=7&"+query, "").into(t, &page)
				for _, m := range page.Data {
					places = append(places, m.Seq)
				}
				if more = page.Pagination.Next != nil; more {
					query = "cursor=" + *page.Pagination.Next
				}
			}
			require.ElementsMatch(t, want, places, start)
		}
	})
	for _, query := range []string{"cursor=x", "cursor=" + "YjM" + "&before=3", "cursor=eDM", "before=0", "before=x", "after=-1", "after=1&before=3", "limit=0", "limit=101", "before=9223372036854775808", "after=1.5"} {
		t.Run("?"+query+" is refused", func(t *testing.T) { w.want(t, 400, ada, "GET /chats/"+chat+"/messages?"+query, "") })
	}
}

func testManyAtOnce(t *testing.T, w *world) {
	const many = 8
	ada := w.join(t, "Ada")
	chat := w.open(t, ada, "Busy")
	ids := make(chan string, many)
	for i := range many {
		go func() {
			got, err := w.try(ada, "POST /chats/"+chat+"/messages", object("content", fmt.Sprint("message ", i%2), "client_id", fmt.Sprint("c", i%2)))
			if err != nil || got.status != 201 {
				ids <- fmt.Sprint(err, got)
				return
			}
			id, err := idOf(got)
			ids <- fmt.Sprint(id, err)
		}()
	}
	distinct := map[string]bool{}
	for range many {
		distinct[<-ids] = true
	}
	require.Len(t, distinct, 2, "two client_ids are two messages, however many say them at once")
	got := w.want(t, 200, ada, "GET /chats/"+chat, "")
	require.Equal(t, "2", got.text(t, "last_seq"))
}
