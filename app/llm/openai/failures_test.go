package openai_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/openai"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		body   string
		code   app.Code
		says   string
		tries  int
	}{
		"a wrong key":                     {401, `{"error":{"message":"Incorrect API key provided: sk-test-0123456789"}}`, app.CodeForbidden, "refused the key", 1},
		"a key without rights":            {403, `no`, app.CodeForbidden, "refused the key", 1},
		"no credit":                       {402, `{"error":{"message":"Insufficient credits"}}`, app.CodeRateLimited, "quota", 1},
		"an unknown model":                {404, `{"error":{"message":"The model 'm' does not exist","code":"model_not_found"}}`, app.CodeNotFound, "does not know this model", 1},
		"an unknown model by 400":         {400, `{"error":{"message":"m is not a valid model ID"}}`, app.CodeNotFound, "does not know this model", 1},
		"an error that is a text":         {404, `{"error":"model \"m\" not found, try pulling it first"}`, app.CodeNotFound, "does not know this model", 1},
		"a wrong path":                    {404, `404 page not found`, app.CodeNotFound, "/v1", 1},
		"too long":                        {400, `{"error":{"message":"This model's maximum context length is 8192 tokens","code":"context_length_exceeded"}}`, app.CodeTooLarge, "too long", 1},
		"too long by 500":                 {500, `{"error":{"message":"the request exceeds the available context size"}}`, app.CodeTooLarge, "too long", 1},
		"too large":                       {413, ``, app.CodeTooLarge, "too long", 1},
		"too many requests, three times":  {429, `{"error":{"message":"slow down"}}`, app.CodeRateLimited, "Wait a little", 3},
		"a quota that is used up":         {429, `{"error":{"code":"insufficient_quota"}}`, app.CodeRateLimited, "quota", 1},
		"a fault, three times":            {500, `{"error":{"message":"oops"}}`, app.CodeUnavailable, "fault of its own", 3},
		"a proxy without its server":      {502, `<html>Bad Gateway</html>`, app.CodeUnavailable, "fault of its own", 3},
		"a model that is loading":         {503, `{"error":{"message":"Loading model"}}`, app.CodeUnavailable, "fault of its own", 3},
		"something that is not liked":     {400, `{"error":{"message":"bad temperature"}}`, app.CodeInvalidInput, "did not accept", 1},
		"no content":                      {204, ``, app.CodeNotFound, "/v1", 1},
		"an event that is an error":       {200, "data: {\"error\":{\"message\":\"overloaded\",\"code\":429}}\n\n", app.CodeRateLimited, "Wait", 3},
		"an event that is an error text":  {200, "data: {\"error\":\"boom\"}\n\n", app.CodeUnavailable, "fault of its own", 3},
		"a document that is an error":     {200, `{"error":{"message":"no such model: m","code":404}}`, app.CodeNotFound, "does not know this model", 1},
		"a document that is not a stream": {200, `{"choices":[{"message":{"content":"Hi"}}]}`, app.CodeUnavailable, "could not be understood", 1},
		"a page":                          {200, "<html>\n<p>Sign in to the hotel</p>\n</html>", app.CodeUnavailable, "could not be understood", 1},
		"an event that is no JSON":        {200, "data: {malformed\n\n", app.CodeUnavailable, "could not be understood", 1},
		"an event of the wrong kind":      {200, "data: {\"choices\":[{\"delta\":{\"content\":7}}]}\n\n", app.CodeUnavailable, "could not be understood", 1},
		"a line over 1 MiB":               {200, "data: " + says(strings.Repeat("x", 1<<20)) + "\n\n", app.CodeUnavailable, "could not be understood", 1},
		"many lines that are no events":   {200, strings.Repeat("x\n", 70_000), app.CodeUnavailable, "could not be understood", 1},
		"nothing at all":                  {200, "", app.CodeUnavailable, "broke off", 3},
		"a finish for an error":           {200, "data: {\"choices\":[{\"finish_reason\":\"error\"}]}\n\ndata: [DONE]\n\n", app.CodeUnavailable, "fault of its own", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			h, err := ask(t, e.client)
			requireFailure(t, err, test.code, test.says)
			require.Empty(t, h.content)
			require.Len(t, e.asked(), test.tries)
			require.NotContains(t, err.Error()+e.log.String(), "0123456789", "the key is told to nobody")
		})
	}
}

func TestBrokenStreams(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end  func(w http.ResponseWriter)
		code app.Code
		says string
	}{
		"an end without a word":       {func(http.ResponseWriter) {}, app.CodeUnavailable, "broke off"},
		"a connection that is cut":    {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, app.CodeUnavailable, "broke off"},
		"an event that is cut":        {func(w http.ResponseWriter) { _, _ = io.WriteString(w, `data: {"cho`) }, app.CodeUnavailable, "broke off"},
		"an error in the middle":      {func(w http.ResponseWriter) { events(w, `{"error":{"message":"m","code":502}}`) }, app.CodeUnavailable, "fault of its own"},
		"an answer that is too long":  {func(w http.ResponseWriter) { events(w, `{"choices":[{"finish_reason":"length"}]}`, usage, done) }, app.CodeTooLarge, "continue"},
		"an answer that is withheld":  {func(w http.ResponseWriter) { events(w, `{"choices":[{"finish_reason":"content_filter"}]}`, done) }, app.CodeForbidden, "withheld"},
		"an error beside good chunks": {func(w http.ResponseWriter) { events(w, `{"choices":[],"error":{"code":"429"}}`) }, app.CodeRateLimited, "Wait"},
	} {
		t.Run(name+" keeps what came and is not asked again", func(t *testing.T) {
			t.Parallel()
			e := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				events(w, says("so far"))
				test.end(w)
			})
			h, err := ask(t, e.client)
			requireFailure(t, err, test.code, test.says)
			require.Equal(t, "so far", h.content)
			require.Len(t, e.asked(), 1)
		})
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()

	t.Run("a fault that passes is not noticed", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(w http.ResponseWriter, _ *http.Request, try int) {
			switch try {
			case 1:
				w.WriteHeader(http.StatusServiceUnavailable)
			case 2:
				panic(http.ErrAbortHandler)
			default:
				events(w, says("there"), done)
			}
		})
		h, err := ask(t, e.client)
		require.NoError(t, err)
		require.Equal(t, "there", h.content)
	})

	t.Run("a pause that the endpoint asks for is kept", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(w http.ResponseWriter, _ *http.Request, try int) {
			if try == 1 {
				w.Header().Set("Retry-After", "0.2")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			events(w, says("x"), done)
		})
		began := time.Now()
		_, err := ask(t, e.client)
		require.NoError(t, err)
		require.GreaterOrEqual(t, time.Since(began), 200*time.Millisecond)
	})

	t.Run("a long pause is the reader's to keep", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusTooManyRequests)
		})
		_, err := ask(t, e.client)
		requireFailure(t, err, app.CodeRateLimited, "Wait")
		require.InDelta(t, time.Hour, app.AsError(err).RetryAfter, float64(time.Minute))
		require.Len(t, e.asked(), 1)
	})

	t.Run("what an endpoint does not take is left out, and remembered", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(w http.ResponseWriter, _ *http.Request, try int) {
			switch try {
			case 1:
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, `{"error":{"message":"Unrecognized request argument: stream_options"}}`)
			case 2:
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, `{"error":{"message":"Unsupported parameter 'max_tokens', use 'max_completion_tokens'"}}`)
			default:
				events(w, says("x"), done)
			}
		})
		request := question()
		request.MaxTokens = 5
		var h heard
		require.NoError(t, e.client.Stream(t.Context(), request, h.emit))
		require.NoError(t, e.client.Stream(t.Context(), question(), h.emit))
		asked := e.asked()
		require.Len(t, asked, 4)
		require.EqualValues(t, 5, asked[1]["max_tokens"])
		require.EqualValues(t, 5, asked[2]["max_completion_tokens"])
		require.NotContains(t, asked[2], "max_tokens")
		require.NotContains(t, asked[3], "stream_options")
	})

	t.Run("a model that go-openai knows to want other words gets them", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { events(w, says("x"), done) })
		request := question()
		request.Model, request.MaxTokens = "gpt-5", 5
		require.NoError(t, e.client.Stream(t.Context(), request, new(heard).emit))
		require.EqualValues(t, 5, e.asked()[0]["max_completion_tokens"])
	})
}

func TestPatience(t *testing.T) {
	t.Parallel()
	const patience = 60 * time.Millisecond
	for name, test := range map[string]struct {
		begin func(w http.ResponseWriter)
		set   func(*openai.Options)
	}{
		"no headers": {func(http.ResponseWriter) {}, func(o *openai.Options) { o.FirstByte = patience }},
		"headers and no body": {func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
			func(o *openai.Options) { o.FirstByte = patience }},
		"a first word and no second": {func(w http.ResponseWriter) { events(w, says("a")) },
			func(o *openai.Options) { o.Between = patience }},
		"half a line": {func(w http.ResponseWriter) {
			events(w, says("a"))
			_, _ = io.WriteString(w, "data: {")
			w.(http.Flusher).Flush()
		}, func(o *openai.Options) { o.Between = patience }},
		"signs of life and no end": {func(w http.ResponseWriter) {
			for range 50 {
				_, _ = io.WriteString(w, ": still here\n\n")
				w.(http.Flusher).Flush()
				time.Sleep(patience / 20)
			}
		}, func(o *openai.Options) { o.Whole = patience }},
		"an error that never ends": {func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusInternalServerError)
			w.(http.Flusher).Flush()
		}, func(o *openai.Options) { o.FirstByte = patience }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gone := make(chan struct{})
			e := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				test.begin(w)
				<-r.Context().Done()
				close(gone)
			}, test.set)
			_, err := ask(t, e.client)
			requireFailure(t, err, app.CodeUnavailable, "too long to answer")
			<-gone
			require.Len(t, e.asked(), 1, "waiting is not done three times")
		})
	}

	t.Run("a slow reader is not the endpoint's fault", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { events(w, says("a"), says("b"), done) },
			func(o *openai.Options) { o.Between = patience })
		var h heard
		require.NoError(t, e.client.Stream(t.Context(), question(), func(delta llm.Delta) error {
			time.Sleep(2 * patience)
			return h.emit(delta)
		}))
		require.Equal(t, "ab", h.content)
	})
}

func TestTransport(t *testing.T) {
	t.Parallel()

	t.Run("a redirect is not followed", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		})
		_, err := ask(t, e.client)
		requireFailure(t, err, app.CodeUnavailable, "another address")
		require.Len(t, e.asked(), 1)
	})

	t.Run("headers over 32 KiB are not read", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("X-Large", strings.Repeat("x", 40<<10))
			events(w, says("x"), done)
		})
		_, err := ask(t, e.client)
		requireFailure(t, err, app.CodeUnavailable, "could not be understood")
	})

	t.Run("something that speaks no HTTP is not understood", func(t *testing.T) {
		t.Parallel()
		_, err := ask(t, dial(t, plain(t, "SSH-2.0-OpenSSH_9.2\r\n")))
		requireFailure(t, err, app.CodeUnavailable, "could not be understood")
	})

	t.Run("a port where nobody listens is unreachable", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, listener.Close())
		_, err = ask(t, dial(t, "http://"+listener.Addr().String()))
		requireFailure(t, err, app.CodeUnavailable, "cannot be reached")
	})

	for _, host := range []string{"169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "224.0.0.1", "0.0.0.0", "[::]"} {
		t.Run("nothing is dialled at "+host, func(t *testing.T) {
			t.Parallel()
			client := dial(t, fmt.Sprintf("http://%s:9/v1", host))
			_, err := ask(t, client)
			requireFailure(t, err, app.CodeUnavailable, "may not be used")
			_, err = client.ListModels(t.Context())
			requireFailure(t, err, app.CodeUnavailable, "may not be used")
		})
	}

	t.Run("the log has the body, cut and without keys", func(t *testing.T) {
		t.Parallel()
		e := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `wrong sk-test-0123456789, Bearer abcdef, "api_key":"hush", sk-other-key-99 `+strings.Repeat("y", 5000))
		})
		_, err := ask(t, e.client)
		require.Error(t, err)
		logged := e.log.String()
		require.Contains(t, logged, "status=401")
		require.Contains(t, logged, "wrong ***")
		for _, secret := range []string{"0123456789", "abcdef", "hush", "other-key"} {
			require.NotContains(t, logged, secret)
			require.NotContains(t, err.Error(), secret)
		}
		require.Less(t, len(logged), 2500)
	})
}

func dial(t *testing.T, base string) *openai.Client {
	t.Helper()
	client, err := openai.New(openai.Options{BaseURL: base, Pause: time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// plain answers every request with these bytes and hangs up.
func plain(t *testing.T, greeting string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	t.Cleanup(func() { _ = listener.Close(); <-done })
	go func() {
		defer close(done)
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			// Hanging up on a request that was not read would reset the connection.
			if request, err := http.ReadRequest(bufio.NewReader(connection)); err == nil {
				_, _ = io.Copy(io.Discard, request.Body)
			}
			_, _ = io.WriteString(connection, greeting)
			_ = connection.Close()
		}
	}()
	return "http://" + listener.Addr().String()
}
