package routes

import (
	"context"
	"errors"
	"net"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Gate listens before there is anything to serve: until it is opened, health
// calls are answered and everything else is unavailable.
type Gate struct {
	front       *fiber.App
	handler     atomic.Pointer[fasthttp.RequestHandler]
	connections atomic.Pointer[connections]
}

// NewGate makes a gate from a front that answers while the server starts.
func NewGate(front *fiber.App) *Gate {
	gate := &Gate{front: front}
	gate.Open(front)
	front.Server().Handler = gate.serve
	return gate
}

// Open lets every request from now on through to this web.
func (g *Gate) Open(web *fiber.App) {
	handler := web.Handler()
	g.handler.Store(&handler)
}

// Serve answers what comes in through a listener until Shutdown.
func (g *Gate) Serve(listener net.Listener) error {
	tracked := track(listener)
	g.connections.Store(tracked)
	return g.front.Server().Serve(tracked)
}

// Shutdown closes the listener and waits until every request is answered, or
// as long as the context lasts; then whoever still hangs on is hung up on.
// Sockets are closed by whoever speaks on them.
func (g *Gate) Shutdown(ctx context.Context) error {
	tracked := g.connections.Load()
	if tracked == nil {
		return nil
	}
	tracked.hangUp(false)
	err := g.front.Server().ShutdownWithContext(ctx)
	tracked.hangUp(true)
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
