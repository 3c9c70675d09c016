package server_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func testSearch(t *testing.T, w *world) {
	t.Run("who finds what", func(t *testing.T) { t.Parallel(); testSearchRoles(t, w) })
	t.Run("what of a message is found", func(t *testing.T) { t.Parallel(); testSearchLife(t, w) })
	t.Run("pages and excerpts", func(t *testing.T) { t.Parallel(); testSearchPages(t, w) })
	t.Run("whatever somebody types", func(t *testing.T) { t.Parallel(); testSearchTyped(t, w) })
}

func testSearchRoles(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Eve", "Vic", "Dora")
	s.names["word"] = secretWord()
	s.names["chat"] = s.open(t, s.people["Ada"], "About "+s.names["word"])
	s.names["dora"] = s.open(t, s.people["Dora"], "Her own")
	s.names["long"] = strings.Repeat("x", 201)
	s.admit(t, s.names["chat"], s.people["Eve"], "editor")
	s.admit(t, s.names["chat"], s.people["Vic"], "viewer")
	s.names["m"] = s.say(t, s.people["Eve"], s.names["chat"], "I say "+s.names["word"]+"!")
	const all, here = "GET /search?q={word}", "GET /search?q={word}&chat_id={chat}"
	both := []string{
		`{"kind":"title","chat":{"id":"{chat}","title":"About {word}"},"message_id":null,"seq":null,"role":null,"author":null,"model":null,"created_at":`,
		`"excerpt":[{"text":"About ","hit":false},{"text":"{word}","hit":true}]`,
		`{"kind":"message","chat":{"id":"{chat}","title":"About {word}"},"message_id":"{m}","seq":1,"role":"user","author":{"id":"{Eve}","name":"Eve"},"model":null,"created_at":`,
		`"excerpt":[{"text":"I say ","hit":false},{"text":"{word}","hit":true},{"text":"!","hit":false}]`, `"next":null`,
	}
	nothing := []string{`"data":[],`, `"next":null`}
	s.play(t, []row{
		{name: "an owner finds it", as: "Ada", call: all, status: 200, has: both},
		{name: "an editor too", as: "Eve", call: here, status: 200, has: both},
		{name: "and a viewer", as: "Vic", call: all, status: 200, has: both},
		{name: "a stranger finds nothing", as: "Dora", call: all, status: 200, has: nothing},
		{name: "and knows of no such chat", as: "Dora", call: here, status: 404, has: []string{`"code":"not_found"`}},
		{name: "whatever else is wrong", as: "Dora", call: "GET /search?q={long}&chat_id={chat}", status: 404},
		{name: "a page of nothing too", as: "Dora", call: here + "&limit=x", status: 404},
		{name: "in another chat there is nothing", as: "Dora", call: "GET /search?q={word}&chat_id={dora}", status: 200, has: nothing},
		{name: "201 characters are too many", as: "Ada", call: "GET /search?q={long}", status: 400, has: []string{`"field":"q"`}},
		{name: "a cursor is from a page before", as: "Ada", call: all + "&cursor=x", status: 400, has: []string{`"field":"cursor"`}},
		{name: "a chat goes into the archive", as: "Vic", call: "PATCH /chats/{chat}", body: `{"archived":true}`, status: 200},
		{name: "and is searched as before", as: "Vic", call: all, status: 200, has: both},
	})
	w.want(t, 401, nil, s.fill(all), "")
	w.sql(t, `update members set removed_at = now() where chat_id = $1 and user_id = $2`, s.names["chat"], s.people["Vic"].id)
	s.play(t, []row{
		{name: "who left finds nothing", as: "Vic", call: all, status: 200, has: nothing},
		{name: "nor there", as: "Vic", call: here, status: 404},
		{name: "the chat is deleted", as: "Ada", call: "DELETE /chats/{chat}", status: 204},
		{name: "and nobody finds it", as: "Ada", call: all, status: 200, has: nothing},
		{name: "until it is restored", as: "Ada", call: "POST /chats/{chat}/restore", status: 200},
		{name: "then everything is there", as: "Eve", call: all, status: 200, has: both},
	})
}

func testSearchLife(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	s.names["chat"], s.names["old"], s.names["new"] = s.open(t, s.people["Ada"], "Ours"), secretWord(), secretWord()
	s.names["m"] = s.say(t, s.people["Ada"], s.names["chat"], s.names["old"])
	s.play(t, []row{
		{name: "what was said is found at once", as: "Ada", call: "GET /search?q={old}", status: 200, has: []string{`"message_id":"{m}"`}},
		{name: "it is edited", as: "Ada", call: "PATCH /chats/{chat}/messages/{m}", body: `{"content":"{new}"}`, status: 200},
		{name: "the new word is found", as: "Ada", call: "GET /search?q={new}", status: 200, has: []string{`"message_id":"{m}"`}},
		{name: "the old one is not", as: "Ada", call: "GET /search?q={old}", status: 200, has: []string{`"data":[]`}},
		{name: "the first version is shown", as: "Ada", call: "PUT /chats/{chat}/messages/{m}/version", body: `{"version":1}`, status: 200},
		{name: "then it is", as: "Ada", call: "GET /search?q={old}", status: 200, has: []string{`"message_id":"{m}"`}},
		{name: "it is deleted", as: "Ada", call: "DELETE /chats/{chat}/messages/{m}", status: 200},
		{name: "and not found", as: "Ada", call: "GET /search?q={old}", status: 200, has: []string{`"data":[]`}},
		{name: "a title is given", as: "Ada", call: "PATCH /chats/{chat}", body: `{"title":"{new}"}`, status: 200},
		{name: "and found", as: "Ada", call: "GET /search?q={new}", status: 200, has: []string{`"kind":"title"`}},
	})
}

func testSearchPages(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	chat, word := w.open(t, ada, "Ours"), secretWord()
	for i := range 12 {
		w.say(t, ada, chat, fmt.Sprintf("<b>%d</b>\n\n%s & more", i, strings.ToUpper(word)))
	}
	var texts []string
	for cursor := ""; ; {
		var page app.Page[app.Hit]
		w.want(t, 200, ada, "GET /search?limit=5&q="+word+cursor, "").into(t, &page)
		for _, hit := range page.Data {
			require.Equal(t, []app.Fragment{{Text: hit.Excerpt[0].Text}, {Text: strings.ToUpper(word), Hit: true}, {Text: " & more"}}, hit.Excerpt)
			texts = append(texts, hit.Excerpt[0].Text)
		}
		if page.Pagination.Next == nil {
			break
		}
		cursor = "&cursor=" + *page.Pagination.Next
	}
	require.Len(t, texts, 12)
	for i, text := range texts {
		require.Equal(t, fmt.Sprintf("<b>%d</b> ", 11-i), text, "newest first, in plain text")
	}
}

func testSearchTyped(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	chat := w.open(t, ada, "Ours")
	w.say(t, ada, chat, `a "b" (c) [d] {e} \f 100% under_score *star* C++ it's`)
	for _, text := range []string{
		"", " ", `"`, `""`, `" "`, "%", "_", `\`, `\\`, "'", "''", "*", "(", "[", "{", "a|b", "a & b", "!a", "-a", "***=a", "***", "(?i)", "\u0301", "\u200b", "😀",
		"(c)", `"a" "b" "c"`, "a or b", "ab:*", "<->", strings.Repeat("a ", 100), strings.Repeat("a.b ", 50), strings.Repeat(`"`, 200), "***=aaa", "(?xyz)abc", `abc\`, `\mabc`,
	} {
		w.want(t, 200, ada, "GET /search?q="+url.QueryEscape(text), "")
	}
	for _, text := range []string{`C++`, "100%", "under_score", "it's", "*star*", `\f`, `"a b"`, "der_sco"} {
		var page app.Page[app.Hit]
		w.want(t, 200, ada, "GET /search?q="+url.QueryEscape(text), "").into(t, &page)
		require.Len(t, page.Data, 1, text)
	}
}
