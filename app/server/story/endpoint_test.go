package story

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
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
	e.mu.Unlock()
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	word := "wörd"
	if answer.prefix != "" {
		word = "möre"
	}
	for i := range e.words {
		text := fmt.Sprintf("%s%d ", word, i)
		chunk, _ := json.Marshal(map[string]any{"object": "chat.completion.chunk", "choices": []any{map[string]any{"index": 0, "delta": map[string]string{"content": text}}}})
		if _, err := fmt.Fprintf(w, "data: %s\n\n", chunk); err != nil || out.Flush() != nil {
			return
		}
		answer.mu.Lock()
		answer.pieces = append(answer.pieces, piece{text: text, at: time.Now()})
		answer.mu.Unlock()
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
