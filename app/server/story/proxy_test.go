package story

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// proxy stands between clients and servers. Each connection goes to any of the
// servers and is cut after a random number of bytes from it, until there were
// enough cuts; the way can be closed for a while.
type proxy struct {
	listener net.Listener
	dice     *dice

	mu      sync.Mutex
	servers []string
	// patience is the longest that a connection to be cut lives; 0 is for ever.
	patience time.Duration
	left     int
	closed   bool
	open     map[net.Conn]struct{}
}

// newProxy leads to servers: host and port, or the path of a socket.
func newProxy(t *testing.T, cuts int, servers ...string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: listener, servers: servers, dice: newDice(t), left: cuts, open: map[net.Conn]struct{}{}}
	t.Cleanup(func() { _ = listener.Close() })
	go p.serve()
	return p
}

// newDoor leads to a database, and gives its address through it.
func newDoor(t *testing.T, database string) (door *proxy, address string) {
	t.Helper()
	u, err := url.Parse(database)
	require.NoError(t, err)
	query := u.Query()
	door = newProxy(t, 0, query.Get("host")+"/.s.PGSQL."+query.Get("port"))
	query.Del("host")
	query.Del("port")
	u.Host, u.RawQuery = door.address(), query.Encode()
	return door, u.String()
}

func (p *proxy) address() string { return p.listener.Addr().String() }

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
	defer p.forget(client)
	at := pick(p.dice, p.behind())
	network := "tcp"
	if at[0] == '/' {
		network = "unix"
	}
	server, err := net.Dial(network, at)
	if err != nil {
		return
	}
	defer p.forget(server)
	if !p.remember(client, server) {
		return
	}
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	if !p.takeCut() {
		_, _ = io.Copy(client, server)
		return
	}
	if longest := p.longest(); longest > 0 {
		_ = server.SetReadDeadline(time.Now().Add(p.dice.upTo(longest)))
	}
	// From the first bytes of the handshake to far into the stream.
	_, _ = io.CopyN(client, server, int64(1+p.dice.n(12_000)))
}

func (p *proxy) behind() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.servers
}

// hurry cuts what is to be cut after this time at the latest.
func (p *proxy) hurry(patience time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.patience = patience
}

func (p *proxy) longest() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.patience
}

// only leads to this server from now on.
func (p *proxy) only(server string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.servers = []string{server}
}

func (p *proxy) remember(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		p.open[conn] = struct{}{}
	}
	return !p.closed
}

func (p *proxy) forget(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, conn)
	_ = conn.Close()
}

// shut cuts everything, and lets nothing through until lift.
func (p *proxy) shut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for conn := range p.open {
		_ = conn.Close()
	}
}

func (p *proxy) lift() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = false
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
