package routes

import (
	"context"
	"errors"
	"net"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"
	"github.com/golang-jwt/jwt/v5"
	"github.com/valyala/fasthttp"
)

// Gate listens before there is anything to serve: until it is opened, health
// calls are answered and everything else is unavailable.
type Gate struct {
	front       *fiber.App
	handler     atomic.Pointer[fasthttp.RequestHandler]
	bodies      atomic.Pointer[func(*fasthttp.RequestHeader) fasthttp.RequestConfig]
	connections *connections
}

// NewGate makes a gate for what comes in through a listener, with a front that
// answers while the server starts.
func NewGate(front *fiber.App, listener net.Listener) *Gate {
	gate := &Gate{front: front, connections: track(listener)}
	gate.Open(front, nil, nil)
	front.Server().Handler = gate.serve
	front.Server().HeaderReceived = func(header *fasthttp.RequestHeader) fasthttp.RequestConfig {
		return (*gate.bodies.Load())(header)
	}
	return gate
}

// Open lets every request from now on through to this web. Large bodies, of as
// many bytes as most says each time, are taken from those whose access token
// these keys signed; nil is nobody.
func (g *Gate) Open(web *fiber.App, keys jwt.Keyfunc, most func() int) {
	handler, limit := web.Handler(), bodies(keys, most)
	g.bodies.Store(&limit)
	g.handler.Store(&handler)
}

// Serve answers requests until Shutdown.
func (g *Gate) Serve() error { return g.front.Server().Serve(g.connections) }

// Shutdown closes the listener and waits until every request is answered, or
// as long as the context lasts; then whoever still hangs on is hung up on.
// Sockets are closed by whoever speaks on them.
func (g *Gate) Shutdown(ctx context.Context) error {
	g.connections.hangUp(false)
	err := g.front.Server().ShutdownWithContext(ctx)
	g.connections.hangUp(true)
	// Where serving has not even begun, nobody else has closed it.
	_ = g.connections.Close()
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// serve also takes what Fiber would answer on its own, without headers: a
// method that HTTP does not know.
func (g *Gate) serve(request *fasthttp.RequestCtx) {
	if !known(string(request.Method())) {
		c := g.front.AcquireCtx(request)
		defer g.front.ReleaseCtx(c)
		_ = g.front.ErrorHandler(c, fiber.ErrMethodNotAllowed)
		return
	}
	(*g.handler.Load())(request)
}

func known(method string) bool {
	for _, name := range fiber.DefaultMethods {
		if name == method {
			return true
		}
	}
	return false
}
