package openai_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/openai"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// endpoint is a server of the test's own and a client of it.
type endpoint struct {
	client *openai.Client
	mu     sync.Mutex
	bodies []map[string]any
	log    bytes.Buffer
}

type handler func(w http.ResponseWriter, r *http.Request, try int)

func serve(t *testing.T, answer handler, change ...func(*openai.Options)) *endpoint {
	t.Helper()
	e := new(endpoint)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var body map[string]any
		_ = json.Unmarshal(raw, &body)
		e.mu.Lock()
		e.bodies = append(e.bodies, body)
		try := len(e.bodies)
		e.mu.Unlock()
		answer(w, r, try)
	}))
	t.Cleanup(server.Close)
	options := openai.Options{
		BaseURL: server.URL + "/v1", Key: "sk-test-0123456789", Pause: time.Millisecond,
		Log: slog.New(slog.NewTextHandler(&e.log, nil)),
	}
	for _, set := range change {
		set(&options)
	}
	client, err := openai.New(options)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	e.client = client
	return e
}

func (e *endpoint) asked() []map[string]any {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]map[string]any(nil), e.bodies...)
}

// heard is what an answer was made of.
type heard struct {
	content, reasoning string
	usage              *app.Usage
	usages             int
}

func (h *heard) emit(delta llm.Delta) error {
	switch delta.Part {
	case app.PartContent:
		h.content += delta.Text
	case app.PartReasoning:
		h.reasoning += delta.Text
	}
	if delta.Usage != nil {
		h.usage = delta.Usage
		h.usages++
	}
	return nil
}

func ask(t *testing.T, client *openai.Client) (heard, error) {
	t.Helper()
	var h heard
	err := client.Stream(t.Context(), question(), h.emit)
	return h, err
}

func question() llm.Request {
	return llm.Request{Model: "m", System: "Be brief.", Messages: []llm.Message{{Role: app.MessageUser, Content: "Hi"}}}
}

func requireFailure(t *testing.T, err error, code app.Code, says string) {
	t.Helper()
	require.Error(t, err)
	failure := llm.Failure(err)
	require.Equal(t, code, failure.Code, err)
	require.Contains(t, failure.Message, says)
}

// events writes data lines, each at once.
func events(w http.ResponseWriter, payloads ...string) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, payload := range payloads {
		_, _ = fmt.Fprintf(w, "data: %s\n\n", payload)
		w.(http.Flusher).Flush()
	}
}

func says(text string) string {
	return fmt.Sprintf(`{"choices":[{"index":0,"delta":{"content":%q},"finish_reason":null}]}`, text)
}

const (
	stop  = `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
	usage = `{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}`
	done  = `[DONE]`
)

func TestStream(t *testing.T) {
	t.Parallel()

	t.Run("an answer comes piece by piece, with its usage once at the end", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.URL.Path != "/v1/chat/completions" || r.Header.Get("Authorization") != "Bearer sk-test-0123456789" {
				w.WriteHeader(http.StatusTeapot)
				return
			}
			events(w, says("Hel"), says("lo"), stop, usage, usage, done)
		})
		h, err := ask(t, e.client)
		require.NoError(t, err)
		require.Equal(t, heard{content: "Hello", usage: &app.Usage{PromptTokens: 7, CompletionTokens: 2}, usages: 1}, h)
		body := e.asked()[0]
		require.Equal(t, "m", body["model"])
		require.Equal(t, true, body["stream"])
		require.Equal(t, map[string]any{"include_usage": true}, body["stream_options"])
		require.Equal(t, []any{
			map[string]any{"role": "system", "content": "Be brief."},
			map[string]any{"role": "user", "content": "Hi"},
		}, body["messages"])
		require.NotContains(t, body, "max_tokens")
	})

	t.Run("reasoning comes under either name and only once", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			events(w,
				`{"choices":[{"delta":{"reasoning_content":"a"}}]}`,
				`{"choices":[{"delta":{"reasoning":"b"}}]}`,
				`{"choices":[{"delta":{"reasoning_content":"c","reasoning":"c"}}]}`,
				`{"choices":[{"delta":{"reasoning":{"odd":1},"content":null}}]}`,
				says("x"), done)
		})
		h, err := ask(t, e.client)
		require.NoError(t, err)
		require.Equal(t, "abc", h.reasoning)
		require.Equal(t, "x", h.content)
	})

	t.Run("comments, other fields and other line ends are fine, however many", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			_, _ = io.WriteString(w, strings.Repeat(": waiting\n\n", 2000)+"event: message\r\nid: 1\r\nretry: 5\r\ndata:"+says("a")+"\r\n\r\ndata:\n\n")
			events(w, `{"choices":[{"index":1,"delta":{"content":"another choice"}}]}`, says("b"), done)
		})
		h, err := ask(t, e.client)
		require.NoError(t, err)
		require.Equal(t, "ab", h.content)
	})

	t.Run("an end that is told but for [DONE] is an end", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			events(w, says("whole"))
			_, _ = io.WriteString(w, "data: "+stop) // not even a line end
		})
		h, err := ask(t, e.client)
		require.NoError(t, err)
		require.Equal(t, "whole", h.content)
	})

	t.Run("a usage that cannot be is worth no failure", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			events(w, `{"choices":[{"delta":{"content":"x"}}],"usage":"free"}`,
				`{"choices":[],"usage":{"prompt_tokens":-3,"completion_tokens":1e15}}`, done)
		})
		h, err := ask(t, e.client)
		require.NoError(t, err)
		require.Equal(t, &app.Usage{PromptTokens: 0, CompletionTokens: 1<<31 - 1}, h.usage)
	})

	t.Run("an error of the reader ends the request and comes back as it is", func(t *testing.T) {
		t.Parallel()
		gone := make(chan struct{})
		e := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			events(w, says("a"))
			<-r.Context().Done()
			close(gone)
		})
		full := fmt.Errorf("full")
		require.Equal(t, full, e.client.Stream(t.Context(), question(), func(llm.Delta) error { return full }))
		<-gone
		require.Len(t, e.asked(), 1)
	})

	t.Run("a context that ends ends the request at the endpoint", func(t *testing.T) {
		t.Parallel()
		gone := make(chan struct{})
		e := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			events(w, says("a"))
			<-r.Context().Done()
			close(gone)
		})
		ctx, cancel := context.WithCancel(t.Context())
		err := e.client.Stream(ctx, question(), func(llm.Delta) error { cancel(); return nil })
		require.Equal(t, context.Canceled, err)
		<-gone
	})
}

func TestContinue(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pieces []string
		want   string
	}{
		"what follows passes":                                        {[]string{" three"}, " three"},
		"the beginning told again is dropped":                        {[]string{"one ", "two", " three"}, " three"},
		"also where it ends inside a piece":                          {[]string{"one tw", "o three"}, " three"},
		"a text that only begins alike passes whole":                 {[]string{"one", " more"}, "one more"},
		"a whole answer that is only the beginning of it passes too": {[]string{"one"}, "one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				for _, piece := range test.pieces {
					events(w, says(piece))
				}
				events(w, stop, done)
			})
			request := question()
			request.Prefill = "one two"
			var h heard
			require.NoError(t, e.client.Stream(t.Context(), request, h.emit))
			require.Equal(t, test.want, h.content)
			messages := e.asked()[0]["messages"].([]any)
			require.Equal(t, map[string]any{"role": "assistant", "content": "one two"}, messages[len(messages)-1])
		})
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]openai.Options{
		"a scheme that is not http":    {BaseURL: "ftp://secret.example/v1"},
		"a file":                       {BaseURL: "file:///etc/passwd"},
		"no scheme":                    {BaseURL: "localhost:11434/v1"},
		"no host":                      {BaseURL: "http://:80/v1"},
		"a password in the address":    {BaseURL: "http://me:secret@h/v1"},
		"a query":                      {BaseURL: "http://h/v1?key=secret"},
		"nonsense":                     {BaseURL: "http://%zz/secret"},
		"a key that breaks the header": {BaseURL: "http://h/v1", Key: "secret\r\nX: y"},
	} {
		t.Run(name+" is refused without being repeated", func(t *testing.T) {
			t.Parallel()
			_, err := openai.New(options)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}
