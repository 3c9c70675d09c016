package admin

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/controllers"
)

// proofField and proofHeader carry the token of a form.
const (
	proofField  = "csrf"
	proofHeader = "X-CSRF-Token"
)

// forms makes the tokens that prove that a form is ours: an HMAC of whose form
// it is, which no other site can know.
type forms struct{ key []byte }

func (f forms) token(whose string) string {
	mac := hmac.New(sha256.New, f.key)
	mac.Write([]byte(whose))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// check compares in constant time.
func (f forms) check(c *fiber.Ctx, whose string) error {
	got := c.Get(proofHeader)
	if got == "" {
		got = c.FormValue(proofField)
	}
	if whose == "" || !hmac.Equal([]byte(got), []byte(f.token(whose))) {
		return app.Errorf(app.CodeForbidden, "This form is no longer good: go back, reload the page, and send it again.")
	}
	return nil
}

// visitorCookie names somebody who has not signed in yet, for the token of the
// sign-in form: without it another site could sign him in as somebody else.
const visitorCookie = "quillium_visitor"

func (k *Console) visitor(c *fiber.Ctx) string {
	id := c.Cookies(visitorCookie)
	if len(id) != 26 {
		id = rand.Text()
		c.Cookie(&fiber.Cookie{
			Name: visitorCookie, Path: "/admin/sign-in", Value: id, HTTPOnly: true, Secure: k.cookies.Secure,
			SameSite: fiber.CookieSameSiteStrictMode, SessionOnly: true,
		})
	}
	return "visitor " + id
}

// Guard stands before what changes something. Where a cookie says who asks,
// the form must have its token. A form may bring along the password that is
// asked for before dangerous things.
func (k *Console) Guard(c *fiber.Ctx) error {
	actor := controllers.ActorOf(c)
	if controllers.ByCookie(c) {
		if err := k.forms.check(c, string(actor.SessionID)); err != nil {
			return err
		}
	}
	if password := c.FormValue(passwordField); password != "" {
		confirmed, err := k.accounts.Confirm(c.UserContext(), actor, password)
		if err != nil {
			return k.askPassword(c, err)
		}
		controllers.SetActor(c, confirmed)
	}
	err := c.Next()
	if app.AsError(err) == app.ErrConfirm && err != nil { //nolint:errorlint // this very value, see there
		return k.askPassword(c, nil)
	}
	return err
}
