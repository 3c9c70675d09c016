package admin

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// EntranceController signs administrators in and out.
type EntranceController struct{ console *Console }

// NewEntranceController makes one.
func NewEntranceController(console *Console) *EntranceController { return &EntranceController{console} }

// Page asks for address and password; who is signed in already is led on.
func (e *EntranceController) Page(c *fiber.Ctx) error {
	return e.page(c, http.StatusOK, views.AdminSignIn{Next: next(c.Query("next"))})
}

// SignIn begins a session, in cookies, and leads to the page that was asked
// for. A person who is no administrator gets 403, and stays signed out here.
func (e *EntranceController) SignIn(c *fiber.Ctx) error {
	view := views.AdminSignIn{Next: next(Value(c, "next")), Email: Value(c, "email")}
	if err := e.console.forms.check(c, e.console.visitor(c)); err != nil {
		return e.refuse(c, view, err)
	}
	tokens, err := e.console.accounts.LogIn(c.UserContext(), controllers.ActorOf(c), auth.Credentials{Email: view.Email, Password: c.FormValue("password")})
	if err != nil {
		return e.refuse(c, view, err)
	}
	if tokens.User.Role != app.RoleAdmin {
		if err := e.console.accounts.LogOut(c.UserContext(), controllers.ActorOf(c), auth.Presented{Token: tokens.RefreshToken}); err != nil {
			return err
		}
		return e.refuse(c, view, app.Errorf(app.CodeForbidden, "The console is for administrators. Your chats are at /."))
	}
	e.console.cookies.Set(c, tokens)
	return c.Redirect(view.Next, http.StatusSeeOther)
}

// SignOut ends the session and leads to the sign-in page.
func (e *EntranceController) SignOut(c *fiber.Ctx) error {
	if err := e.console.accounts.LogOut(c.UserContext(), controllers.ActorOf(c), auth.Presented{ByCookie: true}); err != nil {
		return err
	}
	e.console.cookies.Clear(c)
	return c.Redirect("/admin/sign-in", http.StatusSeeOther)
}

func (e *EntranceController) refuse(c *fiber.Ctx, view views.AdminSignIn, err error) error {
	refused := app.AsError(err)
	if refused.Code == app.CodeInternal || refused.Code == app.CodeUnavailable {
		return err
	}
	view.Problem = refused.Message
	return e.page(c, controllers.StatusOf(refused.Code), view)
}

func (e *EntranceController) page(c *fiber.Ctx, status int, view views.AdminSignIn) error {
	view.Page, view.Token = e.console.pages.Page("Sign in"), e.console.forms.token(e.console.visitor(c))
	return controllers.Render(c, status, views.AdminEntrance(view))
}

// next is a page of the console; anything else is the first one.
func next(wanted string) string {
	at, err := url.Parse(wanted)
	if err != nil || at.Host != "" || at.Scheme != "" || path.Clean(at.Path) != at.Path || at.Path != "/admin" && !strings.HasPrefix(at.Path, "/admin/") || strings.HasPrefix(at.Path, "/admin/sign-in") {
		return "/admin"
	}
	return at.RequestURI()
}

// Renew changes the refresh cookie for new cookies and gives the access token.
func (k *Console) Renew(c *fiber.Ctx) (string, error) {
	tokens, err := k.accounts.Refresh(c.UserContext(), controllers.ActorOf(c), auth.Presented{Token: k.cookies.Read(c), ByCookie: true})
	if err != nil {
		if errors.Is(err, app.ErrInvalidInput) {
			return "", app.ErrUnauthorized
		}
		return "", err
	}
	k.cookies.Set(c, tokens)
	return tokens.AccessToken, nil
}

// Welcome leads a browser to the sign-in page, and from there back to what it
// asked for; programs are unauthorized.
func (k *Console) Welcome(c *fiber.Ctx) error {
	if !strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML) && c.Get("HX-Request") == "" {
		return app.ErrUnauthorized
	}
	to := "/admin/sign-in"
	if c.Method() == fiber.MethodGet && c.OriginalURL() != "/admin" {
		to += "?next=" + url.QueryEscape(c.OriginalURL())
	}
	if c.Get("HX-Request") != "" && c.Get("HX-Boosted") == "" {
		// Part of a page was asked for; the whole page has to go.
		c.Set("HX-Redirect", to)
		return app.ErrUnauthorized
	}
	return c.Redirect(to, http.StatusSeeOther)
}
