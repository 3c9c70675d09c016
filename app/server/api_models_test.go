package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// endpoint is a language model server: "quick" answers at once, "hold" begins
// and then thinks until it is stopped, "broken" does not answer, "echo" says
// what it was asked again and again until it is stopped.
func endpoint(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"object":"list","data":[{"id":"quick","object":"model"},{"id":"hold","object":"model"},{"id":"broken","object":"model"},{"id":"echo","object":"model"}]}`)
	})
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Model    string `json:"model"`
			Messages []struct {
				Content string `json:"content"`
			} `json:"messages"`
		}
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Model == "broken" {
			http.Error(w, `{"error":{"message":"no such thing sk-secret"}}`, http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		say := func(text string) {
			_, _ = fmt.Fprintf(w, "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":%q}}]}\n\n", text)
			_ = http.NewResponseController(w).Flush()
		}
		for asked.Model == "echo" && r.Context().Err() == nil {
			say(asked.Messages[len(asked.Messages)-1].Content + " ")
			time.Sleep(10 * time.Millisecond)
		}
		say("Once upon")
		if asked.Model == "hold" {
			<-r.Context().Done()
			return
		}
		say(" a time.")
		_, _ = fmt.Fprint(w, `data: {"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11}}`+"\n\ndata: [DONE]\n\n")
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// asked posts a question and gives back the ids of question and answer.
func (w *world) asked(t *testing.T, who *person, chat, model string) (question, answer string) {
	t.Helper()
	question = w.want(t, 201, who, "POST /chats/"+chat+"/messages", object("content", "Tell me.", "model", model)).text(t, "id")
	return question, w.answerOf(t, who, chat, question)
}

// becomes waits until a message is as it should be.
func (w *world) becomes(t *testing.T, who *person, chat, id string, as func(app.Message) bool) app.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		var page app.Page[app.Message]
		w.want(t, 200, who, "GET /chats/"+chat+"/messages?limit=100", "").into(t, &page)
		for _, m := range page.Data {
			if string(m.ID) == id && as(m) {
				return m
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the message never became so: %+v", page.Data)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func has(status app.MessageStatus, content string) func(app.Message) bool {
	return func(m app.Message) bool { return m.Status == status && m.Content == content }
}

func testModels(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	s.play(t, []row{
		{name: "the models one may use", as: "Ada", call: "GET /models", status: 200, has: []string{`"id":"guide"`, `"id":"quick"`, `"id":"hold"`, `"default":true`}},
		{name: "are nothing for strangers", call: "GET /models", status: 401},
	})
	t.Run("an answer that ends", func(t *testing.T) { t.Parallel(); testQuick(t, w) })
	t.Run("an answer that is stopped", func(t *testing.T) { t.Parallel(); testHold(t, w) })
	t.Run("an answer that fails", func(t *testing.T) { t.Parallel(); testBroken(t, w) })
	t.Run("the guide", func(t *testing.T) { t.Parallel(); testGuide(t, w) })
	t.Run("several models in one room", func(t *testing.T) { t.Parallel(); testSeveral(t, w) })
	t.Run("too many", func(t *testing.T) { t.Parallel(); testTooManyWaiting(t, w) })
}

func testQuick(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	ada := s.people["Ada"]
	chat := s.open(t, ada, "Tales")
	question, answer := s.asked(t, ada, chat, "quick")
	s.names["chat"], s.names["question"], s.names["answer"] = chat, question, answer
	m := s.becomes(t, ada, chat, answer, has(app.StatusComplete, "Once upon a time."))
	require.Equal(t, &app.Usage{PromptTokens: 7, CompletionTokens: 4}, m.Usage)
	require.Equal(t, "quick", *m.Model)
	s.play(t, []row{
		{name: "what is complete cannot be continued", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/continue", status: 409},
		{name: "to stop it does nothing", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/stop", status: 202, has: []string{`"status":"complete"`, `"content":"Once upon a time."`}},
		{name: "it has no author who could change it", as: "Ada", call: "PATCH /chats/{chat}/messages/{answer}", body: `{"content":"x"}`, status: 403},
		{name: "it can be asked for again", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/regenerate", status: 202, has: []string{`"versions":2`, `"version":2`, `"content":""`, `"reply_to":"{question}"`}},
	})
	s.becomes(t, ada, chat, answer, has(app.StatusComplete, "Once upon a time."))
	s.play(t, []row{
		{name: "from another model too", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/regenerate", body: `{"model":"guide"}`, status: 202, has: []string{`"model":"guide"`, `"versions":3`}},
		{name: "not from what is no model's name", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/regenerate", body: `{"model":"A B"}`, status: 400, has: []string{`"field":"model"`}},
		{name: "nor with what nobody knows", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/regenerate", body: `{"temperature":1}`, status: 400},
	})
	s.becomes(t, ada, chat, answer, func(m app.Message) bool { return m.Status == app.StatusComplete })
	s.play(t, []row{{name: "a changed question is answered again", as: "Ada", call: "PATCH /chats/{chat}/messages/{question}", body: `{"content":"Tell me more.","answer":true}`, status: 200, has: []string{`"content":"Tell me more."`, `"versions":2`}}})
	s.becomes(t, ada, chat, answer, func(m app.Message) bool { return m.Versions == 4 && m.Status == app.StatusComplete })
}

func testHold(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	ada := s.people["Ada"]
	chat := s.open(t, ada, "Tales")
	question, answer := s.asked(t, ada, chat, "hold")
	s.names["chat"], s.names["question"], s.names["answer"] = chat, question, answer
	s.becomes(t, ada, chat, answer, has(app.StatusStreaming, "Once upon"))
	s.play(t, []row{
		{name: "what runs is not asked again", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/regenerate", status: 409, has: []string{`"code":"conflict"`}},
		{name: "nor continued", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/continue", status: 409},
		{name: "nor is its question asked again", as: "Ada", call: "PATCH /chats/{chat}/messages/{question}", body: `{"content":"x","answer":true}`, status: 409},
		{name: "it is stopped", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/stop", status: 202, has: []string{`"id":"{answer}"`}},
	})
	s.becomes(t, ada, chat, answer, has(app.StatusStopped, "Once upon"))
	s.play(t, []row{
		{name: "not from a model that has no name", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/continue", body: `{"model":"A B"}`, status: 400},
		{name: "it goes on", as: "Ada", call: "POST /chats/{chat}/messages/{answer}/continue", body: `{"model":"quick"}`, status: 202, has: []string{`"content":"Once upon`}},
	})
	s.becomes(t, ada, chat, answer, func(m app.Message) bool {
		return m.Status == app.StatusComplete && strings.HasPrefix(m.Content, "Once upon") && strings.HasSuffix(m.Content, " a time.")
	})
	_, running := s.asked(t, ada, chat, "hold")
	s.names["running"] = running
	s.becomes(t, ada, chat, running, has(app.StatusStreaming, "Once upon"))
	s.play(t, []row{{name: "a running one can be deleted", as: "Ada", call: "DELETE /chats/{chat}/messages/{running}", status: 200, has: []string{`"content":""`, `"status":"stopped"`, `"deleted_at":"2`}}})
}

func testBroken(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	chat := w.open(t, ada, "Tales")
	for _, model := range []string{"broken", "no-such-model"} {
		_, answer := w.asked(t, ada, chat, model)
		m := w.becomes(t, ada, chat, answer, has(app.StatusFailed, ""))
		require.NotNil(t, m.Error, model)
		require.NotContains(t, m.Error.Message, "sk-secret")
	}
}

func testGuide(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	chat := w.open(t, ada, "Help")
	_, answer := w.asked(t, ada, chat, app.GuideModel)
	m := w.becomes(t, ada, chat, answer, func(m app.Message) bool { return m.Status == app.StatusComplete })
	require.NotEmpty(t, m.Content)
}

func testTooManyWaiting(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	chat := w.open(t, ada, "Tales")
	ask := func() answer {
		return w.ask(t, ada, "POST /chats/"+chat+"/messages", object("content", "Tell me.", "model", "hold"))
	}
	for range 3 + app.MaxWaiting {
		got := ask()
		require.Equal(t, 201, got.status, got.body)
	}
	got := ask()
	require.Equal(t, 429, got.status, got.body)
	require.NotEmpty(t, got.head.Get("Retry-After"))
	w.want(t, 204, ada, "DELETE /chats/"+chat, "")
}

// testSeveral plays in a room of two people, where models wait to be asked.
func testSeveral(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Eve")
	ada, eve := s.people["Ada"], s.people["Eve"]
	chat := s.want(t, 201, ada, "POST /chats", `{}`).text(t, "id")
	s.want(t, 201, ada, "POST /chats/"+chat+"/members", object("email", eve.email, "role", "editor"))
	s.say(t, eve, chat, "nobody is asked, not even by guide@example.org")
	question := s.say(t, eve, chat, "@quick and (@guide), what do you say? `@hold`")
	var page app.Page[app.Message]
	s.want(t, 200, ada, "GET /chats/"+chat+"/messages", "").into(t, &page)
	require.Len(t, page.Data, 4)
	for i, model := range []string{"quick", "guide"} {
		answer := page.Data[2+i]
		require.Equal(t, model, *answer.Model)
		require.EqualValues(t, question, *answer.ReplyTo)
		s.becomes(t, ada, chat, string(answer.ID), func(m app.Message) bool { return m.Status == app.StatusComplete && m.Content != "" })
	}
	require.Contains(t, s.want(t, 200, ada, "GET /chats/"+chat, "").body, `"last_seq":4`, "no model answers a model")
}
