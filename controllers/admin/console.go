package admin

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// Accounts are the services that the entrance needs; *auth.Service is one.
type Accounts interface {
	LogIn(ctx context.Context, actor app.Actor, with auth.Credentials) (auth.Tokens, error)
	LogOut(ctx context.Context, actor app.Actor, presented auth.Presented) error
	Refresh(ctx context.Context, actor app.Actor, presented auth.Presented) (auth.Tokens, error)
	Confirm(ctx context.Context, actor app.Actor, password string) (app.Actor, error)
}

// Console is what all pages of the console share: how they are dressed, who is
// let in, and how a form is answered.
type Console struct {
	accounts Accounts
	pages    *controllers.PageController
	cookies  controllers.Cookies
	forms    forms
	now      func() time.Time
}

// NewConsole makes one. The key is for the tokens of forms: 32 bytes, the same
// on all nodes.
func NewConsole(accounts Accounts, pages *controllers.PageController, cookies controllers.Cookies, key []byte) *Console {
	return &Console{accounts: accounts, pages: pages, cookies: cookies, forms: forms{key}, now: time.Now}
}

// Frame is what a page needs besides its own: a title, the section of the
// navigation that it belongs to, who is signed in, the token of its forms, and
// what was done just now.
func (k *Console) Frame(c *fiber.Ctx, title, section string) views.Frame {
	actor := controllers.ActorOf(c)
	return views.Frame{
		Page: k.pages.Page(title), Section: section, Person: actor.Name, Token: k.forms.token(string(actor.SessionID)),
		Done: views.AdminDone(c.Query("done")), Path: c.Path(), Address: c.OriginalURL(),
	}
}

// Render answers with a page.
func (k *Console) Render(c *fiber.Ctx, page templ.Component) error {
	return controllers.Render(c, http.StatusOK, page)
}

// Done leads on after a form did what it should (303, RFC 9110), so that a
// reload does it no second time; did is a key of views.AdminDone. What the
// address asks for already stays.
func (k *Console) Done(c *fiber.Ctx, to, did string) error {
	path, query, _ := strings.Cut(to, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		values = url.Values{}
	}
	values.Set("done", did)
	return c.Redirect(path+"?"+values.Encode(), http.StatusSeeOther)
}

// Refusal is what a person reads of an error that refuses what a form asks;
// not is where the error is another one, or wants the password first.
func (k *Console) Refusal(err error) (refusal views.Refusal, is bool) {
	known := app.AsError(err)
	if known == app.ErrConfirm { //nolint:errorlint // this very value, see there
		return refusal, false
	}
	switch known.Code {
	case app.CodeInvalidInput, app.CodeConflict, app.CodeForbidden, app.CodeTooLarge, app.CodeRateLimited:
	default:
		return refusal, false
	}
	refusal = views.Refusal{Status: controllers.StatusOf(known.Code), Message: known.Message, Fields: map[string]string{}}
	for _, detail := range known.Details {
		refusal.Fields[detail.Field] = detail.Message
	}
	return refusal, true
}

// Refused shows a page again on which a form was refused: with what was typed,
// and what is wrong beside it, which page gets. What is no refusal is returned.
func (k *Console) Refused(c *fiber.Ctx, err error, page func(views.Refusal) templ.Component) error {
	refusal, is := k.Refusal(err)
	if !is {
		return err
	}
	return k.Answer(c, refusal.Status, page(refusal))
}

// Answer answers a form with a page of its own, in place of leading on: what is
// shown once, or what was refused.
func (k *Console) Answer(c *fiber.Ctx, status int, page templ.Component) error {
	wholePage(c)
	return controllers.Render(c, status, page)
}

// wholePage makes an answer to a form take the place of the page, also where
// only a part of it was to change; the address stays that of the page, since
// that of a form takes forms only.
func wholePage(c *fiber.Ctx) {
	c.Set("HX-Retarget", "#admin")
	c.Set("HX-Reselect", "#admin")
	c.Set("HX-Reswap", "outerHTML")
	c.Set("HX-Push-Url", "false")
}

// Value reads a field of a form, as it was typed.
func Value(c *fiber.Ctx, name string) string { return strings.ToValidUTF8(c.FormValue(name), "") }

// Values reads a field that may be there several times.
func Values(c *fiber.Ctx, name string) []string {
	var list []string
	for _, value := range c.Request().PostArgs().PeekMulti(name) {
		list = append(list, strings.ToValidUTF8(string(value), ""))
	}
	return list
}

// Checked tells whether a box of a form is checked.
func Checked(c *fiber.Ctx, name string) bool { return Value(c, name) != "" }
