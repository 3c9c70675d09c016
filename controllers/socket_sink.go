package controllers

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fasthttp/websocket"

	"github.com/quillium/quillium/app/realtime"
)

// socketSink writes to one WebSocket. Only the client's one writer calls
// Write; Close is safe beside it.
type socketSink struct {
	conn *websocket.Conn
	// leaveBy is set with the goodbye, in nanoseconds of Unix time: so long the
	// peer has to answer it.
	leaveBy atomic.Int64
	// writing is held while a block is written: no block follows the goodbye.
	writing sync.Mutex
	// hurry is until when writes may hang, quiet until when the peer may be
	// silent, as they were set last.
	hurry, quiet deadline
}

// Write joins blocks into one frame and writes it at once, to the connection
// itself: a block has its frame already, and is copied nowhere. What the
// library writes of its own comes between two writes, never into one.
func (s *socketSink) Write(blocks []realtime.Block) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	peer := s.conn.NetConn()
	if by, moved := s.hurry.move(writeTimeout); moved {
		_ = peer.SetWriteDeadline(by)
	}
	// Looked at after the deadline was set: a goodbye sets a shorter one.
	if s.leaveBy.Load() != 0 {
		return net.ErrClosed
	}
	_, err := peer.Write(realtime.Join(blocks...).Frame())
	return err
}

// prepare bounds frames, and answers the library's pings and goodbyes.
func (s *socketSink) prepare(limit int64, silence time.Duration) {
	s.conn.SetReadLimit(limit)
	s.conn.SetPingHandler(func(text string) error {
		s.await(silence)
		_ = s.conn.WriteControl(websocket.PongMessage, []byte(text), time.Now().Add(writeTimeout))
		return nil
	})
	s.conn.SetCloseHandler(func(code int, _ string) error {
		s.Close(code, "")
		return nil
	})
}

// closeTimeout is how long a peer has to take the close frame, and as long
// again to answer it.
const closeTimeout = time.Second

// Close sends a close frame. The connection itself is closed when its handler
// returns, which is soon: the reader waits for the answer and no longer.
func (s *socketSink) Close(code int, reason string) {
	if !s.leaveBy.CompareAndSwap(0, time.Now().Add(2*closeTimeout).UnixNano()) {
		return
	}
	// A write that hangs holds the connection; it gets no more time than this.
	deadline := time.Now().Add(closeTimeout)
	_ = s.conn.NetConn().SetWriteDeadline(deadline)
	s.writing.Lock()
	defer s.writing.Unlock()
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
	s.await(0)
}

// await gives the peer so much time to say something, and after a goodbye
// what is left of the time to answer it.
func (s *socketSink) await(silence time.Duration) {
	if silence > 0 {
		if by, moved := s.quiet.move(silence); moved {
			_ = s.conn.SetReadDeadline(by)
		}
	}
	if by := s.leaveBy.Load(); by != 0 {
		_ = s.conn.SetReadDeadline(time.Unix(0, by))
	}
}

// deadline is a deadline as it was set last, in nanoseconds of Unix time. To
// set one costs more than to look at the clock, so that it is set a little
// later than it has to be, and then left alone for a while.
type deadline int64

// move tells until when to wait, where that has to be set anew.
func (d *deadline) move(wait time.Duration) (by time.Time, moved bool) {
	now, slack := time.Now(), wait/16
	left := time.Duration(int64(*d) - now.UnixNano())
	// More than was ever set is left where the clock was put back.
	if left >= wait && left <= wait+slack {
		return by, false
	}
	by = now.Add(wait + slack)
	*d = deadline(by.UnixNano())
	return by, true
}

// refuse says goodbye before anything else and waits for the answer. To close
// with input unread would make the kernel throw away what it has not
// delivered yet, the goodbye too (RFC 6455, section 7.1.1).
func (s *socketSink) refuse(code int, reason string) {
	s.Close(code, reason)
	for {
		if _, _, err := s.conn.NextReader(); err != nil {
			return
		}
	}
}

// drain is for a frame too large to be read: what is still coming of it is
// dropped, for a moment.
func (s *socketSink) drain() {
	// The library has said goodbye.
	s.leaveBy.CompareAndSwap(0, time.Now().UnixNano())
	peer := s.conn.NetConn()
	_ = peer.SetReadDeadline(time.Now().Add(closeTimeout))
	_, _ = io.Copy(io.Discard, peer)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
