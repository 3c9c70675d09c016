package story

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fasthttp/websocket"

	"github.com/quillium/quillium/app"
)

// room is a client that follows one chat by the protocol's rules, and notes
// every breach of them by the server.
type room struct {
	chat   string
	access string

	have     int64
	store    string
	messages map[app.MessageID]app.Message
	// lastEnd is how far deltas came since the last subscribe, by run and part.
	lastEnd    map[string]int
	subscribes int
	welcomes   int
	breaches   []string
}

func newRoom(chat, access string) *room {
	return &room{chat: chat, access: access, have: -1, messages: map[app.MessageID]app.Message{}}
}

type envelope struct {
	Type string
	ID   string
	Data json.RawMessage
}

// follow connects, subscribes, and reads until the connection is cut or done
// says that it has seen enough.
func (r *room) follow(address string, done func() bool) error {
	dialer := websocket.Dialer{HandshakeTimeout: 5 * time.Second, Subprotocols: []string{"quillium.v1", "bearer." + r.access}}
	socket, response, err := dialer.Dial("ws://"+address+"/api/v1/ws", nil)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	defer func() { _ = socket.Close() }()
	for !done() {
		if err := socket.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			return err
		}
		_, frame, err := socket.ReadMessage()
		if err != nil {
			return err
		}
		for line := range bytes.SplitSeq(frame, []byte("\n")) {
			if err := r.take(socket, line); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *room) breach(format string, args ...any) {
	r.breaches = append(r.breaches, fmt.Sprintf(format, args...))
}

func (r *room) take(socket *websocket.Conn, line []byte) error {
	var e envelope
	r.read(line, &e)
	switch e.Type {
	case "welcome":
		var data struct{ Store string }
		r.read(e.Data, &data)
		r.welcomes++
		if r.store != "" && r.store != data.Store {
			r.breach("the store changed")
		}
		r.store = data.Store
		return r.subscribe(socket)
	case "subscribed":
		r.subscribed(e.Data)
	case "changes":
		return r.changes(socket, e.Data)
	case "delta":
		return r.delta(socket, e.Data)
	case "error":
		r.breach("error: %s", e.Data)
	}
	return nil
}

func (r *room) read(data json.RawMessage, into any) {
	if err := json.Unmarshal(data, into); err != nil {
		r.breach("cannot be read: %v in %s", err, data)
	}
}

func (r *room) subscribe(socket *websocket.Conn) error {
	r.subscribes++
	ask := object{"chat_id": r.chat}
	data := object{"chats": []any{ask}}
	if r.have >= 0 {
		ask["since"], data["store"] = r.have, r.store
	}
	return socket.WriteJSON(object{"type": "subscribe", "id": "s", "data": data})
}

func (r *room) subscribed(data json.RawMessage) {
	var s struct {
		Rev      int64
		Reset    bool
		Messages []app.Message
	}
	r.read(data, &s)
	if s.Reset {
		r.messages = map[app.MessageID]app.Message{}
	}
	r.lastEnd = map[string]int{}
	for _, m := range s.Messages {
		r.keep(m)
	}
	r.have = s.Rev
}

// keep replaces a copy only by a newer one, or one of the same run with more.
func (r *room) keep(m app.Message) {
	old, known := r.messages[m.ID]
	if !known || m.Rev > old.Rev || m.Rev == old.Rev && len(m.Content) > len(old.Content) {
		r.messages[m.ID] = m
	}
}

func (r *room) changes(socket *websocket.Conn, data json.RawMessage) error {
	var c app.Changes
	r.read(data, &c)
	switch {
	case c.Rev <= r.have:
		return nil
	case c.From > r.have:
		r.breach("a gap: from %d where %d was sent last", c.From, r.have)
		return r.subscribe(socket)
	}
	for _, m := range c.Messages {
		r.keep(m)
	}
	r.have = c.Rev
	return nil
}

func (r *room) delta(socket *websocket.Conn, data json.RawMessage) error {
	var d app.Delta
	r.read(data, &d)
	key := fmt.Sprint(d.MessageID, d.Rev, d.Part)
	if d.Offset < r.lastEnd[key] {
		r.breach("deltas overlap: %d after %d", d.Offset, r.lastEnd[key])
	}
	r.lastEnd[key] = d.End
	if d.End-d.Offset != len(d.Text) {
		r.breach("a delta of %d bytes says %d to %d", len(d.Text), d.Offset, d.End)
	}
	m, known := r.messages[d.MessageID]
	switch {
	case !known || m.Rev < d.Rev:
		r.breach("a delta of a run that was never told of")
	case m.Rev > d.Rev:
		r.breach("a delta after the end of its run")
	case d.End <= len(m.Content):
	case d.Offset > len(m.Content):
		r.breach("a hole: %d bytes held, delta from %d", len(m.Content), d.Offset)
		return r.subscribe(socket)
	default:
		m.Content += d.Text[len(m.Content)-d.Offset:]
		r.messages[m.ID] = m
	}
	return nil
}
