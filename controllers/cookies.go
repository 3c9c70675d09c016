package controllers

import (
	"time"

	"github.com/gofiber/fiber/v2"
)

// RefreshCookieName is the cookie of the browser chat.
const RefreshCookieName = "quillium_refresh"

// RefreshCookie says how the refresh token travels in a cookie: never to
// scripts, never with another site's request.
type RefreshCookie struct {
	// Secure is set exactly when PUBLIC_URL is https.
	Secure bool
	// Lasts is how long a session lives unused.
	Lasts time.Duration
}

// wanted tells whether a call asks for the cookie: ?cookies=true.
func (RefreshCookie) wanted(c *fiber.Ctx) (bool, error) {
	asked, err := queryBool(c, "cookies")
	return asked != nil && *asked, err
}

func (RefreshCookie) read(c *fiber.Ctx) string { return c.Cookies(RefreshCookieName) }

func (k RefreshCookie) set(c *fiber.Ctx, token string) {
	cookie := k.empty()
	cookie.Value, cookie.MaxAge = token, int(k.Lasts.Seconds())
	c.Cookie(cookie)
}

// clear takes the cookie away.
func (k RefreshCookie) clear(c *fiber.Ctx) {
	cookie := k.empty()
	// Fiber writes no Max-Age below 1, so the time has to say it.
	cookie.Expires = time.Unix(1, 0)
	c.Cookie(cookie)
}

func (k RefreshCookie) empty() *fiber.Cookie {
	return &fiber.Cookie{
		Name: RefreshCookieName, Path: "/", HTTPOnly: true, Secure: k.Secure, SameSite: fiber.CookieSameSiteLaxMode,
	}
}
