package story

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// endpoint is a model server that speaks the OpenAI protocol: it sends words
// at a pace and remembers what it has sent, and when.
type endpoint struct {
	*httptest.Server
	words int
	pace  time.Duration
	// thoughts are how many words of reasoning come first.
	thoughts int

	mu      sync.Mutex
	answers []*sent
}

// sent is one answer: what the model was given to go on from, and each piece
// with the moment at which it had been flushed.
type sent struct {
	mu     sync.Mutex
	prefix string
	pieces []piece
}

type piece struct {
	text string
	at   time.Time
}

// text is everything sent before a moment.
func (s *sent) text(before time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all strings.Builder
	for _, p := range s.pieces {
		if p.at.Before(before) {
			all.WriteString(p.text)
		}
	}
	return all.String()
}

func (s *sent) add(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pieces = append(s.pieces, piece{text: text, at: time.Now()})
}

// answerMark is how each answer begins that nothing was continued of.
const answerMark = "wörd0."

// hasSent tells whether an answer like this was sent: whole, or its beginning.
func (e *endpoint) hasSent(content string, whole bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.answers, func(s *sent) bool {
		rest, continued := strings.CutPrefix(content, s.prefix)
		if whole {
			return continued && rest == s.text(time.Now())
		}
		return continued && strings.HasPrefix(s.text(time.Now()), rest)
	})
}

func newEndpoint(t *testing.T, words int, pace time.Duration) *endpoint {
	e := &endpoint{words: words, pace: pace}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"object":"list","data":[{"id":"words","object":"model"}]}`)
	})
	mux.HandleFunc("POST /v1/chat/completions", e.complete)
	e.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		e.CloseClientConnections()
		e.Close()
	})
	return e
}

func (e *endpoint) complete(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Messages []struct{ Role, Content string }
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer := &sent{}
	if last := request.Messages[len(request.Messages)-1]; last.Role == "assistant" {
		answer.prefix = last.Content
	}
	e.mu.Lock()
	e.answers = append(e.answers, answer)
	run := len(e.answers)
	e.mu.Unlock()
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	word := "wörd"
	if answer.prefix != "" {
		word = "möre"
	}
	for i := range e.thoughts + e.words {
		part, text := "content", fmt.Sprintf("%s%d.%d€ ", word, i-e.thoughts, run)
		if i < e.thoughts {
			part, text = "reasoning_content", fmt.Sprintf("thöught%d.%d ", i, run)
		}
		chunk, _ := json.Marshal(object{"object": "chat.completion.chunk", "choices": []any{object{"index": 0, "delta": object{part: text}}}})
		if _, err := fmt.Fprintf(w, "data: %s\n\n", chunk); err != nil || out.Flush() != nil {
			return
		}
		if part == "content" {
			answer.add(text)
		}
		select {
		case <-r.Context().Done():
			return
		case <-time.After(e.pace):
		}
	}
	_, _ = fmt.Fprint(w, `data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
}

// last is the newest answer; an empty one before the first.
func (e *endpoint) last() *sent {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.answers) == 0 {
		return &sent{}
	}
	return e.answers[len(e.answers)-1]
}
