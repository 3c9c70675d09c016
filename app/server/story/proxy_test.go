package story

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy stands between a client and the server, and cuts each connection
// after a random number of bytes from the server, until it has cut enough.
type proxy struct {
	listener net.Listener
	server   string

	mu   sync.Mutex
	left int
}

func newProxy(t *testing.T, server string, cuts int) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: listener, server: server, left: cuts}
	t.Cleanup(func() { _ = listener.Close() })
	go p.serve()
	return p
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.join(client)
	}
}

func (p *proxy) join(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	if !p.takeCut() {
		_, _ = io.Copy(client, server)
		return
	}
	// From the first bytes of the handshake to far into the stream.
	_, _ = io.CopyN(client, server, 1+rand.Int64N(12_000))
}

func (p *proxy) takeCut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left--
	return p.left >= 0
}

func (p *proxy) cutsLeft() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(p.left, 0)
}
