package controllers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// people is a service that remembers what it was asked and answers what it is
// told.
type people struct {
	err          error
	actor        app.Actor
	registration auth.Registration
	credentials  auth.Credentials
	presented    auth.Presented
	words        []string
	farewell     auth.Farewell
	name         *string
	page         app.PageRequest
	session      app.SessionID
	change       auth.SettingsChange
}

func (p *people) tokens() auth.Tokens {
	return auth.Tokens{User: p.user(), AccessToken: "access", RefreshToken: "secret", ExpiresIn: 900, TokenType: "Bearer"}
}

func (p *people) user() app.User { return app.User{ID: "u", Name: "Ada"} }

func (p *people) Register(_ context.Context, actor app.Actor, with auth.Registration) (auth.Tokens, error) {
	p.actor, p.registration = actor, with
	return p.tokens(), p.err
}

func (p *people) LogIn(_ context.Context, actor app.Actor, with auth.Credentials) (auth.Tokens, error) {
	p.actor, p.credentials = actor, with
	return p.tokens(), p.err
}

func (p *people) Refresh(_ context.Context, actor app.Actor, presented auth.Presented) (auth.Tokens, error) {
	p.actor, p.presented = actor, presented
	return p.tokens(), p.err
}

func (p *people) LogOut(_ context.Context, actor app.Actor, presented auth.Presented) error {
	p.actor, p.presented = actor, presented
	return p.err
}

func (p *people) Setup(_ context.Context, _ app.Actor, token string) (app.User, error) {
	p.words = []string{token}
	return p.user(), p.err
}

func (p *people) ChangePassword(_ context.Context, _ app.Actor, current, replacement string) error {
	p.words = []string{current, replacement}
	return p.err
}

func (p *people) Confirm(_ context.Context, actor app.Actor, password string) (app.Actor, error) {
	p.words = []string{password}
	return actor, p.err
}

func (p *people) ResetPassword(_ context.Context, _ app.Actor, token, replacement string) error {
	p.words = []string{token, replacement}
	return p.err
}

func (p *people) GetMe(context.Context, app.Actor) (app.User, error) { return p.user(), p.err }

func (p *people) UpdateMe(_ context.Context, _ app.Actor, name *string) (app.User, error) {
	p.name = name
	return p.user(), p.err
}

func (p *people) DeleteMe(_ context.Context, _ app.Actor, farewell auth.Farewell) error {
	p.farewell = farewell
	return p.err
}

func (p *people) GetSessions(_ context.Context, _ app.Actor, page app.PageRequest) (app.Page[app.Session], error) {
	p.page = page
	return app.Page[app.Session]{Data: []app.Session{{ID: "s", Current: true}}, Pagination: app.Pagination{Limit: page.Limit}}, p.err
}

func (p *people) EndSession(_ context.Context, _ app.Actor, id app.SessionID) error {
	p.session = id
	return p.err
}

func (p *people) GetUserSettings(context.Context, app.Actor) (app.UserSettings, error) {
	return app.UserSettings{Theme: "dark"}, p.err
}

func (p *people) PutUserSettings(_ context.Context, _ app.Actor, change auth.SettingsChange) (app.UserSettings, error) {
	p.change = change
	return app.UserSettings{Theme: "light"}, p.err
}

// post is a JSON request.
func post(path, body string, cookies ...string) *http.Request {
	request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, value := range cookies {
		request.AddCookie(&http.Cookie{Name: RefreshCookieName, Value: value})
	}
	return request
}

func cookieOf(t *testing.T, answer *http.Response) *http.Cookie {
	t.Helper()
	for _, cookie := range answer.Cookies() {
		if cookie.Name == RefreshCookieName {
			return cookie
		}
	}
	return nil
}

func TestTokensAndCookies(t *testing.T) {
	t.Parallel()
	setting := func(secure bool) (*people, *AuthController) {
		service := &people{}
		return service, NewAuthController(service, service, Cookies{Secure: secure, Lasts: func() time.Duration { return 7 * 24 * time.Hour }, AccessLasts: 15 * time.Minute})
	}
	t.Run("registering answers 201 and all tokens", func(t *testing.T) {
		t.Parallel()
		service, auth := setting(false)
		answer, body := send(t, auth.Register, post("/", `{"email":"e","password":"p","name":"n","setup_token":"s"}`))
		require.Equal(t, 201, answer.StatusCode)
		require.Contains(t, body, `"refresh_token":"secret"`)
		require.Contains(t, body, `"expires_in":900`)
		require.Nil(t, cookieOf(t, answer))
		require.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
		require.Equal(t, "e", service.registration.Email)
		require.Equal(t, "s", *service.registration.SetupToken)
	})
	t.Run("with cookies no body holds the refresh token", func(t *testing.T) {
		t.Parallel()
		for _, secure := range []bool{false, true} {
			_, auth := setting(secure)
			for _, call := range []struct {
				handler fiber.Handler
				request *http.Request
			}{
				{auth.Register, post("/?cookies=true", `{}`)},
				{auth.LogIn, post("/?cookies=true", `{"email":"e","password":"p"}`)},
				{auth.Refresh, post("/?cookies=true", `{"refresh_token":"t"}`)},
				{auth.Refresh, post("/", ``, "t")},
			} {
				answer, body := send(t, call.handler, call.request)
				require.NotContains(t, body, "refresh_token")
				require.NotContains(t, body, "secret")
				cookie := cookieOf(t, answer)
				require.NotNil(t, cookie)
				require.Equal(t, "secret", cookie.Value)
				require.Equal(t, "/", cookie.Path)
				require.Empty(t, cookie.Domain)
				require.True(t, cookie.HttpOnly)
				require.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
				require.Equal(t, secure, cookie.Secure)
				require.Equal(t, 7*24*3600, cookie.MaxAge)
			}
		}
	})
	t.Run("signing in hands on who is asking", func(t *testing.T) {
		t.Parallel()
		service, auth := setting(false)
		answer, _ := send(t, func(c *fiber.Ctx) error {
			SetActor(c, app.Actor{IP: "192.0.2.1"})
			return auth.LogIn(c)
		}, post("/", `{"email":"e","password":"p"}`))
		require.Equal(t, 200, answer.StatusCode)
		require.Equal(t, "192.0.2.1", service.actor.IP)
		require.Equal(t, "p", service.credentials.Password)
	})
	t.Run("the body's token goes before the cookie's", func(t *testing.T) {
		t.Parallel()
		service, controller := setting(false)
		for _, handler := range []fiber.Handler{controller.Refresh, controller.LogOut} {
			send(t, handler, post("/", `{"refresh_token":"body"}`, "cookie"))
			require.Equal(t, auth.Presented{Token: "body"}, service.presented)
			send(t, handler, post("/", `{}`, "cookie"))
			require.Equal(t, auth.Presented{Token: "cookie", ByCookie: true}, service.presented)
			send(t, handler, post("/", ``, "cookie"))
			require.Equal(t, auth.Presented{Token: "cookie", ByCookie: true}, service.presented)
			send(t, handler, post("/", ``))
			require.Equal(t, auth.Presented{ByCookie: true}, service.presented)
		}
	})
	t.Run("signing out takes the cookie away", func(t *testing.T) {
		t.Parallel()
		_, auth := setting(true)
		answer, body := send(t, auth.LogOut, post("/", ``, "cookie"))
		require.Equal(t, 204, answer.StatusCode)
		require.Empty(t, body)
		cookie := cookieOf(t, answer)
		require.Empty(t, cookie.Value)
		require.True(t, cookie.Expires.Before(time.Now()))
	})
	t.Run("a refusal sets no cookie", func(t *testing.T) {
		t.Parallel()
		service, auth := setting(false)
		service.err = app.ErrUnauthorized
		for _, handler := range []fiber.Handler{auth.Register, auth.LogIn, auth.Refresh, auth.LogOut} {
			answer, body := send(t, handler, post("/?cookies=true", `{}`))
			require.Equal(t, 401, answer.StatusCode)
			require.Nil(t, cookieOf(t, answer))
			require.NotContains(t, body, "secret")
		}
	})
	t.Run("what cannot be read is refused before the service hears of it", func(t *testing.T) {
		t.Parallel()
		_, auth := setting(false)
		for _, handler := range []fiber.Handler{auth.Register, auth.LogIn, auth.Refresh, auth.LogOut, auth.Setup, auth.Password, auth.Reset} {
			answer, _ := send(t, handler, post("/", `{"role":"admin"}`))
			require.Equal(t, 400, answer.StatusCode)
		}
		for _, handler := range []fiber.Handler{auth.Register, auth.LogIn, auth.Refresh} {
			answer, _ := send(t, handler, post("/?cookies=maybe", `{}`))
			require.Equal(t, 400, answer.StatusCode)
		}
	})
}

func TestPasswordsAndSetup(t *testing.T) {
	t.Parallel()
	for _, call := range []struct {
		name, body string
		handler    func(*AuthController) fiber.Handler
		status     int
		words      []string
	}{
		{"a set-up token makes an administrator", `{"setup_token":"t"}`, func(a *AuthController) fiber.Handler { return a.Setup }, 200, []string{"t"}},
		{"a password is changed", `{"current_password":"a","new_password":"b"}`, func(a *AuthController) fiber.Handler { return a.Password }, 204, []string{"a", "b"}},
		{"a password is proved", `{"password":"a"}`, func(a *AuthController) fiber.Handler { return a.Confirm }, 204, []string{"a"}},
		{"a password is reset", `{"token":"t","new_password":"b"}`, func(a *AuthController) fiber.Handler { return a.Reset }, 204, []string{"t", "b"}},
	} {
		t.Run(call.name, func(t *testing.T) {
			t.Parallel()
			service := &people{}
			handler := call.handler(NewAuthController(service, service, Cookies{}))
			answer, _ := send(t, handler, post("/", call.body))
			require.Equal(t, call.status, answer.StatusCode)
			require.Equal(t, call.words, service.words)
			service.err = app.ErrForbidden
			answer, _ = send(t, handler, post("/", call.body))
			require.Equal(t, 403, answer.StatusCode)
		})
	}
}
