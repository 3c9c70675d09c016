package server_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func testStreams(t *testing.T, w *world) {
	t.Run("a question and its answer", func(t *testing.T) { t.Parallel(); testStreamOfPost(t, w) })
	t.Run("a stream that is cut off", func(t *testing.T) { t.Parallel(); testStreamResumed(t, w) })
	t.Run("several answers", func(t *testing.T) { t.Parallel(); testStreamOfSeveral(t, w) })
	t.Run("who may follow", func(t *testing.T) { t.Parallel(); testStreamRefusals(t, w) })
	t.Run("what ends one", func(t *testing.T) { t.Parallel(); testStreamEnds(t, w) })
	t.Run("clients of another time", func(t *testing.T) { t.Parallel(); testStreamOldClient(t, w) })
}

const wantsEvents = "text/event-stream"

func testStreamOfPost(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	chat := w.open(t, ada, "Tales")
	list := "/chats/" + chat + "/messages"
	got := w.want(t, 200, ada, "POST "+list, object("content", "Tell me.", "model", "quick", "client_id", "once"), "Accept", wantsEvents)
	require.Equal(t, "text/event-stream", got.head.Get("Content-Type"))
	require.Equal(t, "no", got.head.Get("X-Accel-Buffering"))
	require.Equal(t, "no-store", got.head.Get("Cache-Control"))
	require.Contains(t, got.body, "event: changes\n")
	require.Contains(t, got.body, `"status":"complete"`)
	var page app.Page[app.Message]
	w.want(t, 200, ada, "GET "+list, "").into(t, &page)
	require.Len(t, page.Data, 2)

	t.Run("is told again to who asks again", func(t *testing.T) {
		s := w.follow(t, ada, "POST "+list, object("content", "Tell me.", "model", "quick", "client_id", "once"))
		require.ErrorIs(t, s.all(), io.EOF)
		require.Equal(t, "Once upon a time.", s.answers()["quick"].Content)
		require.Len(t, s.messages, 2)
		w.want(t, 200, ada, "GET "+list, "").into(t, &page)
		require.Len(t, page.Data, 2, "nothing is asked twice")
	})
	t.Run("ends at once where all is over", func(t *testing.T) {
		for _, m := range page.Data {
			w.want(t, 200, ada, "GET "+list+"/"+string(m.ID)+"/stream", "")
			s := w.follow(t, ada, "GET "+list+"/"+string(m.ID)+"/stream", "")
			require.ErrorIs(t, s.all(), io.EOF)
			require.Len(t, s.messages, 2, "an answer stands for its question")
		}
	})
	t.Run("and where nobody answers", func(t *testing.T) {
		s := w.follow(t, ada, "POST "+list, object("content", "To myself."))
		require.ErrorIs(t, s.all(), io.EOF)
		require.Len(t, s.messages, 1)
	})
	t.Run("nothing but an event stream is JSON", func(t *testing.T) {
		for _, accept := range []string{"", "*/*", "application/json, text/event-stream", "text/html"} {
			w.want(t, 201, ada, "POST "+list, object("content", "To myself."), "Accept", accept)
		}
	})
	t.Run("its head alone is to be had", func(t *testing.T) {
		got := w.want(t, 200, ada, "HEAD "+list+"/"+string(page.Data[0].ID)+"/stream", "")
		require.Equal(t, "text/event-stream", got.head.Get("Content-Type"))
	})
}

func testStreamResumed(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	chat := w.open(t, ada, "Tales")
	first := w.follow(t, ada, "POST /chats/"+chat+"/messages", object("content", "hü", "model", "echo"))
	first.until(func() bool { return len(first.answers()["echo"].Content) > 20 })
	answer := first.answers()["echo"]
	require.NoError(t, first.response.Body.Close(), "going away")
	question := "/chats/" + chat + "/messages/" + string(*answer.ReplyTo) + "/stream"

	second := w.follow(t, ada, "GET "+question, "", "Last-Event-ID", first.id)
	second.messages = first.messages
	second.until(func() bool { return len(second.answers()["echo"].Content) > len(answer.Content)+20 })

	anew := w.follow(t, ada, "GET "+question, "", "Last-Event-ID", "")
	w.want(t, 202, ada, "POST /chats/"+chat+"/messages/"+string(answer.ID)+"/stop", "")
	require.ErrorIs(t, second.all(), io.EOF)
	require.ErrorIs(t, anew.all(), io.EOF)
	stored := w.becomes(t, ada, chat, string(answer.ID), func(m app.Message) bool { return !m.Status.Running() })
	require.Equal(t, stored.Content, second.messages[answer.ID].Content)
	require.Equal(t, stored.Content, anew.messages[answer.ID].Content)

	t.Run("a cursor of another question begins anew", func(t *testing.T) {
		other, _ := w.asked(t, ada, chat, "quick")
		s := w.follow(t, ada, "GET /chats/"+chat+"/messages/"+other+"/stream", "", "Last-Event-ID", second.id)
		require.ErrorIs(t, s.all(), io.EOF)
		require.Len(t, s.messages, 2)
		again := w.follow(t, ada, "GET "+question, "", "Last-Event-ID", s.id)
		require.ErrorIs(t, again.all(), io.EOF)
		require.Len(t, again.messages, 2)
	})
	t.Run("who has everything hears nothing", func(t *testing.T) {
		s := w.follow(t, ada, "GET "+question, "", "Last-Event-ID", second.id)
		require.ErrorIs(t, s.all(), io.EOF)
		require.Empty(t, s.messages)
	})
}

func testStreamOfSeveral(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	chat := w.open(t, ada, "Tales")
	vic := w.join(t, "Vic")
	w.admit(t, chat, vic, "viewer")
	w.want(t, 200, ada, "PATCH /chats/"+chat, object("reply_policy", "mention"))
	s := w.follow(t, ada, "POST /chats/"+chat+"/messages", object("content", "@quick @hold @broken Tell me."))
	s.until(func() bool { return len(s.answers()) == 3 && s.answers()["hold"].Content == "Once upon" })
	hold := s.answers()["hold"]

	t.Run("a viewer follows them too", func(t *testing.T) {
		seen := w.follow(t, vic, "GET /chats/"+chat+"/messages/"+string(hold.ID)+"/stream", "")
		seen.until(func() bool { return seen.answers()["hold"].Content == "Once upon" })
		require.Len(t, seen.messages, 4)
	})
	t.Run("other questions are not told of", func(t *testing.T) {
		_, other := w.asked(t, ada, chat, "quick")
		w.becomes(t, ada, chat, other, has(app.StatusComplete, "Once upon a time."))
	})
	w.want(t, 202, ada, "POST /chats/"+chat+"/messages/"+string(hold.ID)+"/stop", "")
	require.ErrorIs(t, s.all(), io.EOF, "the stream ends with the last answer")
	require.Len(t, s.messages, 4)
	require.Equal(t, app.StatusStopped, s.answers()["hold"].Status)
	require.Equal(t, app.StatusFailed, s.answers()["broken"].Status)
	require.Equal(t, app.StatusComplete, s.answers()["quick"].Status)
}

func testStreamRefusals(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Vic", "Sam")
	ada := s.people["Ada"]
	s.names["chat"] = w.open(t, ada, "Tales")
	w.admit(t, s.names["chat"], s.people["Vic"], "viewer")
	s.names["mid"] = w.say(t, ada, s.names["chat"], "hello")
	events := []string{"Accept", wantsEvents}
	for name, call := range map[string]struct {
		who    string
		call   string
		body   string
		head   []string
		status int
	}{
		"a stranger may not follow":                   {"Sam", "GET /chats/{chat}/messages/{mid}/stream", "", nil, 404},
		"nor learn that his cursor is bad":            {"Sam", "GET /chats/{chat}/messages/{mid}/stream", "", []string{"Last-Event-ID", "x"}, 404},
		"nor post":                                    {"Sam", "POST /chats/{chat}/messages", `{"content":7}`, events, 404},
		"a viewer may not post":                       {"Vic", "POST /chats/{chat}/messages", `{"content":"x"}`, events, 403},
		"a message that is not there":                 {"Ada", "GET /chats/{chat}/messages/{chat}/stream", "", nil, 404},
		"a bad cursor":                                {"Ada", "GET /chats/{chat}/messages/{mid}/stream", "", []string{"Last-Event-ID", "x"}, 400},
		"a long cursor":                               {"Ada", "GET /chats/{chat}/messages/{mid}/stream", "", []string{"Last-Event-ID", strings.Repeat("A", 2000)}, 400},
		"a bad cursor with a message, before storing": {"Ada", "POST /chats/{chat}/messages", `{"content":"x"}`, append([]string{"Last-Event-ID", "x"}, events...), 400},
		"a bad message":                               {"Ada", "POST /chats/{chat}/messages", `{"content":""}`, events, 400},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.want(t, call.status, s.people[call.who], s.fill(call.call), call.body, call.head...)
			require.Equal(t, "application/json", got.head.Get("Content-Type"))
			require.NotEmpty(t, got.text(t, "error", "code"))
		})
	}
	var page app.Page[app.Message]
	w.want(t, 200, ada, s.fill("GET /chats/{chat}/messages"), "").into(t, &page)
	require.LessOrEqual(t, len(page.Data), 2, "what was refused is not stored")
}

func testStreamEnds(t *testing.T, w *world) {
	t.Run("signing out", func(t *testing.T) {
		t.Parallel()
		ada := w.join(t, "Ada")
		chat := w.open(t, ada, "Tales")
		s := w.follow(t, ada, "POST /chats/"+chat+"/messages", object("content", "Tell me.", "model", "hold"))
		s.until(func() bool { return len(s.answers()) == 1 })
		w.want(t, 204, nil, "POST /auth/logout", object("refresh_token", ada.refresh))
		over := time.Now()
		require.ErrorIs(t, s.all(), io.ErrUnexpectedEOF, "it is cut off, not over")
		require.Less(t, time.Since(over), time.Second)
	})
	t.Run("losing the chat", func(t *testing.T) {
		t.Parallel()
		ada := w.join(t, "Ada")
		chat := w.open(t, ada, "Tales")
		s := w.follow(t, ada, "POST /chats/"+chat+"/messages", object("content", "Tell me.", "model", "hold"))
		s.until(func() bool { return len(s.answers()) == 1 })
		w.want(t, 204, ada, "DELETE /chats/"+chat, "")
		require.ErrorIs(t, s.all(), io.ErrUnexpectedEOF)
	})
}

// A client of HTTP/1.0 knows no chunks: what it reads is events alone, up to
// the end of the connection.
func testStreamOldClient(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	chat := w.open(t, ada, "Tales")
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	body := object("content", "Tell me.", "model", "quick")
	_, err = fmt.Fprintf(conn, "POST /api/v1/chats/%s/messages HTTP/1.0\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		chat, ada.access, len(body), body)
	require.NoError(t, err)
	all, err := io.ReadAll(conn)
	require.NoError(t, err)
	head, text, _ := strings.Cut(string(all), "\r\n\r\n")
	require.Contains(t, head, " 200 ")
	require.NotContains(t, strings.ToLower(head), "chunked")
	require.True(t, strings.HasPrefix(text, "event: changes\nid: "), text)
	require.True(t, strings.HasSuffix(text, "\n\n"), text)
	require.Contains(t, text, `"content":"Once upon a time."`)
}
