package openai_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/openai"
)

// listening is a server that answers every request so.
func listening(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

func prints(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, text) }
}

func TestProbe(t *testing.T) {
	t.Parallel()
	// A busy machine may take longer than what is looked at deserves.
	probe := openai.Probe(time.Minute)
	const good = `{"object":"list","data":[{"id":"llama3.2","object":"model"},{"id":"qwen3","max_model_len":32768}]}`
	t.Run("finds what lists models, and tells no key to it", func(t *testing.T) {
		t.Parallel()
		asked := make(chan *http.Request, 1)
		models, err := probe(t.Context(), listening(t, func(w http.ResponseWriter, r *http.Request) {
			asked <- r
			prints(good)(w, r)
		}))
		require.NoError(t, err)
		require.Equal(t, []llm.Listing{{Name: "llama3.2"}, {Name: "qwen3", ContextSize: 32768}}, models)
		request := <-asked
		require.Equal(t, "GET /v1/models", request.Method+" "+request.URL.String())
		require.Empty(t, request.Header.Get("Authorization"))
		require.Empty(t, request.Header.Get("Cookie"))
	})
	t.Run("finds an endpoint that has no model yet", func(t *testing.T) {
		t.Parallel()
		for _, list := range []string{`{"object":"list","data":null}`, `{"object":"list","data":[]}`} {
			models, err := probe(t.Context(), listening(t, prints(list)))
			require.NoError(t, err, list)
			require.Empty(t, models)
		}
	})
	t.Run("takes nothing else for an endpoint", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{
			"", "hello", "<!doctype html><title>Jenkins</title>", "[]", "{}", "null", `{"object":"list"}`, `{"data":[{"id":"x"}]}`,
			`{"object":"list","data":{}}`, `{"object":"list","data":[{"name":"x"}]}`, `{"object":"list","data":["x"]}`, good[:len(good)-1],
		} {
			_, err := probe(t.Context(), listening(t, prints(text)))
			require.Equal(t, llm.MissOther, err, text)
		}
		_, err := probe(t.Context(), listening(t, http.NotFound))
		require.Equal(t, llm.MissOther, err)
	})
	t.Run("says that a key is wanted", func(t *testing.T) {
		t.Parallel()
		_, err := probe(t.Context(), listening(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
		require.Equal(t, llm.MissLocked, err)
	})
	t.Run("follows nobody", func(t *testing.T) {
		t.Parallel()
		elsewhere := listening(t, func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
		_, err := probe(t.Context(), listening(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere+"/models", http.StatusFound)
		}))
		require.Equal(t, llm.MissElsewhere, err)
	})
	t.Run("waits 300 ms, for the first byte and for the last", func(t *testing.T) {
		t.Parallel()
		for _, begun := range []bool{false, true} {
			address := listening(t, func(w http.ResponseWriter, r *http.Request) {
				if begun {
					prints(`{"object":`)(w, r)
					_ = http.NewResponseController(w).Flush()
				}
				<-r.Context().Done()
			})
			before := time.Now()
			_, err := openai.Probe(openai.ProbeTime)(t.Context(), address)
			require.Equal(t, llm.MissSlow, err)
			require.Less(t, time.Since(before), 5*time.Second)
		}
	})
	t.Run("reads 1 MiB", func(t *testing.T) {
		t.Parallel()
		padding := strings.Repeat(" ", 1<<20-len(good))
		models, err := probe(t.Context(), listening(t, prints(good+padding)))
		require.NoError(t, err)
		require.Len(t, models, 2)
		_, err = probe(t.Context(), listening(t, prints(good+padding+" ")))
		require.Equal(t, llm.MissLarge, err)
	})
	t.Run("says that nothing listens", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		address := "http://" + listener.Addr().String() + "/v1"
		require.NoError(t, listener.Close())
		_, err = probe(t.Context(), address)
		require.Equal(t, llm.MissRefused, err)
	})
	t.Run("says that what listens does not speak HTTP", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Write([]byte("220 mail.example.org ESMTP\r\n"))
				_ = conn.Close()
			}
		}()
		_, err = probe(t.Context(), "http://"+listener.Addr().String()+"/v1")
		require.Equal(t, llm.MissOther, err)
	})
	t.Run("ends with who asked", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := probe(ctx, listening(t, prints(good)))
		require.ErrorIs(t, err, context.Canceled)
	})
}
