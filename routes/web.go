// Package routes says which URLs there are, who may call each, how often and
// for how long: all in one table (routes.go). Everything that happens before a
// handler is in the other files, one noun each. It imports Fiber, contrib/jwt,
// controllers and app packages.
package routes

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/golang-jwt/jwt/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/controllers"
)

// Options is what all routes need besides their handlers.
type Options struct {
	Log *slog.Logger
	// PublicURL is our own origin, or empty where that is whatever a client
	// calls us; pages of AllowedOrigins may call the API.
	PublicURL      string
	AllowedOrigins []string
	TrustedProxies []netip.Prefix
	// MaxBody is the most bytes a request may hold.
	MaxBody int
	Limiter *limit.Limiter
	// Keys and Sessions check access tokens.
	Keys     jwt.Keyfunc
	Sessions Sessions
	// Draining tells whether no socket may be opened any more.
	Draining func() bool
	// Observe hears of every request that was answered; nil for nobody.
	Observe func(method, route string, status int, took time.Duration)
	// Console stands at the entrance of the console.
	Console ConsoleDoor
	// RenderError answers browsers; nil where there are no pages yet.
	RenderError controllers.RenderPage
}

// headerSpace bounds the headers of a request: cookies of other programs on the
// same host come along.
const headerSpace = 8 << 10

// New builds the web from a table. Contexts of requests end with base.
func New(base context.Context, options Options, table []Route) *fiber.App {
	web := newApp(options)
	own := origins{public: options.PublicURL, allowed: options.AllowedOrigins}
	for _, route := range table {
		chain := append([]fiber.Handler{within(base, route.Path, route.deadline())}, before(options, own, route)...)
		chain = append(chain, route.Handler)
		web.Add(route.Method, route.Path, chain...)
		if route.Method == fiber.MethodGet && route.Who != Socket {
			web.Add(fiber.MethodHead, route.Path, chain...)
		}
	}
	web.Use(func(*fiber.Ctx) error { return app.ErrNotFound })
	return web
}

// NewFront builds what answers while the server still starts: health calls,
// and unavailable to all others.
func NewFront(base context.Context, options Options, health *controllers.HealthController) *fiber.App {
	web := newApp(options)
	for _, route := range healthRoutes(health) {
		web.Get(route.Path, within(base, route.Path, route.deadline()), route.Handler)
	}
	web.Use(func(*fiber.Ctx) error {
		return &app.Error{Code: app.CodeUnavailable, Message: "Quillium is starting; try again in a moment.", RetryAfter: time.Second}
	})
	return web
}

// newApp is a Fiber with what stands before every route.
func newApp(options Options) *fiber.App {
	web := fiber.New(fiber.Config{
		AppName: "Quillium",
		// Without it Fiber's strings are overwritten by the next request.
		Immutable:             true,
		CaseSensitive:         true,
		StrictRouting:         true,
		DisableStartupMessage: true,
		ReduceMemoryUsage:     true,
		BodyLimit:             options.MaxBody,
		ReadBufferSize:        headerSpace,
		ReadTimeout:           30 * time.Second,
		IdleTimeout:           75 * time.Second,
		// X-Forwarded-Host is believed from proxies alone, like the rest.
		EnableTrustedProxyCheck: true,
		TrustedProxies:          networks(options.TrustedProxies),
		WriteTimeout:            0, // it would cut streams
		// No call takes a form with files; read as one, it would fill memory and
		// disk before anybody is asked who he is.
		DisablePreParseMultipartForm: true,
		ErrorHandler:                 controllers.NewErrorHandler(options.Log, options.RenderError),
	})
	// A socket or a stream outlives its request, and closes what it took over.
	web.Server().KeepHijackedConns = true
	web.Use(begin(options.TrustedProxies), harden(isSecure(options.PublicURL)), addVersion, logRequests(options.Log, options.Observe),
		recoverPanics(options.Log), share(options.AllowedOrigins))
	return web
}

// before is what stands between a request and its handler: cheap refusals
// first, and who is asking before what they ask.
func before(options Options, own origins, route Route) []fiber.Handler {
	var chain []fiber.Handler
	if route.Cookies {
		chain = append(chain, own.guardCookies)
	}
	limits := limited(options.Limiter, route.Buckets)
	switch route.Who {
	case Guest:
		return append(chain, limits, recognised(options.Keys, options.Sessions))
	case Person:
		return append(chain, signedIn(options.Keys, options.Sessions), limits)
	case Administrator:
		return append(chain, signedIn(options.Keys, options.Sessions), administrators, limits)
	case Doorstep:
		chain = append(chain, limits)
		if route.Method != fiber.MethodGet {
			chain = append(chain, byCookieAlways, own.guardForm)
		}
		return chain
	case Console:
		chain = append(chain, atConsole(options.Keys, options.Sessions, options.Limiter, options.Console), administrators, limits)
		if route.Method != fiber.MethodGet {
			chain = append(chain, own.guardForm, options.Console.Guard)
		}
		return chain
	case Socket:
		return append(chain, refuseWhen(options.Draining), own.guardSocket, limits, handshake, liftToken, signedIn(options.Keys, options.Sessions))
	}
	if len(route.Buckets) > 0 {
		chain = append(chain, limits)
	}
	return chain
}

func refuseWhen(draining func() bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if draining() {
			return &app.Error{Code: app.CodeUnavailable, Message: "Quillium is going away; try again in a moment.", RetryAfter: time.Second}
		}
		return c.Next()
	}
}

func isSecure(public string) bool { return len(public) >= 6 && public[:6] == "https:" }

func networks(trusted []netip.Prefix) []string {
	list := make([]string, len(trusted))
	for i, network := range trusted {
		list[i] = network.String()
	}
	return list
}
