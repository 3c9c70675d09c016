package controllers

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"sync"
	"time"

	"github.com/quillium/quillium/app/realtime"
)

// streamSink writes the events of one question to one connection, which is its
// own until the handler returns.
type streamSink struct {
	conn net.Conn
	// over is closed when nothing more is to be written but the farewell; again
	// says that the question has to be read anew.
	over  chan struct{}
	again chan struct{}

	// writing is held while something is written.
	writing sync.Mutex
	thread  *realtime.Thread
	out     *bufio.Writer
	// body is out, in chunks where the client knows them.
	body   io.Writer
	chunks io.Closer
	broken bool
	ended  bool

	mu     sync.Mutex
	begun  bool
	closed bool
	code   int
	// gone is closed when nobody reads from the connection any more.
	gone chan struct{}
}

var _ realtime.Sink = (*streamSink)(nil)

func newStreamSink(conn net.Conn) *streamSink {
	return &streamSink{conn: conn, over: make(chan struct{}), again: make(chan struct{}, 1)}
}

// begin writes the head and listens for the client going away. False where
// the stream is over before it began.
func (s *streamSink) begin(head []byte, thread *realtime.Thread, chunked bool) bool {
	s.mu.Lock()
	s.begun, s.gone = true, make(chan struct{})
	_ = s.conn.SetReadDeadline(time.Time{})
	closed := s.closed
	s.mu.Unlock()
	s.writing.Lock()
	defer s.writing.Unlock()
	s.thread, s.out = thread, bufio.NewWriter(s.conn)
	s.body = s.out
	if chunked {
		chunks := httputil.NewChunkedWriter(s.out)
		s.body, s.chunks = chunks, chunks
	}
	go s.listen()
	_, _ = s.out.Write(head)
	return s.flush() == nil && !closed
}

// maxSaid is how much a client may go on to say; it is not listened to.
const maxSaid = 64 << 10

// listen notices a client that goes away.
func (s *streamSink) listen() {
	defer close(s.gone)
	_, _ = io.CopyN(io.Discard, s.conn, maxSaid)
	s.Close(0, "the client has gone")
}

// Write turns envelopes into events and writes them together.
func (s *streamSink) Write(blocks []realtime.Block) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.ended || s.thread == nil {
		return nil
	}
	var text bytes.Buffer
	standing := realtime.GoesOn
	for line := range realtime.Join(blocks...).Lines() {
		var events []realtime.Event
		events, standing = s.thread.Take(line)
		for _, e := range events {
			_, _ = fmt.Fprintf(&text, "event: %s\nid: %s\ndata: %s\n\n", e.Type, e.ID, e.Data)
		}
		if standing == realtime.ReadAgain {
			s.readAgain()
		}
		if standing == realtime.Ended || standing == realtime.Lost {
			break
		}
	}
	err := s.write(text.Bytes())
	if standing == realtime.Ended || standing == realtime.Lost {
		s.ended = standing == realtime.Ended
		s.Close(0, "")
	}
	return err
}

func (s *streamSink) readAgain() {
	select {
	case s.again <- struct{}{}:
	default:
	}
}

// beat writes a comment, so that proxies keep a silent stream; one that is
// being written to needs none.
func (s *streamSink) beat() {
	if !s.writing.TryLock() {
		return
	}
	defer s.writing.Unlock()
	if s.write([]byte(":\n\n")) != nil {
		s.Close(0, "")
	}
}

func (s *streamSink) write(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if s.broken {
		return net.ErrClosed
	}
	_, _ = s.body.Write(text)
	return s.flush()
}

func (s *streamSink) flush() error {
	s.allow(writeTimeout)
	err := s.out.Flush()
	s.broken = s.broken || err != nil
	return err
}

// allow gives a write this long, unless the stream is over: then what hangs
// has had its time.
func (s *streamSink) allow(long time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		_ = s.conn.SetWriteDeadline(time.Now().Add(long))
	}
}

// Close ends the stream; a write that hangs gets no more time than a moment.
func (s *streamSink) Close(code int, _ string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed, s.code = true, code
	if s.begun {
		_ = s.conn.SetWriteDeadline(time.Now().Add(closeTimeout))
	}
	close(s.over)
}

// farewell says how it ended, and is called when nobody else writes any more:
// an end that is no end of all answers is left open, so that clients see that
// something was cut off and come back.
func (s *streamSink) farewell() {
	s.Close(0, "")
	s.writing.Lock()
	defer s.writing.Unlock()
	switch {
	case s.ended && s.chunks != nil:
		_ = s.chunks.Close()
		_, _ = s.out.WriteString("\r\n")
		_ = s.flush()
	case s.code == realtime.CloseGoingAway:
		_ = s.write([]byte("retry: 500\n\n"))
	}
	_ = s.conn.SetReadDeadline(time.Now())
	<-s.gone
}

// hangUp is what is done with a connection whose stream has ended.
func hangUp(conn net.Conn) { _ = conn.Close() }
