package controllers

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// RefreshCookieName is the cookie of the browser chat, AccessCookieName the one
// that administrators have besides, for the console alone.
const (
	RefreshCookieName = "quillium_refresh"
	AccessCookieName  = "quillium_access"

	consolePath = "/admin"
)

// Cookies say how tokens travel in cookies: never to scripts, never with
// another site's request that changes something.
type Cookies struct {
	// Secure is set exactly when PUBLIC_URL is https.
	Secure bool
	// Lasts is how long a session lives unused, asked each time; AccessLasts how
	// long an access token.
	Lasts       func() time.Duration
	AccessLasts time.Duration
}

// wanted tells whether a call asks for the cookie: ?cookies=true.
func (Cookies) wanted(c *fiber.Ctx) (bool, error) {
	asked, err := queryBool(c, "cookies")
	return asked != nil && *asked, err
}

// Read is the refresh token that came along, or empty.
func (Cookies) Read(c *fiber.Ctx) string { return c.Cookies(RefreshCookieName) }

// Set hands out tokens; the access token to administrators alone, and to the
// console's pages only.
func (k Cookies) Set(c *fiber.Ctx, tokens auth.Tokens) {
	k.put(c, RefreshCookieName, "/", tokens.RefreshToken, k.Lasts())
	if tokens.User.Role == app.RoleAdmin {
		k.put(c, AccessCookieName, consolePath, tokens.AccessToken, k.AccessLasts)
	}
}

// Clear takes the cookies away.
func (k Cookies) Clear(c *fiber.Ctx) {
	k.put(c, RefreshCookieName, "/", "", 0)
	k.put(c, AccessCookieName, consolePath, "", 0)
}

func (k Cookies) put(c *fiber.Ctx, name, path, value string, lasts time.Duration) {
	cookie := &fiber.Cookie{Name: name, Path: path, Value: value, HTTPOnly: true, Secure: k.Secure, SameSite: fiber.CookieSameSiteLaxMode, MaxAge: int(lasts.Seconds())}
	if lasts == 0 {
		// Fiber writes no Max-Age below 1, so the time has to say it.
		cookie.Expires = time.Unix(1, 0)
	}
	c.Cookie(cookie)
}
