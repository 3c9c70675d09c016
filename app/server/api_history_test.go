package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func testHistory(t *testing.T, w *world) {
	t.Run("versions of what somebody said", func(t *testing.T) { t.Parallel(); testVersions(t, w) })
	t.Run("versions of an answer", func(t *testing.T) { t.Parallel(); testAnswerVersions(t, w) })
	t.Run("pages of versions", func(t *testing.T) { t.Parallel(); testVersionPages(t, w) })
	t.Run("an answer without its question", func(t *testing.T) { t.Parallel(); testOrphans(t, w) })
	t.Run("a chat that comes back", func(t *testing.T) { t.Parallel(); testRestored(t, w) })
	t.Run("forks", func(t *testing.T) { t.Parallel(); testForks(t, w) })
	t.Run("a fork of a running answer", func(t *testing.T) { t.Parallel(); testForkRunning(t, w) })
}

func testVersions(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Eve", "Vic", "Dora")
	s.names["chat"] = s.open(t, s.people["Ada"], "Ours")
	s.admit(t, s.names["chat"], s.people["Eve"], "editor")
	s.admit(t, s.names["chat"], s.people["Vic"], "viewer")
	s.names["m"] = s.say(t, s.people["Eve"], s.names["chat"], "one")
	s.names["nothing"] = string(app.NewID[app.MessageID]())
	other := s.open(t, s.people["Eve"], "Other")
	s.names["elsewhere"] = s.say(t, s.people["Eve"], other, "somewhere else")
	const versions, choose = "GET /chats/{chat}/messages/{m}/versions", "PUT /chats/{chat}/messages/{m}/version"
	s.play(t, []row{
		{name: "there is one at first", as: "Vic", call: versions, status: 200, has: []string{`"data":[{"version":1,"content":"one","reasoning":null,"model":null,"author":{"id":"{Eve}","name":"Eve"},"status":"complete"`, `"next":null`}},
		{name: "an edit makes a second", as: "Eve", call: "PATCH /chats/{chat}/messages/{m}", body: `{"content":"two"}`, status: 200, has: []string{`"version":2,"versions":2`}},
		{name: "both are listed", as: "Vic", call: versions, status: 200, has: []string{`"version":1,"content":"one"`, `"version":2,"content":"two"`}},
		{name: "a stranger knows of none", as: "Dora", call: versions, status: 404},
		{name: "nor of any page of them", as: "Dora", call: versions + "?limit=0", status: 404},
		{name: "its author takes the first", as: "Eve", call: choose, body: `{"version":1}`, status: 200, has: []string{`"content":"one"`, `"version":1,"versions":2`, `"rev":6`}},
		{name: "and everybody sees it", as: "Vic", call: "GET /chats/{chat}/messages", status: 200, has: []string{`"content":"one"`}, lacks: []string{"two"}},
		{name: "nothing is lost by it", as: "Vic", call: versions, status: 200, has: []string{`"version":1,"content":"one"`, `"version":2,"content":"two"`}},
		{name: "the same again changes nothing", as: "Eve", call: choose, body: `{"version":1}`, status: 200, has: []string{`"version":1`, `"rev":6`}},
		{name: "an edit of the first is the third", as: "Eve", call: "PATCH /chats/{chat}/messages/{m}", body: `{"content":"three"}`, status: 200, has: []string{`"version":3,"versions":3`}},
		{name: "all three are there", as: "Ada", call: versions, status: 200, has: []string{`"version":1,"content":"one"`, `"version":2,"content":"two"`, `"version":3,"content":"three"`}},
		{name: "the owner may not choose for her", as: "Ada", call: choose, body: `{"version":1}`, status: 403},
		{name: "a viewer may choose nothing", as: "Vic", call: choose, body: `{"version":1}`, status: 403},
		{name: "a stranger is not heard", as: "Dora", call: choose, body: `{"version":1}`, status: 404},
		{name: "whatever he says", as: "Dora", call: choose, body: `{"version":"x"}`, status: 404},
		{name: "there is no fourth", as: "Eve", call: choose, body: `{"version":4}`, status: 400, has: []string{`"field":"version"`, "1 to 3"}},
		{name: "nor a zeroth", as: "Eve", call: choose, body: `{"version":0}`, status: 400, has: []string{`"field":"version"`}},
		{name: "nor one of no number", as: "Eve", call: choose, body: `{}`, status: 400, has: []string{`"field":"version"`}},
		{name: "nor one of nothing", as: "Eve", call: "PUT /chats/{chat}/messages/{nothing}/version", body: `{"version":1}`, status: 404},
		{name: "nor versions of nothing", as: "Eve", call: "GET /chats/{chat}/messages/{nothing}/versions", status: 404},
		{name: "nor of what is elsewhere", as: "Eve", call: "GET /chats/{chat}/messages/{elsewhere}/versions", status: 404},
		{name: "nor can that be chosen here", as: "Eve", call: "PUT /chats/{chat}/messages/{elsewhere}/version", body: `{"version":1}`, status: 404},
		{name: "deleting it", as: "Eve", call: "DELETE /chats/{chat}/messages/{m}", status: 200, has: []string{`"version":1,"versions":1`}},
		{name: "leaves no version", as: "Eve", call: versions, status: 404},
		{name: "to choose", as: "Eve", call: choose, body: `{"version":1}`, status: 404},
	})
}

func testAnswerVersions(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Eve")
	ada := s.people["Ada"]
	chat := s.open(t, ada, "Tales")
	s.admit(t, chat, s.people["Eve"], "editor")
	question, answer := s.asked(t, ada, chat, "broken")
	s.names["chat"], s.names["question"], s.names["answer"] = chat, question, answer
	s.becomes(t, ada, chat, answer, has(app.StatusFailed, ""))
	again := func(name, model, version string) row {
		return row{name: name, as: "Eve", call: "POST /chats/{chat}/messages/{answer}/regenerate", body: `{"model":"` + model + `"}`, status: 202, has: []string{`"version":` + version + `,"versions":` + version}}
	}
	choose := func(name, version string, has ...string) row {
		return row{name: name, as: "Eve", call: "PUT /chats/{chat}/messages/{answer}/version", body: `{"version":` + version + `}`, status: 200, has: has}
	}
	s.play(t, []row{again("a second try, by another model", "quick", "2")})
	s.becomes(t, ada, chat, answer, has(app.StatusComplete, "Once upon a time."))
	s.play(t, []row{
		choose("any editor takes the first", "1", `"status":"failed"`, `"model":"broken"`, `"error":{"code"`, `"usage":null`, `"version":1,"versions":2`),
		choose("and the second, with what it cost", "2", `"status":"complete"`, `"model":"quick"`, `"error":null`, `"usage":{"prompt_tokens":7,"completion_tokens":4}`, `"content":"Once upon a time."`),
		choose("the first once more", "1", `"version":1,"versions":2`),
		again("a third from there", "hold", "3"),
	})
	s.becomes(t, ada, chat, answer, has(app.StatusStreaming, "Once upon"))
	s.play(t, []row{
		{name: "a running one is listed with the others, as far as it is", as: "Eve", call: "GET /chats/{chat}/messages/{answer}/versions", status: 200,
			has: []string{`"version":1,"content":"","reasoning":null,"model":"broken","author":null,"status":"failed"`, `"version":2,"content":"Once upon a time."`, `"version":3,"content":"`, `"status":"streaming"`}},
		{name: "none is chosen while it runs", as: "Eve", call: "PUT /chats/{chat}/messages/{answer}/version", body: `{"version":1}`, status: 409},
		{name: "not even the present one", as: "Eve", call: "PUT /chats/{chat}/messages/{answer}/version", body: `{"version":3}`, status: 409},
		{name: "its question can be changed", as: "Ada", call: "PATCH /chats/{chat}/messages/{question}", body: `{"content":"Tell me more."}`, status: 200, has: []string{`"version":2,"versions":2`}},
		{name: "but not chosen", as: "Ada", call: "PUT /chats/{chat}/messages/{question}/version", body: `{"version":1}`, status: 409, has: []string{`"code":"conflict"`}},
		{name: "it is stopped", as: "Eve", call: "POST /chats/{chat}/messages/{answer}/stop", status: 202},
	})
	s.becomes(t, ada, chat, answer, has(app.StatusStopped, "Once upon"))
	s.play(t, []row{
		choose("then one is chosen again", "2", `"status":"complete"`),
		{name: "the question too", as: "Ada", call: "PUT /chats/{chat}/messages/{question}/version", body: `{"version":1}`, status: 200, has: []string{`"content":"Tell me."`}},
		{name: "an editor may not choose the owner's words", as: "Eve", call: "PUT /chats/{chat}/messages/{question}/version", body: `{"version":2}`, status: 403},
		{name: "a complete one is not continued", as: "Eve", call: "POST /chats/{chat}/messages/{answer}/continue", status: 409},
		choose("a stopped one is", "3", `"status":"stopped"`, `"content":"Once upon"`),
		{name: "within its version", as: "Eve", call: "POST /chats/{chat}/messages/{answer}/continue", body: `{"model":"quick"}`, status: 202, has: []string{`"version":3,"versions":3`}},
	})
	m := s.becomes(t, ada, chat, answer, func(m app.Message) bool { return m.Status == app.StatusComplete })
	require.Equal(t, &app.Usage{PromptTokens: 7, CompletionTokens: 4}, m.Usage)
	s.play(t, []row{
		choose("the others are as they were", "1", `"status":"failed"`, `"content":""`),
		choose("and what was continued is whole", "3", `"content":"Once upon`, `"status":"complete"`),
		{name: "to ask again is one more of both", as: "Ada", call: "PATCH /chats/{chat}/messages/{question}", body: `{"content":"Well?","answer":true}`, status: 200, has: []string{`"version":3,"versions":3`}},
	})
	s.becomes(t, ada, chat, answer, func(m app.Message) bool {
		return m.Status == app.StatusComplete && m.Version == 4 && m.Versions == 4
	})
}

func testOrphans(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	ada := s.people["Ada"]
	chat := s.open(t, ada, "Tales")
	question, answer := s.asked(t, ada, chat, "hold")
	s.names["chat"], s.names["question"], s.names["answer"] = chat, question, answer
	s.becomes(t, ada, chat, answer, has(app.StatusStreaming, "Once upon"))
	s.play(t, []row{
		{name: "a question is deleted while its answer runs", as: "Ada", call: "DELETE /chats/{chat}/messages/{question}", status: 200},
		{name: "the answer runs on, and can be stopped", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/stop", status: 202},
	})
	s.becomes(t, ada, chat, answer, has(app.StatusStopped, "Once upon"))
	s.play(t, []row{
		{name: "it is not made anew", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/regenerate", status: 409, has: []string{"The question to this answer was deleted"}},
		{name: "nor continued", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/continue", status: 409},
		{name: "but stays", as: "Ada", call: "GET /chats/{chat}/messages", status: 200, has: []string{`"content":"Once upon"`, `"reply_to":"{question}"`}},
		{name: "as long as one likes", as: "Ada", call: "DELETE /chats/{chat}/messages/{answer}", status: 200},
	})
}

func testRestored(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Eve")
	ada, eve := s.people["Ada"], s.people["Eve"]
	chat := s.open(t, ada, "Tales")
	s.admit(t, chat, eve, "editor")
	_, answer := s.asked(t, eve, chat, "hold")
	s.names["chat"], s.names["answer"] = chat, answer
	s.becomes(t, ada, chat, answer, has(app.StatusStreaming, "Once upon"))
	ear := s.listen(t, eve, chat)
	s.play(t, []row{{name: "an owner deletes it while an answer runs", as: "Ada", call: "DELETE /chats/{chat}", status: 204}})
	ear.until(t, `"type":"removed"`)
	require.Eventually(t, func() bool { return !w.holds(t, `select from runs where chat_id = $1`, chat) }, patience, pause)
	s.play(t, []row{
		{name: "it is offered to her alone", as: "Ada", call: "GET /chats?deleted=true", status: 200, has: []string{`"id":"{chat}"`}},
		{name: "and not to the others", as: "Eve", call: "GET /chats?deleted=true", status: 200, has: []string{`"data":[]`}},
		{name: "nobody writes there", as: "Eve", call: "POST /chats/{chat}/messages", body: `{"content":"x"}`, status: 404},
		{name: "nor forks it", as: "Ada", call: "POST /chats/{chat}/fork", body: `{"message_id":"{answer}"}`, status: 404},
		{name: "nor reads versions", as: "Ada", call: "GET /chats/{chat}/messages/{answer}/versions", status: 404},
		{name: "nor chooses one", as: "Ada", call: "PUT /chats/{chat}/messages/{answer}/version", body: `{"version":1}`, status: 404},
		{name: "she takes it back", as: "Ada", call: "POST /chats/{chat}/restore", status: 200, has: []string{`"title":"Tales"`, `"member_count":2`}},
		{name: "once", as: "Ada", call: "POST /chats/{chat}/restore", status: 404},
		{name: "it is with everybody again", as: "Eve", call: "GET /chats", status: 200, has: []string{`"id":"{chat}"`}},
		{name: "the answer ended where it was", as: "Eve", call: "GET /chats/{chat}/messages", status: 200, has: []string{`"content":"Once upon"`, `"status":"stopped"`}},
		{name: "and goes on", as: "Eve", call: "POST /chats/{chat}/messages/{answer}/continue", body: `{"model":"quick"}`, status: 202},
	})
	require.Contains(t, s.listen(t, eve, chat).after(t, `"type":"subscribed"`), "Once upon", "it can be followed as before")
}

func testVersionPages(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	chat := w.open(t, ada, "Drafts")
	message := w.say(t, ada, chat, "text 1")
	call := "/chats/" + chat + "/messages/" + message
	for i := 2; i <= 9; i++ {
		w.want(t, 200, ada, "PATCH "+call, object("content", fmt.Sprint("text ", i)))
	}
	w.want(t, 200, ada, "PUT "+call+"/version", `{"version":4}`)
	read := func(limit int) (numbers []int) {
		for query := fmt.Sprint("?limit=", limit); ; {
			var page app.Page[app.Version]
			w.want(t, 200, ada, "GET "+call+"/versions"+query, "").into(t, &page)
			require.LessOrEqual(t, len(page.Data), limit)
			for _, v := range page.Data {
				require.Equal(t, fmt.Sprint("text ", v.Version), v.Content)
				numbers = append(numbers, v.Version)
			}
			if page.Pagination.Next == nil {
				return numbers
			}
			query = fmt.Sprint("?limit=", limit, "&cursor=", *page.Pagination.Next)
		}
	}
	for _, limit := range []int{1, 4, 8, 9, 10} {
		require.Equal(t, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}, read(limit), limit)
	}
	for _, query := range []string{"limit=101", "cursor=x", "cursor=YjM", "cursor=" + "YTk5OTk5OTk5OTk5"} {
		t.Run("?"+query+" is refused", func(t *testing.T) { w.want(t, 400, ada, "GET "+call+"/versions?"+query, "") })
	}
	t.Run("a page ends where its texts are over 512 KiB together", func(t *testing.T) {
		long := w.say(t, ada, chat, strings.Repeat("x", 131_072))
		for range 5 {
			w.want(t, 200, ada, "PATCH /chats/"+chat+"/messages/"+long, object("content", strings.Repeat("y", 131_072)))
		}
		var page app.Page[app.Version]
		w.want(t, 200, ada, "GET /chats/"+chat+"/messages/"+long+"/versions", "").into(t, &page)
		require.Len(t, page.Data, 4)
		w.want(t, 200, ada, "GET /chats/"+chat+"/messages/"+long+"/versions?cursor="+*page.Pagination.Next, "").into(t, &page)
		require.Len(t, page.Data, 2)
		require.Nil(t, page.Pagination.Next)
	})
}

func testForks(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Vic", "Dora")
	s.names["chat"] = s.open(t, s.people["Ada"], "Ours")
	s.admit(t, s.names["chat"], s.people["Vic"], "viewer")
	s.play(t, []row{
		{name: "there is a message", as: "Ada", call: "POST /chats/{chat}/messages", body: `{"content":"first","client_id":"named-1"}`, status: 201, keep: "first"},
		{name: "that was changed", as: "Ada", call: "PATCH /chats/{chat}/messages/{first}", body: `{"content":"better"}`, status: 200},
		{name: "and a reply to it", as: "Ada", call: "POST /chats/{chat}/messages", body: `{"content":"second","reply_to":"{first}"}`, status: 201, keep: "second"},
		{name: "and one that is deleted", as: "Ada", call: "POST /chats/{chat}/messages", body: `{"content":"gone"}`, status: 201, keep: "gone"},
		{name: "for good", as: "Ada", call: "DELETE /chats/{chat}/messages/{gone}", status: 200},
		{name: "and a last one", as: "Ada", call: "POST /chats/{chat}/messages", body: `{"content":"last","client_id":"named-2"}`, status: 201, keep: "last"},
		{name: "a viewer forks, and owns what comes of it", as: "Vic", call: "POST /chats/{chat}/fork", body: `{"message_id":"{last}"}`, status: 201, keep: "fork",
			has: []string{`"title":"Ours"`, `"reply_policy":"never"`, `"last_seq":4`, `"rev":5`, `"member_count":1`, `"role":"owner"`, `"unread":0`, `"last_read_seq":4`}, lacks: []string{`"id":"{chat}"`}},
		{name: "with all that was said, by whom", as: "Vic", call: "GET /chats/{fork}/messages", status: 200,
			has:   []string{`"content":"better"`, `"version":2,"versions":2`, `"author":{"id":"{Ada}","name":"Ada"}`, `"content":"last"`, `"seq":4,"rev":5`, `"deleted_at":"2`},
			lacks: []string{"{first}", "{second}", "{last}", "gone", "named"}},
		{name: "its author sees no client_id either, as he sees none of it", as: "Ada", call: "GET /chats/{fork}/messages", status: 404},
		{name: "up to a message, under a name", as: "Ada", call: "POST /chats/{chat}/fork", body: `{"message_id":"{second}","title":" Anew "}`, status: 201, keep: "mine", has: []string{`"title":"Anew"`, `"last_seq":2`}},
		{name: "nothing that came later", as: "Ada", call: "GET /chats/{mine}/messages", status: 200, has: []string{`"content":"second"`, `"client_id":null`}, lacks: []string{"last", `"client_id":"`}},
		{name: "a copy is not the message", as: "Ada", call: "DELETE /chats/{chat}/messages/{first}", status: 200},
		{name: "so that it stays", as: "Vic", call: "GET /chats/{fork}/messages", status: 200, has: []string{`"content":"better"`}},
		{name: "in the fork one goes on", as: "Vic", call: "POST /chats/{fork}/messages", body: `{"content":"on we go","client_id":"named-1"}`, status: 201, has: []string{`"seq":5`, `"rev":6`}},
		{name: "a stranger forks nothing", as: "Dora", call: "POST /chats/{chat}/fork", body: `{"message_id":"{last}"}`, status: 404},
		{name: "and learns nothing by a bad body", as: "Dora", call: "POST /chats/{chat}/fork", body: `{"message_id":1}`, status: 404},
		{name: "not from what is deleted", as: "Ada", call: "POST /chats/{chat}/fork", body: `{"message_id":"{gone}"}`, status: 404},
		{name: "nor from another chat's message", as: "Vic", call: "POST /chats/{fork}/fork", body: `{"message_id":"{last}"}`, status: 404},
		{name: "nor from what is no id", as: "Ada", call: "POST /chats/{chat}/fork", body: `{"message_id":"x"}`, status: 404},
		{name: "nor from nothing", as: "Ada", call: "POST /chats/{chat}/fork", body: `{}`, status: 400, has: []string{`"field":"message_id"`}},
		{name: "nor under an empty name", as: "Ada", call: "POST /chats/{chat}/fork", body: `{"message_id":"{last}","title":" "}`, status: 400, has: []string{`"field":"title"`}},
	})
	t.Run("the copies tell of each other", func(t *testing.T) {
		var page app.Page[app.Message]
		w.want(t, 200, s.people["Vic"], "GET /chats/"+s.names["fork"]+"/messages", "").into(t, &page)
		require.Equal(t, page.Data[0].ID, *page.Data[1].ReplyTo)
		var versions app.Page[app.Version]
		w.want(t, 200, s.people["Vic"], "GET /chats/"+s.names["fork"]+"/messages/"+string(page.Data[0].ID)+"/versions", "").into(t, &versions)
		require.Len(t, versions.Data, 2)
		require.Equal(t, "first", versions.Data[0].Content)
	})
}

func testForkRunning(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	ada := s.people["Ada"]
	chat := s.open(t, ada, "Tales")
	_, answer := s.asked(t, ada, chat, "hold")
	s.names["chat"], s.names["answer"] = chat, answer
	s.becomes(t, ada, chat, answer, has(app.StatusStreaming, "Once upon"))
	// What is on the screen may be a flush ahead of what is stored.
	require.Eventually(t, func() bool {
		var n int
		err := w.db.QueryRow(t.Context(), `select count(*) from chunks where message_id = $1`, answer).Scan(&n)
		return err == nil && n > 0
	}, 20*time.Second, 10*time.Millisecond)
	s.play(t, []row{
		{name: "it is copied as far as it is stored", as: "Ada", call: "POST /chats/{chat}/fork", body: `{"message_id":"{answer}"}`, status: 201, keep: "fork"},
		{name: "and does not run there", as: "Ada", call: "GET /chats/{fork}/messages", status: 200, has: []string{`"content":"Once upon","reasoning":null,"status":"interrupted"`}},
		{name: "but here", as: "Ada", call: "GET /chats/{chat}/messages", status: 200, has: []string{`"status":"streaming"`}},
		{name: "until it is stopped", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/stop", status: 202},
	})
}
