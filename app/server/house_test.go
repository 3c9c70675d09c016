package server_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/server"
	"github.com/quillium/quillium/repositories/pgtest"
)

// house is one server that is started by hand, and what it says.
type house struct {
	variables map[string]string
	out, log  lockedBuffer
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func newHouse(t *testing.T, env ...string) *house {
	t.Helper()
	h := &house{variables: map[string]string{
		"DATABASE_URL": pgtest.Empty(t), "PORT": "0", "QUILLIUM_DATA": t.TempDir(), "DRAIN_TIMEOUT": "0s",
		"JWT_SECRET": strings.Repeat("j", 32), "ENCRYPTION_KEY": strings.Repeat("e", 32),
	}}
	for i := 0; i+1 < len(env); i += 2 {
		h.variables[env[i]] = env[i+1]
	}
	return h
}

func (h *house) settings(t *testing.T) (config.Config, server.Options) {
	t.Helper()
	c, err := config.Load(func(name string) (string, bool) {
		value, found := h.variables[name]
		return value, found
	})
	require.NoError(t, err)
	return c, server.Options{Log: slog.New(slog.NewTextHandler(&h.log, nil)), Out: &h.out, Version: "v1.2.3"}
}

// start runs a server until the test ends or stop is called.
func (h *house) start(t *testing.T) (s *server.Server, stop func()) {
	t.Helper()
	c, options := h.settings(t)
	s, err := server.New(t.Context(), c, options)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			require.NoError(t, <-ended)
		})
	}
	t.Cleanup(stop)
	return s, stop
}

func (h *house) desk(t *testing.T) *server.Desk {
	t.Helper()
	c, options := h.settings(t)
	desk, err := server.OpenDesk(t.Context(), c, options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, desk.Close()) })
	return desk
}

// call asks a server and gives status and body; who may be an access token.
func call(t *testing.T, s *server.Server, method, path, body, who string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	if who != "" {
		request.Header.Set("Authorization", "Bearer "+who)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(text)
}

var setupLink = regexp.MustCompile(`/setup#(\S{43})`)

func TestAStart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s, stop := h.start(t)
	status, text := call(t, s, "GET", "/readyz", "", "")
	require.Equal(t, 200, status, text)

	t.Run("says version, place, address and, while there is no administrator, the set-up link", func(t *testing.T) {
		require.Eventually(t, func() bool { return setupLink.MatchString(h.out.String()) }, 5*time.Second, time.Millisecond)
		require.Contains(t, h.out.String(), "v1.2.3")
		require.Contains(t, h.out.String(), s.URL())
		require.NotContains(t, h.log.String(), setupLink.FindStringSubmatch(h.out.String())[1], "a secret has no place in a log")
	})
	t.Run("the link makes the first administrator, and the next start prints none", func(t *testing.T) {
		token := setupLink.FindStringSubmatch(h.out.String())[1]
		status, text := call(t, s, "POST", "/api/v1/auth/register", `{"email":"ada@example.org","password":"correct horse battery","name":"Ada","setup_token":"`+token+`"}`, "")
		require.Equal(t, 201, status, text)
		require.Contains(t, text, `"role":"admin"`)
		stop()
		h.out = lockedBuffer{}
		h.start(t)
		require.Eventually(t, func() bool { return strings.Contains(h.out.String(), "open") }, 5*time.Second, time.Millisecond)
		require.NotContains(t, h.out.String(), "setup#")
	})
	t.Run("after a stop nobody listens any more", func(t *testing.T) {
		_, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Addr().String())
		require.Error(t, err)
		require.NoError(t, s.Close(), "closing again is nothing")
	})
}

func TestADatabaseOfOurOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "DATABASE_URL", "", "JWT_SECRET", "", "ENCRYPTION_KEY", "")
	s, stop := h.start(t)
	status, text := call(t, s, "POST", "/api/v1/auth/register", `{"email":"ada@example.org","password":"correct horse battery","name":"Ada"}`, "")
	require.Equal(t, 201, status, text)
	t.Run("a command works beside the server", func(t *testing.T) {
		desk := h.desk(t)
		require.NoError(t, desk.Promote(t.Context(), "ada@example.org"))
	})
	t.Run("a second server on the same folder refuses", func(t *testing.T) {
		c, options := h.settings(t)
		_, err := server.New(t.Context(), c, options)
		require.ErrorContains(t, err, "already running")
	})
	t.Run("the next start finds everything", func(t *testing.T) {
		stop()
		again, _ := h.start(t)
		status, text := call(t, again, "POST", "/api/v1/auth/login", `{"email":"ada@example.org","password":"correct horse battery"}`, "")
		require.Equal(t, 200, status, text)
		require.Contains(t, text, `"role":"admin"`)
	})
	t.Run("and a command alone, too", func(t *testing.T) {
		other := newHouse(t, "DATABASE_URL", "", "JWT_SECRET", "", "ENCRYPTION_KEY", "")
		link, err := other.desk(t).SetupLink(t.Context())
		require.NoError(t, err)
		require.Contains(t, link, "/setup#")
	})
}

func TestAStartThatFails(t *testing.T) {
	t.Parallel()
	t.Run("a database that is not there is told, and the port given back", func(t *testing.T) {
		t.Parallel()
		port := freePort(t)
		h := newHouse(t, "DATABASE_URL", "postgres://nobody:hunter2@127.0.0.1:1/none", "PORT", port)
		c, options := h.settings(t)
		_, err := server.New(t.Context(), c, options)
		require.EqualError(t, err, "The database cannot be reached: nothing listens there. Start what should listen, or correct the address; "+
			"inside a container 127.0.0.1 is the container itself. (127.0.0.1:1 (127.0.0.1): dial error: dial tcp 127.0.0.1:1: connect: connection refused)")
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:"+port)
		require.NoError(t, err)
		require.NoError(t, listener.Close())
	})
	t.Run("a port that is taken is told", func(t *testing.T) {
		t.Parallel()
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = listener.Close() })
		_, port, err := net.SplitHostPort(listener.Addr().String())
		require.NoError(t, err)
		c, options := newHouse(t, "PORT", port).settings(t)
		_, err = server.New(t.Context(), c, options)
		require.EqualError(t, err, "Port "+port+" is taken, by another program or by a Quillium that runs already. Stop that one, or set PORT to another port. "+
			"(listen tcp 127.0.0.1:"+port+": bind: address already in use)")
	})
	t.Run("an ordinary account with the address of ADMIN_EMAIL stops the start", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		s, stop := h.start(t)
		status, _ := call(t, s, "POST", "/api/v1/auth/register", `{"email":"ada@example.org","password":"correct horse battery","name":"Ada"}`, "")
		require.Equal(t, 201, status)
		stop()
		h.variables["ADMIN_EMAIL"], h.variables["ADMIN_PASSWORD"] = "ada@example.org", "another long one"
		c, options := h.settings(t)
		_, err := server.New(t.Context(), c, options)
		require.ErrorContains(t, err, "ADMIN_EMAIL")
	})
}

// freePort is one that was free a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return port
}

func TestWhileStarting(t *testing.T) {
	t.Parallel()
	// A database that takes the call and never says a word.
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = silent.Close() })
	h := newHouse(t, "DATABASE_URL", "postgres://u@"+silent.Addr().String()+"/d?sslmode=disable", "PORT", freePort(t))
	c, options := h.settings(t)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := server.New(ctx, c, options)
		failed <- err
	}()
	for path, want := range map[string]int{"/readyz": 503, "/health": 503, "/livez": 200, "/": 503, "/api/v1/chats": 503} {
		require.Eventually(t, func() bool {
			response, err := http.Get("http://" + c.Address() + path) //nolint:gosec // our own
			if err != nil {
				return false
			}
			_ = response.Body.Close()
			return response.StatusCode == want
		}, 5*time.Second, 5*time.Millisecond, path)
	}
	cancel()
	require.Error(t, <-failed)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	address := "127.0.0.1:" + freePort(t)
	h := newHouse(t, "ENABLE_METRICS", "true", "METRICS_ADDR", address)
	s, _ := h.start(t)
	status, _ := call(t, s, "GET", "/metrics", "", "")
	require.Equal(t, 404, status, "never on the public port")
	response, err := http.Get("http://" + address + "/metrics") //nolint:gosec // our own
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Contains(t, string(text), `quillium_request_seconds_count{method="GET",route="",status="404"} 1`)
	require.Contains(t, string(text), "quillium_sockets 0")
	require.Contains(t, string(text), "go_goroutines")
}

var oneTimeLink = regexp.MustCompile(`^http://127\.0\.0\.1:\d+/(setup|reset)#(\S{43})$`)

func TestDesk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s, _ := h.start(t)
	desk := h.desk(t)

	t.Run("a set-up link can be had again while there is no administrator", func(t *testing.T) {
		link, err := desk.SetupLink(t.Context())
		require.NoError(t, err)
		require.Regexp(t, oneTimeLink, link)
		require.Contains(t, link, s.URL()+"/", "it leads to the server that runs, whatever its port")
	})
	t.Run("an administrator is made, and sets his own password by a link", func(t *testing.T) {
		link, err := desk.CreateAdmin(t.Context(), "root@example.org", "Root", "")
		require.NoError(t, err)
		token := oneTimeLink.FindStringSubmatch(link)[2]
		status, text := call(t, s, "POST", "/api/v1/auth/reset", `{"token":"`+token+`","new_password":"correct horse battery"}`, "")
		require.Equal(t, 204, status, text)
		status, text = call(t, s, "POST", "/api/v1/auth/login", `{"email":"root@example.org","password":"correct horse battery"}`, "")
		require.Equal(t, 200, status, text)
		require.Contains(t, text, `"role":"admin"`)
	})
	t.Run("with an administrator there are no set-up links, and no address twice", func(t *testing.T) {
		_, err := desk.SetupLink(t.Context())
		require.EqualError(t, err, "Quillium has an administrator already.")
		link, err := desk.CreateAdmin(t.Context(), "root@example.org", "Root", "another long one")
		require.EqualError(t, err, "There is an account with this e-mail address already. To make it an administrator: quillium admin promote root@example.org")
		require.Empty(t, link)
	})
	t.Run("the last administrator cannot be disabled", func(t *testing.T) {
		require.ErrorContains(t, desk.SetStatus(t.Context(), "root@example.org", app.UserDisabled), "last active administrator")
	})
	t.Run("somebody who is disabled is out within a second, and may come back", func(t *testing.T) {
		_, text := call(t, s, "POST", "/api/v1/auth/register", `{"email":"eve@example.org","password":"correct horse battery","name":"Eve"}`, "")
		token := regexp.MustCompile(`"access_token":"([^"]+)"`).FindStringSubmatch(text)[1]
		require.NoError(t, desk.Promote(t.Context(), "eve@example.org"))
		require.NoError(t, desk.SetStatus(t.Context(), "EVE@example.org", app.UserDisabled))
		require.Eventually(t, func() bool {
			status, _ := call(t, s, "GET", "/api/v1/users/me", "", token)
			return status == 401
		}, 1500*time.Millisecond, 20*time.Millisecond)
		require.NoError(t, desk.SetStatus(t.Context(), "eve@example.org", app.UserActive))
		status, _ := call(t, s, "POST", "/api/v1/auth/login", `{"email":"eve@example.org","password":"correct horse battery"}`, "")
		require.Equal(t, 200, status)
	})
	t.Run("nobody of an unknown address is promoted", func(t *testing.T) {
		require.ErrorContains(t, desk.Promote(t.Context(), "nobody@example.org"), "There is no account")
	})
}

func TestAnotherEncryptionKey(t *testing.T) {
	t.Parallel()
	first, second := strings.Repeat("e", 32), strings.Repeat("f", 32)
	h := newHouse(t, "ENCRYPTION_KEY", first)
	_, stop := h.start(t)
	stop()
	require.NotContains(t, h.log.String(), "ENCRYPTION_KEY")

	h.variables["ENCRYPTION_KEY"], h.variables["ENCRYPTION_KEY_PREVIOUS"] = second, first
	_, stop = h.start(t)
	stop()
	require.Contains(t, h.log.String(), "quillium rekey")

	h.log = lockedBuffer{}
	desk := h.desk(t)
	sealed, lost, err := desk.Rekey(t.Context())
	require.NoError(t, err)
	require.Zero(t, sealed+lost)
	delete(h.variables, "ENCRYPTION_KEY_PREVIOUS")
	_, stop = h.start(t)
	stop()
	require.NotContains(t, h.log.String(), "ENCRYPTION_KEY")

	h.variables["ENCRYPTION_KEY"] = strings.Repeat("g", 32)
	_, stop = h.start(t)
	stop()
	require.Contains(t, h.log.String(), "enter them again")
}
