package controllers

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/fasthttp/websocket"
	fiberws "github.com/gofiber/contrib/websocket"
)

// A socket lives long and says little, so that what it keeps in memory is what
// it costs. What answered its handshake kept the whole request and a buffer as
// large as headers may be; here the connection is taken out of all that.

// takeOut gives the connection below a socket that was just made, and what
// the client has said already.
func takeOut(conn *fiberws.Conn) (peer net.Conn, said []byte) {
	held := conn.NetConn()
	peer = held
	if inner, has := held.(interface{ UnsafeConn() net.Conn }); has {
		peer = inner.UnsafeConn()
	}
	// With its time run out, a connection gives what was read ahead and no more.
	_ = peer.SetReadDeadline(time.Unix(1, 0))
	said, _ = io.ReadAll(held)
	_ = peer.SetReadDeadline(time.Time{})
	return peer, said
}

// wrap makes a socket of a connection whose handshake is done: buffers are
// small, and those for writing borrowed.
func (h *SocketController) wrap(peer net.Conn, said []byte) (*websocket.Conn, error) {
	upgrader := websocket.Upgrader{
		ReadBufferSize: socketBufferSize, WriteBufferSize: socketBufferSize, WriteBufferPool: h.buffers,
	}
	return upgrader.Upgrade(&done{peer: &mute{Conn: peer}, said: said}, &http.Request{
		Method: http.MethodGet, Header: http.Header{
			"Connection": {"upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
			"Sec-Websocket-Key": {"MDEyMzQ1Njc4OWFiY2RlZg=="},
		},
	}, nil)
}

// done is a handshake that was answered already, as the library wants it.
type done struct {
	peer *mute
	said []byte
}

var _ http.Hijacker = (*done)(nil)

// Hijack gives the connection, and before it what the client has said.
func (d *done) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	ahead := bufio.NewReaderSize(bytes.NewReader(d.said), len(d.said))
	if _, err := ahead.Peek(len(d.said)); err != nil {
		return nil, nil, err
	}
	return d.peer, bufio.NewReadWriter(ahead, bufio.NewWriterSize(d.peer, 1)), nil
}

var errHijacked = errors.New("the connection is hijacked")

// Header is of an answer that nobody gets.
func (d *done) Header() http.Header { return http.Header{} }

// WriteHeader answers nothing.
func (d *done) WriteHeader(int) {}

// Write answers nothing.
func (d *done) Write([]byte) (int, error) { return 0, errHijacked }

// mute is a connection whose first write, the second answer to a handshake,
// is not made.
type mute struct {
	net.Conn
	spoke bool
}

func (m *mute) Write(p []byte) (int, error) {
	if m.spoke {
		return m.Conn.Write(p)
	}
	m.spoke = true
	return len(p), nil
}
