package controllers

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

func TestSocketCloses(t *testing.T) {
	t.Parallel()
	h := open(t, SocketOptions{})
	for name, try := range map[string]struct {
		kind  int
		frame []byte
		code  int
	}{
		"a binary frame":         {websocket.BinaryMessage, []byte(`{"type":"ping"}`), 1003},
		"bytes that are no text": {websocket.TextMessage, []byte("{\"type\":\"\xff\"}"), 1007},
		"no JSON":                {websocket.TextMessage, []byte("hello"), 1007},
		"JSON but no object":     {websocket.TextMessage, []byte("[1]"), 1007},
		"an empty frame":         {websocket.TextMessage, nil, 1007},
		"a frame too large":      {websocket.TextMessage, bytes.Repeat([]byte(" "), 6*frameSize+4<<10+1), 1009},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := h.enter(t, name)
			require.NoError(t, p.conn.WriteMessage(try.kind, try.frame))
			code, _ := p.closes()
			require.Equal(t, try.code, code)
		})
	}
	t.Run("a frame just small enough is read", func(t *testing.T) {
		t.Parallel()
		p := h.enter(t, "just")
		line := `{"type":"ping","id":"p"}`
		p.send(line + strings.Repeat(" ", 6*frameSize+4<<10-len(line)))
		require.Equal(t, "pong p", p.says())
	})
	t.Run("too many sockets of one user", func(t *testing.T) {
		t.Parallel()
		for range socketsPerUser {
			h.enter(t, "many")
		}
		p := h.dial(t, "many")
		code, _ := p.closes()
		require.Equal(t, 4009, code)
		require.Empty(t, p.lines, "not even a welcome")
	})
	for why, want := range map[app.EndReason]int{app.EndSignedOut: 4001, app.EndDisabled: 4003} {
		t.Run("a session that ends: "+string(why), func(t *testing.T) {
			t.Parallel()
			user := "ends " + string(why)
			p, other := h.enter(t, user), h.enter(t, "stays "+string(why))
			h.hub.SessionEnded(why, app.SessionID("session of "+user))
			code, _ := p.closes()
			require.Equal(t, want, code)
			other.send(`{"type":"ping","id":"p"}`)
			require.Equal(t, "pong p", other.says())
		})
		t.Run("a session that ended between upgrade and registration: "+string(why), func(t *testing.T) {
			t.Parallel()
			h := open(t, SocketOptions{})
			h.over = func() (map[app.SessionID]app.EndReason, error) {
				return map[app.SessionID]app.EndReason{"session of ada": why}, nil
			}
			code, _ := h.dial(t, "ada").closes()
			require.Equal(t, want, code)
		})
	}
	t.Run("a check of the session that fails closes nobody", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		h.over = func() (map[app.SessionID]app.EndReason, error) { return nil, app.ErrUnavailable }
		p := h.enter(t, "ada")
		p.send(`{"type":"ping","id":"p"}`)
		require.Equal(t, "pong p", p.says())
	})
	t.Run("silence", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{Heartbeat: 20 * time.Millisecond})
		code, _ := h.dial(t, "ada").closes()
		require.Equal(t, 4005, code)
	})
	t.Run("pings of either kind are no silence", func(t *testing.T) {
		t.Parallel()
		const beat = 200 * time.Millisecond
		h := open(t, SocketOptions{Heartbeat: beat})
		one, two := h.enter(t, "one"), h.enter(t, "two")
		for range 8 {
			<-time.After(beat / 2)
			one.send(`{"type":"ping","id":"p"}`)
			require.NoError(t, two.conn.WriteMessage(websocket.PingMessage, nil))
			require.Equal(t, "pong p", one.says())
		}
		two.send(`{"type":"ping","id":"p"}`)
		require.Equal(t, "pong p", two.says())
	})
	t.Run("a server that goes away says when to come back", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		p := h.enter(t, "ada")
		h.hub.Drain(t.Context(), 0)
		code, reason := p.closes()
		require.Equal(t, 1001, code)
		require.Regexp(t, `^[0-9]+$`, reason)
		code, _ = h.dial(t, "late").closes()
		require.Equal(t, 1001, code)
	})
	t.Run("a client that does not read", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		p := h.enter(t, "slow")
		p.send(subscribe("s"))
		require.Equal(t, "subscribed s", p.says())
		text := strings.Repeat("x", realtime.MaxBytes/2)
		// Nobody reads at the other end: what the kernel holds is soon full.
		require.Eventually(t, func() bool {
			h.change(text)
			return h.empty()
		}, patience, time.Millisecond)
	})
}

func TestSocketClosesUnderWork(t *testing.T) {
	t.Parallel()
	t.Run("a message that was taken is stored, though its sender has gone", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		release, stored := make(chan struct{}), make(chan error, 1)
		h.submit = func(string) (func(context.Context) (app.Message, error), error) {
			return func(ctx context.Context) (app.Message, error) {
				<-release
				stored <- ctx.Err()
				return app.Message{}, nil
			}, nil
		}
		p := h.enter(t, "ada")
		p.send(message("1", "last words"))
		require.Eventually(t, func() bool { return len(h.called()) == 1 }, patience, time.Millisecond)
		require.NoError(t, p.conn.Close())
		close(release)
		require.NoError(t, <-stored)
	})
	t.Run("what was acknowledged is said before the goodbye", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		p := h.enter(t, "ada")
		p.send(message("1", "hello"))
		require.Equal(t, "ack 1", p.says())
		p.send(subscribe("2"))
		require.Equal(t, "subscribed 2", p.says())
		for range 50 {
			h.change("")
		}
		h.hub.SessionEnded(app.EndSignedOut, "session of ada")
		for range 50 {
			require.Equal(t, "changes", p.says())
		}
		code, _ := p.closes()
		require.Equal(t, 4001, code)
	})
	t.Run("a client in the middle of sending still hears the goodbye", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{Unlimited: true})
		for n := range 20 {
			user := fmt.Sprint("user ", n)
			p := h.enter(t, user)
			var sending sync.WaitGroup
			sending.Go(func() {
				for p.conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"sing"}`)) == nil {
					// Until the goodbye was answered: nothing can be sent after that.
				}
			})
			require.Equal(t, "error invalid_input", p.says())
			h.hub.SessionEnded(app.EndSignedOut, app.SessionID("session of "+user))
			code, _ := p.closes()
			require.Equal(t, 4001, code)
			sending.Wait()
		}
	})
	t.Run("a client that never answers the goodbye is left all the same", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		p := h.enter(t, "rude")
		p.conn.SetCloseHandler(func(int, string) error { return nil })
		h.hub.SessionEnded(app.EndSignedOut, "session of rude")
		code, _ := p.closes()
		require.Equal(t, 4001, code)
		require.Eventually(t, h.empty, patience, time.Millisecond)
	})
	t.Run("what waits to be done is not done for a session that ended", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		release := make(chan struct{})
		h.submit = func(content string) (func(context.Context) (app.Message, error), error) {
			return func(context.Context) (app.Message, error) { <-release; return app.Message{}, nil }, nil
		}
		p := h.enter(t, "ada")
		p.send(message("1", "before"), inRoom("stop", "2", `,"message_id":"`+string(answerID)+`"`), message("3", "after"))
		require.Eventually(t, func() bool { return len(h.called()) == 1 }, patience, time.Millisecond)
		h.hub.SessionEnded(app.EndSignedOut, "session of ada")
		code, _ := p.closes()
		require.Equal(t, 4001, code)
		close(release)
		require.Eventually(t, h.empty, patience, time.Millisecond)
		require.NotContains(t, h.called(), "submit after")
	})
}

// Many sockets, opened, used, cut and closed from both ends at random, while
// their room is as loud as can be: the race detector watches that nobody
// writes to a connection that is somebody else's by then, and each client that
// it is told nothing but its own.
func TestSocketsComeAndGo(t *testing.T) {
	t.Parallel()
	h := open(t, SocketOptions{Unlimited: true})
	ended := make(chan struct{})
	var loud sync.WaitGroup
	loud.Go(func() {
		text := strings.Repeat("x", 64<<10)
		for {
			select {
			case <-ended:
				return
			case <-time.After(200 * time.Microsecond):
				h.change(text)
			}
		}
	})
	var users sync.WaitGroup
	for n := range 8 {
		users.Go(func() {
			for round := range 25 {
				visit(t, h, fmt.Sprintf("user %d.%d", n, round))
			}
		})
	}
	users.Wait()
	close(ended)
	loud.Wait()
	require.Eventually(t, h.empty, patience, time.Millisecond)
}

// visit is one short life of a socket.
func visit(t *testing.T, h *house, user string) {
	p := h.dial(t, user)
	e, err := p.hear()
	if err != nil || !strings.Contains(string(e.Data), `"`+user+`"`) {
		t.Errorf("%s is welcomed with %s, %v", user, e.Data, err)
		return
	}
	_ = p.conn.WriteMessage(websocket.TextMessage, []byte(subscribe("s")+"\n"+message("m", user)+"\n"+inRoom("typing", "", "")))
	for range rand.IntN(6) {
		e, err := p.hear()
		if err != nil {
			break
		}
		if e.Type == "ack" && !strings.Contains(string(e.Data), user) {
			t.Errorf("%s is told %s", user, e.Data)
		}
	}
	switch rand.IntN(5) {
	case 0:
		_ = p.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(patience))
	case 1:
		h.hub.SessionEnded(app.EndSignedOut, app.SessionID("session of "+user))
	case 2:
		_ = p.conn.WriteMessage(websocket.TextMessage, []byte("no JSON"))
	case 3:
		_ = p.conn.WriteMessage(websocket.BinaryMessage, nil)
	}
	_ = p.conn.Close()
}
