package server_test

import (
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories/pgtest"
)

// testTraces holds the promise that what is deleted is gone: from every table,
// and from whatever is told afterwards.
func testTraces(t *testing.T, w *world) {
	t.Run("a deleted message", func(t *testing.T) { t.Parallel(); testDeletedTraces(t, w) })
	t.Run("a deleted account", func(t *testing.T) { t.Parallel(); testErasedTraces(t, w) })
}

// secretWord is one that nobody else uses, and that no index takes apart.
func secretWord() string {
	return "secret" + strings.ReplaceAll(string(app.NewID[app.MessageID]()), "-", "")
}

func testDeletedTraces(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Eve")
	ada, secret := s.people["Ada"], secretWord()
	chat := s.open(t, ada, "Ours")
	s.admit(t, chat, s.people["Eve"], "editor")
	ear := s.listen(t, s.people["Eve"], chat)

	s.names["chat"], s.names["secret"] = chat, secret
	s.play(t, []row{{name: "somebody asks", as: "Ada", call: "POST /chats/{chat}/messages", body: `{"content":"one {secret}","model":"echo","client_id":"c"}`, status: 201, keep: "question"}})
	answer := s.answerOf(t, ada, chat, s.names["question"])
	s.names["answer"] = answer
	streams := func(versions int) {
		s.becomes(t, ada, chat, answer, func(m app.Message) bool {
			return m.Status == app.StatusStreaming && m.Versions == versions && strings.Contains(m.Content, secret)
		})
	}
	stop := func() {
		s.want(t, 202, ada, "POST /chats/"+chat+"/messages/"+answer+"/stop", "")
		s.becomes(t, ada, chat, answer, func(m app.Message) bool { return m.Status == app.StatusStopped })
	}
	streams(1)
	stop()
	s.play(t, []row{{name: "edits and asks again", as: "Ada", call: "PATCH /chats/{chat}/messages/{question}", body: `{"content":"two {secret}","answer":true}`, status: 200}})
	streams(2)
	stop()
	s.play(t, []row{
		{name: "edits", as: "Ada", call: "PATCH /chats/{chat}/messages/{question}", body: `{"content":"three {secret}"}`, status: 200},
		{name: "chooses", as: "Ada", call: "PUT /chats/{chat}/messages/{question}/version", body: `{"version":2}`, status: 200},
		{name: "and asks once more", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/regenerate", status: 202},
	})
	streams(3)
	stop()
	s.play(t, []row{
		{name: "both are found", as: "Eve", call: "GET /search?q={secret}", status: 200, has: []string{`"message_id":"{question}"`, `"message_id":"{answer}"`}},
		{name: "and goes on", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/continue", status: 202},
	})
	streams(3)
	reader := s.follow(t, s.people["Eve"], "GET /chats/"+chat+"/messages/"+s.names["question"]+"/stream", "")
	reader.until(func() bool { return strings.Contains(reader.messages[app.MessageID(answer)].Content, secret) })
	require.Eventually(t, func() bool { return w.holds(t, `select from chunks where text like $1`, "%"+secret+"%") }, patience, pause)
	w.sql(t, `analyze`)
	found := pgtest.Traces(t, w.db, secret)
	for _, place := range []string{"public.messages.content", "public.message_versions.content", "public.chunks.text"} {
		require.Contains(t, found, place, "or the search finds nothing anyway")
	}
	require.NotContains(t, strings.Join(found, " "), "pg_stats")
	old := w.number(t, `select rev from chats where id = $1`, chat) - 1

	s.play(t, []row{
		{name: "the question is deleted", as: "Ada", call: "DELETE /chats/{chat}/messages/{question}", status: 200, has: []string{`"versions":1`}, lacks: []string{secret}},
		{name: "its answer stays", as: "Eve", call: "GET /chats/{chat}/messages", status: 200, has: []string{`"reply_to":"{question}"`, `"status":"streaming"`, secret}},
		{name: "until it is deleted, while it runs", as: "Ada", call: "DELETE /chats/{chat}/messages/{answer}", status: 200, lacks: []string{secret}},
	})
	require.Empty(t, pgtest.Traces(t, w.db, secret))
	t.Run("no flush, end or takeover brings it back", func(t *testing.T) {
		// What runs later is flushed later, together with what was left of it.
		_, later := s.asked(t, ada, chat, "echo")
		require.Eventually(t, func() bool { return w.holds(t, `select from chunks where message_id = $1`, later) }, patience, pause)
		s.want(t, 202, ada, "POST /chats/"+chat+"/messages/"+later+"/stop", "")
		s.becomes(t, ada, chat, later, func(m app.Message) bool { return m.Status == app.StatusStopped })
		require.Empty(t, pgtest.Traces(t, w.db, secret))
	})
	t.Run("nor does anything that is told", func(t *testing.T) {
		s.say(t, ada, chat, "the very end")
		ear.until(t, "the very end")
		require.NotContains(t, ear.after(t, `"id":"`+answer+`"`, `"deleted_at":"2`), secret)
		for name, since := range map[string]any{"anew": nil, "from the start": 0, "from before": old} {
			fresh := s.dial(t, s.people["Eve"], "/api/v1/ws")
			one := map[string]any{"chat_id": chat}
			if since != nil {
				one["since"] = since
			}
			require.NoError(t, fresh.WriteMessage(websocket.TextMessage, []byte(object("type", "subscribe", "id", "s", "data", map[string]any{"chats": []any{one}}))))
			require.NotContains(t, hearsAll(t, fresh, `"type":"subscribed"`), secret, name)
		}
	})
	require.ErrorIs(t, reader.all(), io.EOF)
	require.Empty(t, reader.messages[app.MessageID(answer)].Content, "whoever follows is told that it is gone")
	stream := "GET /chats/{chat}/messages/{question}/stream"
	s.play(t, []row{
		{name: "nor a search", as: "Eve", call: "GET /search?q={secret}", status: 200, has: []string{`"data":[]`}, lacks: []string{secret}},
		{name: "nor one for a part of it", as: "Ada", call: "GET /search?q=" + secret[3:20], status: 200, has: []string{`"data":[]`}, lacks: []string{secret}},
		{name: "nor a stream", as: "Eve", call: stream, status: 200, has: []string{`"deleted_at":"2`}, lacks: []string{secret}},
		{name: "nor one that is taken up again", as: "Eve", call: stream, head: []string{"Last-Event-ID", reader.id}, status: 200, lacks: []string{secret}},
		{name: "nor one of the answer", as: "Eve", call: "GET /chats/{chat}/messages/{answer}/stream", status: 200, lacks: []string{secret}},
		{name: "nor a page", as: "Eve", call: "GET /chats/{chat}/messages", status: 200, has: []string{`"deleted_at":"2`}, lacks: []string{secret}},
		{name: "nor versions", as: "Ada", call: "GET /chats/{chat}/messages/{answer}/versions", status: 404},
		{name: "nor a repeat", as: "Ada", call: "POST /chats/{chat}/messages", body: `{"content":"another","client_id":"c"}`, status: 201, has: []string{`"id":"{question}"`, `"content":""`}, lacks: []string{secret}},
		{name: "nor a new answer", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/regenerate", status: 404},
	})
}

func testErasedTraces(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Eve", "Vic")
	eve, secret := s.people["Eve"], secretWord()
	chat := s.open(t, s.people["Ada"], "Ours")
	s.admit(t, chat, eve, "editor")
	s.admit(t, chat, s.people["Vic"], "viewer")
	ear := s.listen(t, s.people["Ada"], chat)
	alone := s.open(t, eve, "Mine")
	s.say(t, eve, alone, "alone "+secret)
	message := s.say(t, eve, chat, "one "+secret)
	s.want(t, 200, eve, "PATCH /chats/"+chat+"/messages/"+message, object("content", "two "+secret))
	fork := s.want(t, 201, s.people["Vic"], "POST /chats/"+chat+"/fork", object("message_id", message)).text(t, "id")
	again := s.want(t, 200, s.people["Vic"], "GET /chats/"+fork+"/messages", "")
	require.Contains(t, again.body, secret)
	s.want(t, 204, eve, "DELETE /users/me", object("password", password, "messages", "erase"))
	require.Eventually(t, func() bool { return !w.holds(t, `select from users where id = $1`, eve.id) }, patience, pause)
	require.Empty(t, pgtest.Traces(t, w.db, secret))
	s.say(t, s.people["Ada"], chat, "the very end")
	ear.until(t, "the very end")
	require.NotContains(t, ear.after(t, `"id":"`+message+`"`, `"deleted_at":"2`), secret)
	for who, chat := range map[string]string{"Ada": chat, "Vic": fork} {
		got := s.want(t, 200, s.people[who], "GET /chats/"+chat+"/messages", "")
		require.Contains(t, got.body, `"author":null`)
		require.NotContains(t, got.body, secret)
	}
}

const (
	patience = 20 * time.Second
	pause    = 5 * time.Millisecond
)

// holds tells whether the database has a row like this.
func (w *world) holds(t testing.TB, query string, args ...any) bool {
	t.Helper()
	var found bool
	require.NoError(t, w.db.QueryRow(t.Context(), `select exists (`+query+`)`, args...).Scan(&found))
	return found
}

// number is one that the database has.
func (w *world) number(t testing.TB, query string, args ...any) (n int64) {
	t.Helper()
	require.NoError(t, w.db.QueryRow(t.Context(), query, args...).Scan(&n))
	return n
}

// ear keeps every envelope that a socket is sent, in order.
type ear struct {
	mu    sync.Mutex
	lines []string
}

// listen follows a chat from now on.
func (w *world) listen(t *testing.T, who *person, chat string) *ear {
	t.Helper()
	socket := w.dial(t, who, "/api/v1/ws")
	require.NoError(t, socket.SetReadDeadline(time.Now().Add(3*patience)))
	require.NoError(t, socket.WriteMessage(websocket.TextMessage, []byte(object("type", "subscribe", "id", "s", "data", map[string]any{"chats": []any{map[string]any{"chat_id": chat}}}))))
	e := &ear{}
	go func() {
		for {
			_, frame, err := socket.ReadMessage()
			if err != nil {
				return
			}
			e.mu.Lock()
			e.lines = append(e.lines, strings.Split(string(frame), "\n")...)
			e.mu.Unlock()
		}
	}()
	e.until(t, `"type":"subscribed"`)
	return e
}

func (e *ear) heard() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lines
}

// until waits for an envelope with this text in it.
func (e *ear) until(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(strings.Join(e.heard(), "\n"), text) }, patience, pause, text)
}

// after is everything from the first envelope on that has all these texts.
func (e *ear) after(t *testing.T, texts ...string) string {
	t.Helper()
	lines := e.heard()
	for i, line := range lines {
		all := true
		for _, text := range texts {
			all = all && strings.Contains(line, text)
		}
		if all {
			return strings.Join(lines[i:], "\n")
		}
	}
	require.Fail(t, "it was never told", "%v in %v", texts, lines)
	return ""
}

// hearsAll reads envelopes until one has this text in it, and gives them all.
func hearsAll(t *testing.T, socket *websocket.Conn, text string) string {
	t.Helper()
	var all strings.Builder
	for {
		_, frame, err := socket.ReadMessage()
		require.NoError(t, err, "waiting for %s", text)
		all.Write(frame)
		if strings.Contains(string(frame), text) {
			return all.String()
		}
	}
}

// answerOf is the id of the answer to a question.
func (w *world) answerOf(t *testing.T, who *person, chat, question string) string {
	t.Helper()
	var page app.Page[app.Message]
	w.want(t, 200, who, "GET /chats/"+chat+"/messages", "").into(t, &page)
	for _, m := range page.Data {
		if m.ReplyTo != nil && string(*m.ReplyTo) == question {
			return string(m.ID)
		}
	}
	t.Fatal("the question has no answer")
	return ""
}
