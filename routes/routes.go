package routes

import (
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/controllers"
)

// Who may make a call.
type Who string

// Anybody needs no token; a Person needs an access token, an Administrator
// one of an administrator; a Socket one before its upgrade. A Page is for
// browsers, holds nothing about anybody, and needs none.
const (
	Anybody       Who = "anybody"
	Person        Who = "person"
	Administrator Who = "administrator"
	Socket        Who = "socket"
	Page          Who = "page"
)

// Route is one line of the table.
type Route struct {
	Method, Path string
	Who          Who
	Buckets      []Bucket
	// Cookies marks calls that a cookie may authenticate or that set one.
	Cookies bool
	// Deadline is how long the services may take; 0 is the usual 15 s.
	Deadline time.Duration
	Handler  fiber.Handler
}

func (r Route) deadline() time.Duration {
	if r.Deadline == 0 {
		return 15 * time.Second
	}
	return r.Deadline
}

// String is the line as people read it.
func (r Route) String() string {
	limits := make([]string, len(r.Buckets))
	for i, bucket := range r.Buckets {
		limits[i] = fmt.Sprintf("%s %d/%s", bucket.Rule.Name, bucket.Rule.Times, short(bucket.Rule.Per))
	}
	cookies := "-"
	if r.Cookies {
		cookies = "cookies"
	}
	limited := strings.Join(limits, ", ")
	if limited == "" {
		limited = "-"
	}
	return fmt.Sprintf("%-6s  %-46s  %-7s  %-7s  %4s  %s", r.Method, r.Path, r.Who, cookies, short(r.deadline()), limited)
}

func short(d time.Duration) string {
	switch d {
	case time.Minute:
		return "min"
	case time.Hour:
		return "h"
	}
	return d.String()
}

// Handlers are the controllers whose methods the table names.
type Handlers struct {
	Health   *controllers.HealthController
	Contract *controllers.ContractController
	Pages    *controllers.PageController
}

// Table is every URL of the program.
func Table(h Handlers) []Route {
	table := []Route{
		{Method: "GET", Path: "/api/" + contractFile, Who: Anybody, Buckets: []Bucket{perAddress(limit.API)}, Handler: h.Contract.Get},

		{Method: "GET", Path: "/", Who: Page, Handler: h.Pages.Home},
		{Method: "GET", Path: "/assets/:hash/*", Who: Page, Handler: h.Pages.Asset},
	}
	return append(table, healthRoutes(h.Health)...)
}

func healthRoutes(health *controllers.HealthController) []Route {
	const quick = 3 * time.Second
	return []Route{
		{Method: "GET", Path: "/health", Who: Anybody, Deadline: quick, Handler: health.Health},
		{Method: "GET", Path: "/livez", Who: Anybody, Deadline: quick, Handler: health.Live},
		{Method: "GET", Path: "/readyz", Who: Anybody, Deadline: quick, Handler: health.Ready},
	}
}
