package controllers

import (
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/fasthttp/websocket"
)

// socketSink writes to one WebSocket. Only the client's one writer calls
// Write; Close is safe beside it.
type socketSink struct {
	conn   *websocket.Conn
	closed atomic.Bool
}

// Write joins lines into one frame and one write.
func (s *socketSink) Write(lines [][]byte) error {
	if s.closed.Load() {
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
	if err := errors.Join(err, writer.Close()); err != nil {
		s.expire()
		return err
	}
	return nil
}

// closeTimeout is how long a peer has to take the close frame.
const closeTimeout = time.Second

// Close sends a close frame and wakes the reader: the connection itself is
// closed when its handler returns (RFC 6455, section 7).
func (s *socketSink) Close(code int, reason string) {
	if s.closed.Swap(true) {
		return
	}
	// A write that hangs holds the connection; it gets no more time than this.
	deadline := time.Now().Add(closeTimeout)
	_ = s.conn.NetConn().SetWriteDeadline(deadline)
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
	s.expire()
}

// expire wakes the reader.
func (s *socketSink) expire() { _ = s.conn.SetReadDeadline(time.Unix(1, 0)) }

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
