package controllers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

func TestSocketOpens(t *testing.T) {
	t.Parallel()
	h := open(t, SocketOptions{})
	t.Run("the welcome comes first and says everything a client begins with", func(t *testing.T) {
		t.Parallel()
		e := h.dial(t, "ada").next()
		require.Equal(t, "welcome", e.Type)
		require.Nil(t, e.ID)
		var data map[string]any
		require.NoError(t, json.Unmarshal(e.Data, &data))
		require.Equal(t, "this store", data["store"])
		require.InDelta(t, 1, data["protocol"], 0)
		require.InDelta(t, 25, data["heartbeat_seconds"], 0)
		require.Equal(t, "ada", data["user"].(map[string]any)["id"])
		require.NotEmpty(t, data["connection_id"])
	})
	t.Run("a request that asks for no upgrade is told so", func(t *testing.T) {
		t.Parallel()
		answer, err := http.Get("http" + strings.TrimPrefix(h.url, "ws"))
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusBadRequest, answer.StatusCode)
	})
	t.Run("a handshake that is not valid is an ordinary error", func(t *testing.T) {
		t.Parallel()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http"+strings.TrimPrefix(h.url, "ws"), nil)
		require.NoError(t, err)
		request.Header = http.Header{"Connection": {"upgrade"}, "Upgrade": {"websocket"}, "User": {"ada"}}
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusBadRequest, answer.StatusCode)
		require.Equal(t, "application/json", answer.Header.Get("Content-Type"))
	})
	t.Run("somebody unknown is refused before the upgrade", func(t *testing.T) {
		t.Parallel()
		_, answer, err := websocket.DefaultDialer.Dial(h.url, http.Header{"User": {"nobody"}})
		require.ErrorIs(t, err, websocket.ErrBadHandshake)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusUnauthorized, answer.StatusCode)
	})
}

func TestSocketAnswers(t *testing.T) {
	t.Parallel()
	refused := map[string]string{
		"an unknown type":                `{"type":"sing","id":"r"}`,
		"an unknown field":               `{"type":"ping","id":"r","loud":true}`,
		"an unknown field in the data":   inRoom("message", "r", `,"text":"x"`),
		"data in a ping":                 `{"type":"ping","id":"r","data":{"x":1}}`,
		"no chats to subscribe to":       `{"type":"subscribe","id":"r","data":{"chats":[]}}`,
		"more chats than a socket has":   `{"type":"subscribe","id":"r","data":{"chats":[` + strings.TrimSuffix(strings.Repeat(`{"chat_id":""},`, 201), ",") + `]}}`,
		"a chat twice":                   `{"type":"subscribe","id":"r","data":{"chats":[{"chat_id":"` + string(roomID) + `"},{"chat_id":"` + string(roomID) + `"}]}}`,
		"a limit of nothing":             `{"type":"subscribe","id":"r","data":{"limit":0,"chats":[{"chat_id":"` + string(roomID) + `"}]}}`,
		"a limit of too much":            `{"type":"subscribe","id":"r","data":{"limit":201,"chats":[{"chat_id":"` + string(roomID) + `"}]}}`,
		"a rev below nothing":            `{"type":"subscribe","id":"r","data":{"chats":[{"chat_id":"` + string(roomID) + `","since":-1}]}}`,
		"a subscribe of another shape":   `{"type":"subscribe","id":"r","data":{"chats":"all"}}`,
		"an unsubscribe of nothing else": `{"type":"unsubscribe","id":"r","data":{"chats":[]}}`,
		"a stop of another shape":        `{"type":"stop","id":"r","data":[]}`,
		"a read mark of another shape":   inRoom("read", "r", `,"seq":"all"`),
		"typing of another shape":        inRoom("typing", "r", `,"text":"x"`),
	}
	h := open(t, SocketOptions{Unlimited: true})
	for name, line := range refused {
		t.Run("is refused, and the socket stays: "+name, func(t *testing.T) {
			t.Parallel()
			p := h.enter(t, name)
			p.send(line)
			require.Equal(t, "error r invalid_input", p.says())
			p.send(`{"type":"ping","id":"p"}`)
			require.Equal(t, "pong p", p.says())
		})
	}
	for name, line := range map[string]string{
		"message":     `{"type":"message","id":"r","data":{"chat_id":"x","content":"x"}}`,
		"unsubscribe": `{"type":"unsubscribe","id":"r","data":{"chat_id":"x"}}`,
		"stop":        `{"type":"stop","id":"r","data":{"chat_id":"x"}}`,
		"an answer":   inRoom("stop", "r", `,"message_id":"x"`),
		"read":        `{"type":"read","id":"r","data":{"chat_id":"x","seq":1}}`,
		"typing":      `{"type":"typing","id":"r","data":{"chat_id":"x"}}`,
		"subscribe":   `{"type":"subscribe","id":"r","data":{"chats":[{"chat_id":"x"}]}}`,
		"somewhere":   `{"type":"subscribe","id":"r","data":{"chats":[{"chat_id":"` + string(otherID) + `"}]}}`,
	} {
		t.Run("what has no such id is not there: "+name, func(t *testing.T) {
			t.Parallel()
			p := h.enter(t, "lost in "+name)
			p.send(line)
			require.Equal(t, "error r not_found", p.says())
		})
	}
	t.Run("each request is answered under its id", func(t *testing.T) {
		t.Parallel()
		p := h.enter(t, "bea")
		p.send(subscribe("1"), message("2", "hello"), inRoom("stop", "3", `,"message_id":"`+string(answerID)+`"`), inRoom("unsubscribe", "4", ""))
		require.Equal(t, "subscribed 1", p.says())
		ack := p.next()
		require.Equal(t, "ack 2", brief(t, ack))
		require.Contains(t, string(ack.Data), `{"message":{`)
		stop := p.next()
		require.Equal(t, "ack 3", brief(t, stop))
		require.JSONEq(t, `{"chat_id":"`+string(roomID)+`","message_id":"`+string(answerID)+`","rev":7}`, string(stop.Data))
		gone := p.next()
		require.Equal(t, "unsubscribed 4", brief(t, gone))
		require.JSONEq(t, `{"chat_id":"`+string(roomID)+`"}`, string(gone.Data))
	})
	t.Run("a request without an id is done, and answered without one", func(t *testing.T) {
		t.Parallel()
		p := h.enter(t, "cleo")
		p.send(`{"type":"message","data":{"chat_id":"`+string(roomID)+`","content":"no id"}}`, `{"type":"ping"}`, `{"type":"sing"}`)
		answers := map[string]bool{}
		for range 3 {
			e := p.next()
			require.Nil(t, e.ID)
			answers[brief(t, e)] = true
		}
		require.Equal(t, map[string]bool{"ack": true, "pong": true, "error invalid_input": true}, answers)
		require.Contains(t, h.called(), "submit no id")
	})
	t.Run("typing and read marks that are done are not answered", func(t *testing.T) {
		t.Parallel()
		p := open(t, SocketOptions{}).enter(t, "dora") // everybody who follows the room of a house hears who types there
		p.send(inRoom("typing", "1", ""), inRoom("read", "2", `,"seq":3`), inRoom("unsubscribe", "3", ""))
		require.Equal(t, "unsubscribed 3", p.says())
	})
	t.Run("a client of another database begins anew", func(t *testing.T) {
		t.Parallel()
		p := h.enter(t, "elsa")
		for store, reset := range map[string]bool{"this store": false, "another store": true} {
			p.send(`{"type":"subscribe","data":{"store":"` + store + `","chats":[{"chat_id":"` + string(roomID) + `","since":1}]}}`)
			var data realtime.Subscribed
			require.NoError(t, json.Unmarshal(p.next().Data, &data))
			require.Equal(t, reset, data.Reset)
		}
	})
	t.Run("a WebSocket ping is answered with a pong of its own", func(t *testing.T) {
		t.Parallel()
		p := h.enter(t, "fay")
		pong := make(chan string, 1)
		p.conn.SetPongHandler(func(text string) error { pong <- text; return nil })
		require.NoError(t, p.conn.WriteMessage(websocket.PingMessage, []byte("there?")))
		p.send(`{"type":"ping","id":"p"}`)
		require.Equal(t, "pong p", p.says())
		require.Equal(t, "there?", <-pong)
	})
	t.Run("those who follow hear somebody type, and what changed", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		gil, hal := h.enter(t, "gil"), h.enter(t, "hal")
		for _, p := range []*peer{gil, hal} {
			p.send(subscribe("s"))
			require.Equal(t, "subscribed s", p.says())
		}
		gil.send(inRoom("typing", "", ""))
		require.Equal(t, "typing", hal.says())
	})
}

func TestSocketOrder(t *testing.T) {
	t.Parallel()
	// held is a house in which messages are stored when the test says so.
	held := func(t *testing.T) (*house, *peer, chan struct{}) {
		h := open(t, SocketOptions{})
		release := make(chan struct{})
		h.submit = func(content string) (func(context.Context) (app.Message, error), error) {
			if content == "refused" {
				return nil, app.ErrForbidden
			}
			return func(context.Context) (app.Message, error) {
				<-release
				return app.Message{Content: content}, nil
			}, nil
		}
		return h, h.enter(t, "ada"), release
	}
	submitted := func(t *testing.T, h *house, n int) {
		require.Eventually(t, func() bool { return len(h.called()) >= n }, patience, patience/10_000)
	}
	t.Run("a pong waits for nothing", func(t *testing.T) {
		t.Parallel()
		h, p, release := held(t)
		p.send(message("1", "slow"), inRoom("unsubscribe", "2", ""))
		submitted(t, h, 1)
		p.send(`{"type":"ping","id":"p"}`)
		require.Equal(t, "pong p", p.says())
		close(release)
		require.Equal(t, "ack 1", p.says())
		require.Equal(t, "unsubscribed 2", p.says())
	})
	t.Run("a message does not wait for the one before to be stored, and acks come in order", func(t *testing.T) {
		t.Parallel()
		h, p, release := held(t)
		p.send(message("1", "a"), message("2", "b"))
		p.send(message("3", "c"))
		submitted(t, h, 3)
		require.Equal(t, []string{"submit a", "submit b", "submit c"}, h.called())
		close(release)
		for _, want := range []string{"ack 1", "ack 2", "ack 3"} {
			require.Equal(t, want, p.says())
		}
	})
	t.Run("what is refused waits its turn too", func(t *testing.T) {
		t.Parallel()
		h, p, release := held(t)
		p.send(message("1", "a"), message("2", "refused"), message("3", "c"))
		submitted(t, h, 3)
		close(release)
		for _, want := range []string{"ack 1", "error 2 forbidden", "ack 3"} {
			require.Equal(t, want, p.says())
		}
	})
	for name, line := range map[string]string{
		"stop":      inRoom("stop", "2", `,"message_id":"`+string(answerID)+`"`),
		"subscribe": subscribe("2"),
		"read":      inRoom("read", "2", `,"seq":1`),
	} {
		t.Run("takes effect after the message before it: "+name, func(t *testing.T) {
			t.Parallel()
			h, p, release := held(t)
			p.send(message("1", "a"), line, message("3", "b"))
			submitted(t, h, 1)
			p.send(`{"type":"ping","id":"p"}`)
			require.Equal(t, "pong p", p.says())
			require.Len(t, h.called(), 1)
			close(release)
			require.Equal(t, "ack 1", p.says())
			submitted(t, h, 3)
			require.Equal(t, "submit b", h.called()[2])
		})
	}
}

func TestSocketErrors(t *testing.T) {
	t.Parallel()
	t.Run("a panic costs one request its answer, and its text stays here", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		h.submit = func(content string) (func(context.Context) (app.Message, error), error) {
			if content == "now" {
				panic("secret plans")
			}
			if content == "later" {
				return func(context.Context) (app.Message, error) { panic("secret plans") }, nil
			}
			return accept(content)
		}
		p := h.enter(t, "ada")
		p.send(message("1", "now"), message("2", "later"), message("3", "fine"))
		for _, want := range []string{"error 1 internal", "error 2 internal", "ack 3"} {
			e := p.next()
			require.Equal(t, want, brief(t, e))
			require.NotContains(t, string(e.Data), "secret")
		}
		require.Contains(t, h.log.String(), "secret plans")
	})
	t.Run("a panic of the socket itself ends it in silence", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		h.over = func() (map[app.SessionID]app.EndReason, error) { panic("secret plans") }
		p := h.dial(t, "ada")
		for {
			e, err := p.hear()
			if err != nil {
				break
			}
			require.Equal(t, "welcome", e.Type)
		}
		require.Eventually(t, func() bool { return h.empty() && strings.Contains(h.log.String(), "secret plans") }, patience, patience/10_000)
	})
	t.Run("an unknown failure is told in general and logged in full, a slow database as unavailable", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		fails := map[string]error{"1": errors.New("secret plans"), "2": context.DeadlineExceeded, "3": app.ErrTooLarge}
		h.submit = func(content string) (func(context.Context) (app.Message, error), error) { return nil, fails[content] }
		p := h.enter(t, "ada")
		p.send(message("1", "1"), message("2", "2"), message("3", "3"))
		for _, want := range []string{"error 1 internal", "error 2 unavailable", "error 3 too_large"} {
			e := p.next()
			require.Equal(t, want, brief(t, e))
			require.NotContains(t, string(e.Data), "secret")
			require.Contains(t, string(e.Data), string(roomID))
		}
		require.Contains(t, h.log.String(), "secret plans")
	})
	t.Run("a message that could not be stored says so in its turn", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		h.submit = func(content string) (func(context.Context) (app.Message, error), error) {
			if content == "bad" {
				return func(context.Context) (app.Message, error) { return app.Message{}, app.ErrUnavailable }, nil
			}
			return accept(content)
		}
		p := h.enter(t, "ada")
		p.send(message("1", "good"), message("2", "bad"), message("3", "good"))
		for _, want := range []string{"ack 1", "error 2 unavailable", "ack 3"} {
			require.Equal(t, want, p.says())
		}
	})
	t.Run("a read mark without a place is left to the service, which knows who may ask", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		h.read = func(seq int64) error {
			if seq < 0 {
				return app.ErrNotFound
			}
			return nil
		}
		p := h.enter(t, "ada")
		p.send(inRoom("read", "1", ""))
		require.Equal(t, "error 1 not_found", p.says())
	})
	t.Run("a stop that is refused says so", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		h.stop = func() (int64, error) { return 0, app.ErrForbidden }
		p := h.enter(t, "ada")
		p.send(inRoom("stop", "1", `,"message_id":"`+string(answerID)+`"`))
		require.Equal(t, "error 1 forbidden", p.says())
	})
}

func TestSocketRate(t *testing.T) {
	t.Parallel()
	count := func(t *testing.T, p *peer, until string) map[string]int {
		seen := map[string]int{}
		for {
			e := p.next()
			if e.ID != nil && *e.ID == until {
				return seen
			}
			seen[brief(t, e)]++
		}
	}
	flood := func(line string, n int) []string {
		lines := make([]string, n)
		for i := range lines {
			lines[i] = line
		}
		return lines
	}
	t.Run("a burst is done, what is over it refused with a time to come back", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		p := h.enter(t, "ada")
		p.send(flood(inRoom("unsubscribe", "", ""), requestsAtOnce+20)...)
		p.send(`{"type":"sing","id":"end"}`)
		done, refused := 0, 0
		for done+refused < requestsAtOnce+20 {
			e := p.next()
			switch brief(t, e) {
			case "unsubscribed":
				done++
			case "error rate_limited":
				refused++
				require.Contains(t, string(e.Data), `"retry_after_ms":1000`)
			case "error end rate_limited", "error end invalid_input":
			default:
				t.Fatal(brief(t, e))
			}
		}
		require.GreaterOrEqual(t, done, requestsAtOnce)
		require.Positive(t, refused)
	})
	t.Run("what nobody waits for is dropped in silence", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		p := h.enter(t, "ada")
		p.send(flood(`{"type":"ping"}`, 60)...)
		p.send(flood(inRoom("typing", "", ""), 60)...)
		p.send(flood(inRoom("read", "", `,"seq":1`), 60)...)
		p.send(`{"type":"sing","id":"end"}`)
		seen := count(t, p, "end")
		require.Len(t, seen, 1)
		require.GreaterOrEqual(t, seen["pong"], requestsAtOnce)
		require.Less(t, seen["pong"], 60)
		require.Less(t, len(h.called()), 60)
	})
	t.Run("without limits nothing is refused", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{Unlimited: true})
		p := h.enter(t, "ada")
		for range 5 {
			p.send(flood(`{"type":"ping"}`, maxLines)...)
		}
		p.send(`{"type":"sing","id":"end"}`)
		require.Equal(t, map[string]int{"pong": 5 * maxLines}, count(t, p, "end"))
	})
	t.Run("posting has the limit that it has for calls, a user's own", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{Messages: full{"ada"}})
		p, other := h.enter(t, "ada"), h.enter(t, "bob")
		p.send(message("1", "too much"))
		e := p.next()
		require.Equal(t, "error 1 rate_limited", brief(t, e))
		require.Contains(t, string(e.Data), `"retry_after_ms":2500`)
		other.send(message("1", "fine"))
		require.Equal(t, "ack 1", other.says())
		require.Equal(t, []string{"submit fine"}, h.called())
	})
	t.Run("a frame of too many envelopes is refused whole", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		p := h.enter(t, "ada")
		p.send(flood(`{"type":"ping"}`, maxLines+1)...)
		require.Equal(t, "error invalid_input", p.says())
		p.send(`{"type":"ping","id":"p"}`)
		require.Equal(t, "pong p", p.says())
	})
}

// full is a limit that one user has used up.
type full struct{ user string }

func (f full) Allow(user string) (bool, time.Duration) {
	return user != f.user, 2500 * time.Millisecond
}
