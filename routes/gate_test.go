package routes

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/controllers"
)

// ill is a server that lacks something.
type ill string

func (i ill) Status(context.Context) (string, string) { return string(i), string(i) }
func (i ill) Arriving() bool                          { return true }

func TestGate(t *testing.T) {
	t.Parallel()
	options := Options{Log: slog.New(slog.DiscardHandler), MaxBody: 1000, Limiter: limit.New(true)}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	gate := NewGate(NewFront(t.Context(), options, controllers.NewHealthController(ill("starting"), "v1", time.Now())), listener)
	served := make(chan error, 1)
	go func() { served <- gate.Serve() }()
	base := "http://" + listener.Addr().String()

	status, text := get(t, base+"/readyz")
	require.Equal(t, 503, status)
	require.JSONEq(t, `{"status":"starting","notifications":"ok"}`, text)
	status, _ = get(t, base+"/livez")
	require.Equal(t, 200, status)
	status, text = get(t, base+"/health")
	require.Equal(t, 503, status)
	require.JSONEq(t, `{"status":"starting","version":"v1","database":"starting","uptime":0}`, text)
	status, text = get(t, base+"/api/v1/open")
	require.Equal(t, 503, status)
	require.Contains(t, text, `"code":"unavailable"`)

	gate.Open(build(t, nil).App, nil, nil)
	status, _ = get(t, base+"/api/v1/open")
	require.Equal(t, 200, status)

	t.Run("what HTTP itself refuses has our form too", func(t *testing.T) {
		for name, wire := range map[string]string{
			"a method nobody knows":  "BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
			"a body over the limit":  "POST /api/v1/open HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" + strings.Repeat("x", 1001),
			"headers over the limit": "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", headerSpace) + "\r\n\r\n",
		} {
			response := raw(t, listener.Addr().String(), wire)
			require.NotEmpty(t, response.Header.Get("X-Request-ID"), name)
			require.Equal(t, "application/json", response.Header.Get("Content-Type"), name)
			require.Contains(t, []int{404, 413}, response.StatusCode, name)
			require.NoError(t, response.Body.Close())
		}
	})

	t.Run("a connection that never says a word does not hold a shutdown up", func(t *testing.T) {
		mute, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = mute.Close() })
		status, _ := get(t, base+"/api/v1/open") // by now the mute one is taken in
		require.Equal(t, 200, status)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		require.NoError(t, gate.Shutdown(ctx))
		require.Less(t, time.Since(began), 5*time.Second)
		require.NoError(t, <-served)
		_, err = mute.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
	})
}

func TestAGateThatNeverServed(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	options := Options{Log: slog.New(slog.DiscardHandler), MaxBody: 1000, Limiter: limit.New(true)}
	gate := NewGate(NewFront(t.Context(), options, controllers.NewHealthController(ill("starting"), "v1", time.Now())), listener)
	require.NoError(t, gate.Shutdown(t.Context()))
	_, err = listener.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	_ = gate.Serve() // returns: there is nothing to accept from
}

func get(t *testing.T, target string) (int, string) {
	t.Helper()
	response, err := http.Get(target) //nolint:gosec // our own
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(text)
}

func raw(t *testing.T, address, wire string) *http.Response {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, wire)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	return response
}
