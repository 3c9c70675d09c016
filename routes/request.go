package routes

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/controllers"
)

// tallyKey is where a request keeps what it cost, for the log.
type tallyKey struct{}

// patternKey is where a request keeps the pattern of its route, for the log.
type patternKey struct{}

// begin says who asks before anybody knows a name: an address, a program and a
// request id.
func begin(trusted proxies) fiber.Handler {
	return func(c *fiber.Ctx) error {
		id := trusted.requestIDOf(c)
		controllers.SetActor(c, app.Actor{
			IP:        trusted.clientOf(c).String(),
			UserAgent: clean(c.Get(fiber.HeaderUserAgent)),
			RequestID: id,
		})
		c.Set(fiber.HeaderXRequestID, id)
		return c.Next()
	}
}

// clean makes a header fit for a log and for PostgreSQL.
func clean(text string) string {
	const longest = 256
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "")
	}
	return text
}

// logRequests writes one line a request, with the route's pattern and never
// the raw path or query, which may hold a secret. It has errors answered
// right here, because only then is the status known.
func logRequests(log *slog.Logger, observe func(method, route string, status int, took time.Duration)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		started := time.Now()
		if err := c.Next(); err != nil {
			if err := c.App().ErrorHandler(c, err); err != nil {
				return err
			}
		}
		actor := controllers.ActorOf(c)
		pattern, _ := c.Locals(patternKey{}).(string)
		tally, _ := c.Locals(tallyKey{}).(*app.Tally)
		status, took := c.Response().StatusCode(), time.Since(started)
		if observe != nil {
			observe(c.Method(), pattern, status, took)
		}
		log.Log(c.UserContext(), levelOf(pattern, status), "request",
			"request_id", actor.RequestID, "user_id", string(actor.UserID),
			"method", c.Method(), "route", pattern, "status", status,
			"duration_ms", float64(took.Microseconds())/1000, "bytes", len(c.Response().Body()), "queries", tally.Queries())
		return nil
	}
}

// levelOf is how much a request matters to whoever reads the log. Somebody who
// polls every few seconds whether the server is well buries what others do, as
// long as it is.
func levelOf(pattern string, status int) slog.Level {
	switch pattern {
	case pathHealth, pathLive, pathReady:
		if status < 400 {
			return slog.LevelDebug
		}
	}
	return slog.LevelInfo
}

// recoverPanics makes a panic an internal error; its text and stack are for the
// log alone.
func recoverPanics(log *slog.Logger) fiber.Handler {
	return func(c *fiber.Ctx) (err error) {
		defer func() {
			if panicked := recover(); panicked != nil {
				log.Error("panic", "request_id", controllers.ActorOf(c).RequestID, "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
				err = app.ErrInternal
			}
		}()
		return c.Next()
	}
}

// within gives the handlers behind it a context that ends after this long or
// with the server, whichever is first. Services see only that.
func within(base context.Context, pattern string, limit time.Duration) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Locals(patternKey{}, pattern)
		ctx, cancel := context.WithTimeout(base, limit)
		defer cancel()
		ctx, tally := app.WithTally(ctx)
		c.Locals(tallyKey{}, tally)
		c.SetUserContext(ctx)
		return c.Next()
	}
}

// versionless matches the calls of the API that name no version.
var versionless = regexp.MustCompile(`^/api/([^/]+)`)

// addVersion makes /api/chats the same as /api/v1/chats, before any route is
// looked for; sockets too.
func addVersion(c *fiber.Ctx) error {
	first := versionless.FindStringSubmatch(c.Path())
	if first != nil && first[1] != "v1" && first[1] != contractFile && c.Path() != docsPage {
		c.Path("/api/v1" + strings.TrimPrefix(c.Path(), "/api"))
	}
	return c.Next()
}

// contractFile and docsPage are what under /api has no version; the second is a
// page.
const (
	contractFile = "openapi.yaml"
	docsPage     = "/api/docs"
)
