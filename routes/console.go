package routes

import (
	"errors"

	"github.com/gofiber/fiber/v2"
	"github.com/golang-jwt/jwt/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/controllers"
)

// ConsoleDoor is what stands at the entrance of the console; *admin.Console is
// one.
type ConsoleDoor interface {
	// Renew changes the refresh cookie for new cookies and tells the new access
	// token; unauthorized where the cookie is not good any more.
	Renew(c *fiber.Ctx) (access string, err error)
	// Welcome leads to the sign-in page, or is unauthorized to programs.
	Welcome(c *fiber.Ctx) error
	// Guard stands before what changes something: it wants the form's token
	// where a cookie says who asks, and takes a password that is proved along
	// with a form.
	Guard(c *fiber.Ctx) error
}

// atConsole lets those through whose access token is good: from the header,
// for scripts, else from the console's cookie. Where that has run out, the
// refresh cookie gives a new one and nobody notices: as often from an address
// as by the API, since each try is work for the database.
func atConsole(keys jwt.Keyfunc, sessions Sessions, limiter *limit.Limiter, door ConsoleDoor) fiber.Handler {
	renew := []Bucket{perAddress(limit.Refresh)}
	unauthorized := func(*fiber.Ctx, error) error { return app.ErrUnauthorized }
	enter := func(c *fiber.Ctx) error {
		if err := identify(c, sessions); err != nil {
			return err
		}
		return c.Next()
	}
	byHeader := bearer(keys, unauthorized, enter)
	renewed := func(c *fiber.Ctx) error {
		if c.Cookies(controllers.RefreshCookieName) != "" {
			if err := take(c, limiter, renew); err != nil {
				return err
			}
		}
		access, err := door.Renew(c)
		if errors.Is(err, app.ErrUnauthorized) {
			return door.Welcome(c)
		}
		if err != nil {
			return err
		}
		c.Request().Header.Set(fiber.HeaderAuthorization, "Bearer "+access)
		return byHeader(c)
	}
	byCookie := bearer(keys, func(c *fiber.Ctx, _ error) error { return renewed(c) }, func(c *fiber.Ctx) error {
		err := identify(c, sessions)
		if errors.Is(err, app.ErrUnauthorized) {
			return renewed(c)
		}
		if err != nil {
			return err
		}
		return c.Next()
	})
	return func(c *fiber.Ctx) error {
		if c.Get(fiber.HeaderAuthorization) != "" {
			return byHeader(c)
		}
		controllers.SetByCookie(c)
		c.Request().Header.Set(fiber.HeaderAuthorization, "Bearer "+c.Cookies(controllers.AccessCookieName))
		return byCookie(c)
	}
}

// guardForm stands before every form: it must come from a page of ours. What
// no cookie authenticates cannot be forged.
func (o origins) guardForm(c *fiber.Ctx) error {
	site := c.Get("Sec-Fetch-Site")
	if site == "same-origin" || site == "" && o.own(c, c.Get(fiber.HeaderOrigin)) || !controllers.ByCookie(c) {
		return c.Next()
	}
	return errForeign()
}

// byCookieAlways is for forms that begin what a cookie will stand for.
func byCookieAlways(c *fiber.Ctx) error {
	controllers.SetByCookie(c)
	return c.Next()
}

func errForeign() error {
	return app.Errorf(app.CodeForbidden, "This works only from a page of this server.")
}
