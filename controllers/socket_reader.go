package controllers

import (
	"errors"
	"sync"
	"time"

	"github.com/fasthttp/websocket"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

// enter takes the client into the hub and welcomes it; false where it may not
// come in.
func (s *socketSession) enter(user app.User) bool {
	if code, ok := s.h.hub.Join(s.client); !ok {
		s.sink.refuse(code, "1000")
		return false
	}
	s.client.Send(realtime.Envelope{Type: "welcome", Data: welcome{
		ConnectionID: s.client.ID, User: user, Protocol: 1, Store: s.h.options.Store,
		HeartbeatSeconds: int(s.h.options.Heartbeat / time.Second),
	}})
	// Registered first, then checked: a session that ended in between is found.
	checkSession(s.h.hub, s.h.sessions, s.client)
	return true
}

// live reads until the socket ends. It is the one goroutine of a socket from
// which nothing comes.
func (s *socketSession) live() {
	defer s.leave()
	defer s.h.recovered(nil)
	s.sink.prepare(int64(s.h.frameLimit()), s.h.silence(), s.inTime)
	for s.next() {
		// Until the socket ends.
	}
}

// leave ends the session: nothing is done, written or kept of it any more.
func (s *socketSession) leave() {
	s.close()
	s.h.hub.Leave(s.client)
	_ = s.sink.conn.NetConn().Close()
}

// frameLimit is how long a frame of a client may be: each byte of a message
// may be written as \u00xx.
func (h *SocketController) frameLimit() int { return 6*h.options.MaxMessageBytes() + 4<<10 }

// silence is how long a client may say nothing.
func (h *SocketController) silence() time.Duration { return h.options.Heartbeat * 5 / 2 }

// next reads one frame; false when the socket has ended.
func (s *socketSession) next() bool {
	s.sink.await(s.h.silence())
	kind, frame, err := s.sink.conn.ReadMessage()
	if err != nil {
		s.broken(err)
		return false
	}
	// Elsewhere, because a stack that has grown once stays large for long.
	var hearing sync.WaitGroup
	hearing.Go(func() { s.hear(kind, frame) })
	hearing.Wait()
	return true
}

func (s *socketSession) broken(err error) {
	switch {
	case errors.Is(err, websocket.ErrReadLimit):
		s.sink.drain()
	case isTimeout(err):
		s.sink.Close(realtime.CloseSilent, "silent for too long")
	}
}

// hear decodes a frame and takes its requests. It answers nothing itself but
// pings and what it cannot decode.
func (s *socketSession) hear(kind int, frame []byte) {
	defer s.recovered("frame", func() { s.client.Close(realtime.CloseInvalid, "not valid") })
	switch {
	case s.client.Closing():
		// Told to go: only the answer to the goodbye counts.
		return
	case kind != websocket.TextMessage:
		s.client.Close(realtime.CloseUnsupported, "text frames only")
		return
	}
	wishes, code := readFrame(frame)
	for _, w := range wishes {
		s.take(w)
	}
	if code != 0 {
		s.client.Close(code, "not valid")
	}
}
