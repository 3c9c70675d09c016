package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/fasthttp/websocket"
)

// sendFrames sends frames that nobody means to send over one socket after
// another: some end a socket, by rights.
func (s *sender) sendFrames(n int, count *atomic.Int64) error {
	for sent, sockets := 0, 0; sent < n; sockets++ {
		if sockets%25 == 0 {
			if err := s.settle(); err != nil {
				return err
			}
		}
		done, err := s.socketFull(min(200, n-sent))
		sent += done
		count.Add(int64(done))
		if err != nil {
			return err
		}
	}
	return nil
}

// socketFull sends up to n frames over one socket, and waits until all of
// them were seen to, or the server has ended the socket.
func (s *sender) socketFull(n int) (sent int, err error) {
	dialer := websocket.Dialer{HandshakeTimeout: 20 * time.Second, Subprotocols: []string{"quillium.v1", "bearer." + s.who.access}}
	socket, response, err := dialer.Dial("ws"+strings.TrimPrefix(s.url, "http")+"/api/v1/ws", nil)
	if err != nil {
		return 0, fmt.Errorf("dial: %w", err)
	}
	_ = response.Body.Close()
	heard := make(chan error, 1)
	go func() { heard <- listen(socket) }()
	var last []byte
	for sent < n {
		kind := websocket.TextMessage
		if s.maker.Chance(300) {
			kind = websocket.BinaryMessage
		}
		last = s.frame()
		sent++
		if socket.WriteMessage(kind, last) != nil || kind == websocket.BinaryMessage || fatal(last) {
			break // the server ends it now, and would see nothing of what follows
		}
	}
	_ = socket.WriteMessage(websocket.TextMessage, []byte(object("type", "unsubscribe", "id", lastOne, "data", map[string]string{"chat_id": s.chat})))
	select {
	case err = <-heard:
	case <-time.After(30 * time.Second):
		err = errors.New("no last answer, and the socket is open")
	}
	_ = socket.Close()
	if err != nil {
		err = fmt.Errorf("after frame %.3000q: %w", last, err)
	}
	return sent, err
}

// lastOne is the id of the request whose answer comes after all others about
// that chat.
const lastOne = "the last one"

// fatal tells whether a frame has a line that is no JSON object, or too many.
func fatal(frame []byte) bool {
	lines := bytes.Split(frame, []byte("\n"))
	for _, line := range lines {
		var object map[string]any
		if !utf8.Valid(line) || json.Unmarshal(line, &object) != nil || object == nil {
			return true
		}
	}
	return len(lines) > 64
}

// listen reads until the last answer or until the server ends the socket, which
// it may for what is no text, no JSON or too large, and for nothing else.
func listen(socket *websocket.Conn) error {
	for {
		_, frame, err := socket.ReadMessage()
		if websocket.IsCloseError(err, websocket.CloseUnsupportedData, websocket.CloseInvalidFramePayloadData, websocket.CloseMessageTooBig) {
			return nil
		}
		if err != nil {
			return err
		}
		if strings.Contains(string(frame), foreignText) {
			return errors.New("it tells what is somebody else's")
		}
		for line := range strings.SplitSeq(string(frame), "\n") {
			var said struct {
				Type, ID string
				Data     struct{ Code string }
			}
			if err := json.Unmarshal([]byte(line), &said); err != nil {
				return fmt.Errorf("the server says %q: %w", line, err)
			}
			if said.Type == "error" && (said.Data.Code == "internal" || said.Data.Code == "unavailable") {
				return fmt.Errorf("the server says %s", line)
			}
			if said.ID == lastOne {
				return nil
			}
		}
	}
}

// frame is one or more envelopes with something wrong with them.
func (s *sender) frame() []byte {
	lines := 1
	if s.maker.Chance(10) {
		lines = 2 + s.maker.Below(4)
	}
	if s.maker.Chance(500) {
		lines = 65
	}
	var frame []byte
	for i := range lines {
		if i > 0 {
			frame = append(frame, '\n')
		}
		frame = append(frame, s.envelope()...)
	}
	if s.maker.Chance(40) {
		frame = s.maker.Break(frame)
	}
	return frame
}

func (s *sender) envelope() []byte {
	kinds := map[string]any{
		"subscribe":   map[string]any{"chats": []any{map[string]any{"chat_id": s.id(), "since": s.maker.Below(5)}}, "limit": 50},
		"unsubscribe": map[string]any{"chat_id": s.id()},
		"message":     map[string]any{"chat_id": s.id(), "content": "hello", "client_id": s.maker.Pick("a", "b", "c"), "reply_to": s.message},
		"stop":        map[string]any{"chat_id": s.id(), "message_id": s.message},
		"typing":      map[string]any{"chat_id": s.id()},
		"read":        map[string]any{"chat_id": s.id(), "seq": 1},
		"ping":        map[string]any{},
		"welcome":     map[string]any{"user": "x"},
	}
	kind := s.maker.Pick("subscribe", "unsubscribe", "message", "stop", "typing", "read", "ping", "welcome")
	data := kinds[kind]
	for s.maker.Chance(2) {
		data = s.maker.Spoil(data)
	}
	var envelope any = map[string]any{"type": kind, "id": "1", "data": data}
	for s.maker.Chance(6) {
		envelope = s.maker.Spoil(envelope)
	}
	return s.maker.Text(envelope)
}

func (s *sender) id() string {
	return s.maker.Pick(s.chat, s.chat, s.chat, s.foreign, s.message, "x", "", "00000000-0000-0000-0000-000000000000")
}
