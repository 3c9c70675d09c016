package story

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fasthttp/websocket"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime/realtimetest"
)

// follower is a socket for the client that tests trust: it comes back after
// each cut, and takes up where it was.
type follower struct {
	access string
	dialer websocket.Dialer

	mu         sync.Mutex
	rules      *realtimetest.Client
	subscribes int
	welcomes   int
	// socket is where requests go; answers wait by the id of their request.
	socket  *websocket.Conn
	answers map[string]chan envelope
}

type envelope struct {
	Type string
	ID   string
	Data json.RawMessage
}

func newFollower(access string, chats ...string) *follower {
	f := &follower{
		access: access, rules: realtimetest.New(), answers: map[string]chan envelope{},
		dialer: websocket.Dialer{HandshakeTimeout: 5 * time.Second, Subprotocols: []string{"quillium.v1", "bearer." + access}},
	}
	for _, chat := range chats {
		f.rules.Follow(app.ChatID(chat))
	}
	return f
}

// follow connects, subscribes, and reads until the connection is cut or done
// says that it has seen enough.
func (f *follower) follow(address string, done func() bool) error {
	socket, response, err := f.dialer.Dial("ws://"+address+"/api/v1/ws", nil)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	f.connected(socket)
	defer f.connected(nil)
	defer func() { _ = socket.Close() }()
	for !done() {
		if err := socket.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			return err
		}
		_, frame, err := socket.ReadMessage()
		if err != nil {
			return err
		}
		if err := f.take(frame); err != nil {
			return err
		}
	}
	return nil
}

func (f *follower) connected(socket *websocket.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.socket = socket
	f.rules.Connected()
	for id, answer := range f.answers {
		delete(f.answers, id)
		close(answer)
	}
}

func (f *follower) take(frame []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for line := range bytes.SplitSeq(frame, []byte("\n")) {
		if err := f.subscribe(f.rules.Take(line)); err != nil {
			return err
		}
		var e envelope
		if err := json.Unmarshal(line, &e); err != nil {
			return err
		}
		if e.Type == "welcome" {
			f.welcomes++
		}
		if answer := f.answers[e.ID]; answer != nil {
			delete(f.answers, e.ID)
			answer <- e
		}
	}
	return nil
}

// subscribe asks. The lock is held, so that requests are written in turn.
func (f *follower) subscribe(asks []realtimetest.Ask) error {
	for _, ask := range asks {
		f.subscribes++
		chat := object{"chat_id": ask.Chat}
		data := object{"chats": []any{chat}}
		if ask.Since != nil {
			chat["since"], data["store"] = *ask.Since, ask.Store
		}
		if err := f.socket.WriteJSON(object{"type": "subscribe", "id": realtimetest.AskID, "data": data}); err != nil {
			return err
		}
	}
	return nil
}

var errCut = errors.New("the connection was cut before the answer")

// request sends one, and gives its answer.
func (f *follower) request(kind, id string, data object) (envelope, error) {
	answer := make(chan envelope, 1)
	f.mu.Lock()
	socket := f.socket
	if socket == nil {
		f.mu.Unlock()
		return envelope{}, errCut
	}
	f.answers[id] = answer
	err := socket.WriteJSON(object{"type": kind, "id": id, "data": data})
	f.mu.Unlock()
	if err != nil {
		return envelope{}, err
	}
	select {
	case got, ok := <-answer:
		if !ok {
			return envelope{}, errCut
		}
		return got, nil
	case <-time.After(20 * time.Second):
		return envelope{}, fmt.Errorf("no answer to %s %s", kind, id)
	}
}

// look reads what the client has, while it stands still.
func (f *follower) look(at func(*realtimetest.Client)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at(f.rules)
}

// ended tells whether it has seen the end of a question's answer.
func (f *follower) ended(chat, question string) (ended bool) {
	f.look(func(c *realtimetest.Client) {
		mine := c.Chat(app.ChatID(chat))
		if mine == nil {
			return
		}
		for _, m := range mine.Messages {
			ended = ended || m.ReplyTo != nil && string(*m.ReplyTo) == question && !m.Status.Running()
		}
	})
	return ended
}

// subscribed tells whether this socket follows a chat by now.
func (f *follower) subscribed(chat string) (is bool) {
	f.look(func(c *realtimetest.Client) { is = c.Subscribed(app.ChatID(chat)) })
	return is
}
