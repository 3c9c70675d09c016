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
	// torn is set when a frame was cut off in the middle: whatever is written
	// after it would be read as the rest of it. writing guards it.
	torn bool
	// hurry is until when writes may hang, quiet until when the peer may be
	// silent, as they were set last.
	hurry, quiet deadline
}

// patienceFor is how long a frame may take to be written: what a client asked
// for must get to one with little bandwidth, 16 KiB a second, and is counted in
// large steps, so that small frames share a deadline.
func patienceFor(size int) time.Duration {
	const step, each = 64 << 10, 4 * time.Second
	return writeTimeout + time.Duration(size/step)*each
}

// Write joins blocks into one frame and writes it at once, to the connection
// itself: a block has its frame already, and is copied nowhere. What the
// library writes of its own comes between two writes, never into one.
func (s *socketSink) Write(blocks []realtime.Block) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	peer, frame := s.conn.NetConn(), realtime.Join(blocks...).Frame()
	if by, moved := s.hurry.move(patienceFor(len(frame))); moved {
		_ = peer.SetWriteDeadline(by)
	}
	// Looked at after the deadline was set: a goodbye sets a shorter one.
	if s.leaveBy.Load() != 0 {
		return net.ErrClosed
	}
	written, err := peer.Write(frame)
	s.torn = written > 0 && written < len(frame)
	return err
}

// prepare bounds frames, and answers goodbyes and those pings of the library's
// that may be answered.
func (s *socketSink) prepare(limit int64, silence time.Duration, may func() bool) {
	s.conn.SetReadLimit(limit)
	s.conn.SetPingHandler(func(text string) error {
		if may() {
			s.pong(text)
		}
		s.await(silence)
		return nil
	})
	s.conn.SetCloseHandler(func(code int, _ string) error {
		s.Close(code, "")
		return nil
	})
}

// pong waits for the block that is being written: the library sets a deadline
// of its own, which must not become that block's.
func (s *socketSink) pong(text string) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.leaveBy.Load() == 0 && !s.torn {
		_ = s.conn.WriteControl(websocket.PongMessage, []byte(text), time.Now().Add(writeTimeout))
	}
}

// closeTimeout is how long a peer has to take the close frame, and as long
// again to answer it.
const closeTimeout = time.Second

// slowTimeout is closeTimeout for one who is too slow. He has to take what was
// begun before he can learn why he has to go.
const slowTimeout = 5 * time.Second

// Close sends a close frame. The connection itself is closed when its handler
// returns, which is soon: the reader waits for the answer and no longer.
func (s *socketSink) Close(code int, reason string) {
	patience := closeTimeout
	if code == realtime.CloseTooSlow {
		patience = slowTimeout
	}
	if !s.leaveBy.CompareAndSwap(0, time.Now().Add(patience+closeTimeout).UnixNano()) {
		return
	}
	// A write that hangs holds the connection; it gets no more time than this.
	deadline := time.Now().Add(patience)
	_ = s.conn.NetConn().SetWriteDeadline(deadline)
	s.writing.Lock()
	defer s.writing.Unlock()
	if !s.torn {
		_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
	}
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
