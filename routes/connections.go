package routes

import (
	"net"
	"sync"
	"sync/atomic"
)

// connections are all that a listener has accepted and that are open still.
// fasthttp closes those that wait for another request when it shuts down, but
// waits in vain for those that never sent one, and for those that hang.
type connections struct {
	net.Listener
	mu   sync.Mutex
	open map[*connection]struct{}
}

func track(listener net.Listener) *connections {
	return &connections{Listener: listener, open: map[*connection]struct{}{}}
}

// Accept takes the next one in.
func (c *connections) Accept() (net.Conn, error) {
	accepted, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp, is := accepted.(*net.TCPConn)
	if !is {
		return accepted, nil
	}
	one := &connection{TCPConn: tcp, all: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[one] = struct{}{}
	return one, nil
}

// hangUp closes those that never said anything, or all.
func (c *connections) hangUp(all bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for one := range c.open {
		if all || !one.spoke.Load() {
			_ = one.TCPConn.Close()
		}
	}
}

// connection knows whether its client has said anything yet. It is a TCPConn
// for all who need to know.
type connection struct {
	*net.TCPConn
	all   *connections
	spoke atomic.Bool
}

func (o *connection) Read(p []byte) (int, error) {
	n, err := o.TCPConn.Read(p)
	if n > 0 && !o.spoke.Load() {
		o.spoke.Store(true)
	}
	return n, err
}

// Close also forgets it.
func (o *connection) Close() error {
	o.all.mu.Lock()
	delete(o.all.open, o)
	o.all.mu.Unlock()
	return o.TCPConn.Close()
}
