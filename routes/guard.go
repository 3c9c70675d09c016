package routes

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/controllers"
)

// origins knows which pages are ours and which may call us.
type origins struct {
	public  string
	allowed []string
}

// own tells whether an Origin is this server's. Without PUBLIC_URL that is
// whatever host the client asked for.
func (o origins) own(c *fiber.Ctx, origin string) bool {
	if o.public != "" {
		return origin == o.public
	}
	from, err := url.Parse(origin)
	return err == nil && (from.Scheme == "http" || from.Scheme == "https") && from.Host != "" && from.Host == c.Hostname()
}

// guardCookies stands before every call that a cookie authenticates or that
// sets one: it must come from a page of ours, or it is forbidden. The body
// must be JSON, which decode sees to.
func (o origins) guardCookies(c *fiber.Ctx) error {
	if c.Query("cookies") == "" && c.Cookies(controllers.RefreshCookieName) == "" {
		return c.Next()
	}
	site := c.Get("Sec-Fetch-Site")
	if site == "same-origin" || site == "" && o.own(c, c.Get(fiber.HeaderOrigin)) {
		return c.Next()
	}
	return errForeign()
}

// guardSocket refuses a socket that a page of a foreign origin opens. Programs
// send no Origin.
func (o origins) guardSocket(c *fiber.Ctx) error {
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" || o.own(c, origin) || slices.Contains(o.allowed, origin) {
		return c.Next()
	}
	return app.Errorf(app.CodeForbidden, "Pages of this origin may not open a socket here.")
}

// handshake answers the headers of an upgrade with the version it speaks (RFC
// 6455, 4.4), refusals too: one without it tells `quillium doctor` that a proxy
// keeps the headers back.
func handshake(c *fiber.Ctx) error {
	if strings.EqualFold(c.Get(fiber.HeaderUpgrade), "websocket") && strings.Contains(strings.ToLower(c.Get(fiber.HeaderConnection)), "upgrade") {
		c.Set(fiber.HeaderSecWebSocketVersion, "13")
	}
	return c.Next()
}
