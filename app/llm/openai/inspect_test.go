package openai_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/llmtest"
	"github.com/quillium/quillium/app/llm/openai"
)

// first picks the first model of a list, or the one that is always there.
func first(list []llm.Listing) string {
	if len(list) == 0 {
		return "by-hand"
	}
	return list[0].Name
}

// inspect tries an address and tells of each step its state and its text.
func inspect(t *testing.T, ctx context.Context, address, key string) (map[string]app.StepState, map[string]string) {
	t.Helper()
	steps, err := openai.Inspect(ctx, openai.Options{BaseURL: address, Key: key, Pause: time.Millisecond}, first)
	require.NoError(t, err)
	states, texts := map[string]app.StepState{}, map[string]string{}
	var order []string
	for _, step := range steps {
		states[step.Name], texts[step.Name] = step.State, step.Text
		order = append(order, step.Name)
		require.Regexp(t, `^[A-Za-z0-9].*[.?]$`, step.Text)
		if key != "" {
			require.NotContains(t, step.Text, key)
		}
	}
	require.Equal(t, []string{"resolve", "connect", "tls", "status", "key", "models", "answer"}[:len(order)], order)
	return states, texts
}

// shop is an endpoint with a list of models that answers, or what is asked of
// it instead.
func shop(t *testing.T, list http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", list)
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Authorization"), "wrong") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		events(w, says("Hello"), stop, done)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const goodList = `{"object":"list","data":[{"id":"a"},{"id":"b"},{"id":"c"},{"id":"d"}]}`

func TestInspect(t *testing.T) {
	t.Parallel()

	t.Run("an endpoint that is well", func(t *testing.T) {
		t.Parallel()
		states, texts := inspect(t, t.Context(), shop(t, answers(200, goodList)), "sk-test-0123456789")
		require.Equal(t, map[string]app.StepState{
			"resolve": app.StepSkipped, "connect": app.StepPassed, "tls": app.StepSkipped,
			"status": app.StepPassed, "key": app.StepPassed, "models": app.StepPassed, "answer": app.StepPassed,
		}, states)
		require.Equal(t, "4 models, among them a, b, c.", texts["models"])
		require.Regexp(t, `^a began to answer after \d+ ms\.$`, texts["answer"])
	})

	t.Run("one that somebody else wrote", func(t *testing.T) {
		t.Parallel()
		states, _ := inspect(t, t.Context(), strings.Replace(llmtest.Aimock(t), "127.0.0.1", "localhost", 1)+"/v1", "")
		require.Equal(t, app.StepPassed, states["resolve"])
		require.Equal(t, app.StepPassed, states["status"])
		require.Equal(t, app.StepPassed, states["models"])
	})

	t.Run("a key that is refused only when a model is asked", func(t *testing.T) {
		t.Parallel()
		states, texts := inspect(t, t.Context(), shop(t, answers(200, goodList)), "wrong-key")
		require.Equal(t, app.StepPassed, states["key"])
		require.Equal(t, app.StepFailed, states["answer"])
		require.Contains(t, texts["answer"], "refused the key")
	})

	for name, test := range map[string]struct {
		status int
		body   string
		key    string
		step   string
		says   string
	}{
		"a key that is refused":           {401, `{"error":"k"}`, "k-123", "key", "refused the key"},
		"a key that is wanted":            {403, ``, "", "key", "none was sent"},
		"a fault of its own":              {500, `secret text`, "", "status", "status 500"},
		"a redirect":                      {302, ``, "", "status", "another address"},
		"too many requests":               {429, ``, "", "status", "too many requests"},
		"a web page":                      {200, "\n<!doctype html><p>Hello", "", "models", "web page"},
		"something that is no list":       {200, "secret text", "", "models", "no list of models"},
		"an empty list":                   {200, `{"data":[]}`, "", "models", "empty"},
		"a list that has no end to speak": {200, strings.Repeat("x", 2<<20), "", "status", "could not be understood"},
	} {
		t.Run(name+" ends it there, and nothing of the answer is repeated", func(t *testing.T) {
			t.Parallel()
			states, texts := inspect(t, t.Context(), shop(t, answers(test.status, test.body)), test.key)
			require.Equal(t, app.StepFailed, states[test.step])
			require.Contains(t, texts[test.step], test.says)
			require.Empty(t, states["answer"])
			for _, text := range texts {
				require.NotContains(t, text, "secret")
			}
		})
	}

	t.Run("without a list a model that is known by name is asked", func(t *testing.T) {
		t.Parallel()
		states, texts := inspect(t, t.Context(), shop(t, answers(404, "")), "")
		require.Equal(t, app.StepSkipped, states["models"])
		require.Contains(t, texts["status"], "often ends in /v1")
		require.Contains(t, texts["answer"], "by-hand began")
	})

	t.Run("a port where nobody listens", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, listener.Close())
		states, texts := inspect(t, t.Context(), "http://"+listener.Addr().String()+"/v1", "")
		require.Equal(t, app.StepFailed, states["connect"])
		require.Contains(t, texts["connect"], "Nothing listens on port")
		require.Empty(t, texts["status"])
	})

	t.Run("a name that nobody has", func(t *testing.T) {
		t.Parallel()
		states, texts := inspect(t, t.Context(), "https://no-such-host.invalid/v1", "")
		require.Equal(t, app.StepFailed, states["resolve"])
		require.Contains(t, texts["resolve"], "no-such-host.invalid")
	})

	for _, host := range []string{"169.254.169.254", "[::]", "[::ffff:169.254.169.254]", "100.100.100.200"} {
		t.Run("nothing is sent to "+host, func(t *testing.T) {
			t.Parallel()
			states, texts := inspect(t, t.Context(), "http://"+host+"/v1", "")
			require.Equal(t, app.StepFailed, states["resolve"])
			require.Contains(t, texts["resolve"], "No model may be at")
			require.Empty(t, states["connect"])
		})
	}

	t.Run("one that hangs is given up", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		address := shop(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		states, texts := inspect(t, ctx, address, "")
		require.Equal(t, app.StepFailed, states["status"])
		require.Equal(t, "No answer came in time.", texts["status"])
	})

	t.Run("an address that is none is an error", func(t *testing.T) {
		t.Parallel()
		_, err := openai.Inspect(t.Context(), openai.Options{BaseURL: "gopher://x"}, first)
		require.Error(t, err)
	})
}

func TestInspectTLS(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		names []string
		ends  time.Time
		says  string
	}{
		"a certificate of nobody":           {[]string{"localhost"}, time.Now().Add(time.Hour), "signed by nobody"},
		"a certificate that ran out":        {[]string{"localhost"}, time.Now().Add(-time.Hour), "to " + time.Now().Add(-time.Hour).UTC().Format("2 January 2006") + " only"},
		"a certificate for another":         {[]string{"shop.example"}, time.Now().Add(time.Hour), "not for localhost but for shop.example."},
		"a certificate with names to shout": {[]string{"<b>now</b>"}, time.Now().Add(time.Hour), "not for localhost."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			states, texts := inspect(t, t.Context(), secured(t, certificate(t, test.ends, test.names...)), "sk-123")
			require.Equal(t, app.StepFailed, states["tls"])
			require.Contains(t, texts["tls"], test.says)
			require.Empty(t, states["status"])
		})
	}

	t.Run("https where there is none", func(t *testing.T) {
		t.Parallel()
		address := shop(t, answers(200, goodList))
		states, texts := inspect(t, t.Context(), strings.Replace(address, "http:", "https:", 1), "sk-123")
		require.Equal(t, app.StepFailed, states["tls"])
		require.Contains(t, texts["tls"], "no TLS")
	})

	t.Run("a side that hangs in the handshake is given up", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = listener.Close() })
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		states, texts := inspect(t, ctx, "https://"+listener.Addr().String(), "")
		require.Equal(t, app.StepFailed, states["tls"])
		require.Contains(t, texts["tls"], "in time")
	})
}

// secured is a TLS server on this machine with this certificate.
func secured(t *testing.T, with tls.Certificate) string {
	t.Helper()
	server := httptest.NewUnstartedServer(answers(200, goodList))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{with}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	return fmt.Sprintf("https://localhost:%s/v1", port)
}

func certificate(t *testing.T, ends time.Time, names ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: names, NotBefore: ends.Add(-2 * time.Hour), NotAfter: ends}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}
