package routes

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// What a page may do: everything from this server, nothing from elsewhere.
const (
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; manifest-src 'self'; " +
		"img-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	apiPolicy = "default-src 'none'; frame-ancestors 'none'"
)

// harden sets what protects every answer; a handler may set Cache-Control anew
// for what never changes.
func harden(secure bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		policy := pagePolicy
		if isAPI(c.Path()) && c.Path() != docsPage {
			policy = apiPolicy
		}
		c.Set(fiber.HeaderContentSecurityPolicy, policy)
		c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
		c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
		c.Set("Cross-Origin-Opener-Policy", "same-origin")
		c.Set("Cross-Origin-Resource-Policy", "same-origin")
		c.Set(fiber.HeaderCacheControl, "no-store")
		if secure {
			c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
		}
		return c.Next()
	}
}

func isAPI(path string) bool { return path == "/api" || strings.HasPrefix(path, "/api/") }

// share lets pages of the named origins call the API: with a token they hold,
// never with a cookie.
func share(origins []string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if len(origins) == 0 || !isAPI(c.Path()) {
			return c.Next()
		}
		c.Vary(fiber.HeaderOrigin)
		origin := c.Get(fiber.HeaderOrigin)
		if !slices.Contains(origins, origin) {
			return c.Next()
		}
		c.Set(fiber.HeaderAccessControlAllowOrigin, origin)
		c.Set("Cross-Origin-Resource-Policy", "cross-origin")
		c.Set(fiber.HeaderAccessControlExposeHeaders, "X-Request-ID, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After")
		if c.Method() != fiber.MethodOptions || c.Get(fiber.HeaderAccessControlRequestMethod) == "" {
			return c.Next()
		}
		c.Set(fiber.HeaderAccessControlAllowMethods, "GET, POST, PUT, PATCH, DELETE")
		c.Set(fiber.HeaderAccessControlAllowHeaders, "Authorization, Content-Type, Last-Event-ID")
		c.Set(fiber.HeaderAccessControlMaxAge, "600")
		return c.SendStatus(fiber.StatusNoContent)
	}
}
