package controllers

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/fasthttp/websocket"
)

// socketSink writes to one WebSocket. Only the client's one writer calls
// Write; Close is safe beside it.
type socketSink struct {
	conn *websocket.Conn
	// leaveBy is set with the goodbye, in nanoseconds of Unix time: so long the
	// peer has to answer it.
	leaveBy atomic.Int64
}

// Write joins lines into one frame and one write.
func (s *socketSink) Write(lines [][]byte) error {
	if s.leaveBy.Load() != 0 {
		return net.ErrClosed
	}
	_ = s.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	writer, err := s.conn.NextWriter(websocket.TextMessage)
	if err != nil {
		return err
	}
	for i, line := range lines {
		if i > 0 {
			_, err = writer.Write([]byte{'\n'})
		}
		if err == nil {
			_, err = writer.Write(line)
		}
		if err != nil {
			break
		}
	}
	return errors.Join(err, writer.Close())
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
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
	s.await(0)
}

// await gives the peer so much time to say something, and after a goodbye
// what is left of the time to answer it.
func (s *socketSink) await(silence time.Duration) {
	if silence > 0 {
		_ = s.conn.SetReadDeadline(time.Now().Add(silence))
	}
	if by := s.leaveBy.Load(); by != 0 {
		_ = s.conn.SetReadDeadline(time.Unix(0, by))
	}
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
	peer := s.conn.NetConn()
	_ = peer.SetReadDeadline(time.Now().Add(closeTimeout))
	_, _ = io.Copy(io.Discard, peer)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
