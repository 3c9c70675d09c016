package admin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/public"
	"github.com/quillium/quillium/views"
)

// accounts knows one password.
type accounts struct{ err error }

func (a accounts) LogIn(context.Context, app.Actor, auth.Credentials) (auth.Tokens, error) {
	return auth.Tokens{}, a.err
}
func (a accounts) LogOut(context.Context, app.Actor, auth.Presented) error { return a.err }
func (a accounts) Refresh(context.Context, app.Actor, auth.Presented) (auth.Tokens, error) {
	return auth.Tokens{}, a.err
}

func (a accounts) Confirm(_ context.Context, actor app.Actor, password string) (app.Actor, error) {
	if a.err != nil {
		return actor, a.err
	}
	if password != "right" {
		return actor, app.Errorf(app.CodeForbidden, "The password is not right.")
	}
	actor.RequestID = "confirmed"
	return actor, nil
}

// dangerous is a form that wants the password of the last minutes.
func dangerous(t *testing.T, service accounts, body string, head ...string) (int, string) {
	t.Helper()
	files, err := public.New()
	require.NoError(t, err)
	pages := controllers.NewPageController(files, controllers.PageOptions{Face: func() views.Face { return views.Face{Name: "Quillium"} }})
	console := NewConsole(service, pages, controllers.Cookies{}, []byte("key"))
	web := fiber.New(fiber.Config{Immutable: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
		return c.Status(controllers.StatusOf(app.AsError(err).Code)).SendString(app.AsError(err).Message)
	}})
	web.Use(func(c *fiber.Ctx) error {
		controllers.SetActor(c, app.Actor{UserID: "u", SessionID: "s", Role: app.RoleAdmin})
		controllers.SetByCookie(c)
		return c.Next()
	}, console.Guard)
	web.Post("/admin/burn", func(c *fiber.Ctx) error {
		if controllers.ActorOf(c).RequestID != "confirmed" {
			return app.ErrConfirm
		}
		return c.SendString("burnt " + strings.Join(Values(c, "id"), ","))
	})
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/admin/burn?x=1", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(head); i += 2 {
		request.Header.Set(head[i], head[i+1])
	}
	response, err := web.Test(request, -1)
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(text)
}

func TestAskPassword(t *testing.T) {
	t.Parallel()
	token := "csrf=" + forms{[]byte("key")}.token("s")
	t.Run("a dangerous form is asked for the password, and nothing typed is lost", func(t *testing.T) {
		t.Parallel()
		status, page := dangerous(t, accounts{}, token+"&id=a&id=b&reason=%22%3Cb%3E", "HX-Current-URL", "http://here/admin/users?id=a")
		require.Equal(t, 403, status)
		for _, part := range []string{
			`action="/admin/burn?x=1"`, `name="id" value="a"`, `name="id" value="b"`, `name="reason" value="&#34;&lt;b&gt;"`,
			`name="confirm_password"`, `href="/admin/users?id=a"`,
		} {
			require.Contains(t, page, part)
		}
		require.Equal(t, 2, strings.Count(page, `action="/admin/burn`)+strings.Count(page, `action="/admin/sign-out"`))
	})
	t.Run("with the password it is done at once", func(t *testing.T) {
		t.Parallel()
		status, said := dangerous(t, accounts{}, token+"&id=a&id=b&confirm_password=right")
		require.Equal(t, 200, status)
		require.Equal(t, "burnt a,b", said)
	})
	t.Run("a wrong one is told, and is not on the page", func(t *testing.T) {
		t.Parallel()
		status, page := dangerous(t, accounts{}, token+"&id=a&confirm_password=guess")
		require.Equal(t, 403, status)
		require.Contains(t, page, "The password is not right.")
		require.Contains(t, page, `name="id" value="a"`)
		require.NotContains(t, page, "guess")
	})
	t.Run("without the form's token nothing is asked", func(t *testing.T) {
		t.Parallel()
		status, _ := dangerous(t, accounts{}, "id=a&confirm_password=right")
		require.Equal(t, 403, status)
	})
	t.Run("what fails inside is no wrong password", func(t *testing.T) {
		t.Parallel()
		status, _ := dangerous(t, accounts{err: errors.New("the database is away")}, token+"&confirm_password=right")
		require.Equal(t, 500, status)
	})
	t.Run("another address is no page to go back to", func(t *testing.T) {
		t.Parallel()
		_, page := dangerous(t, accounts{}, token, "HX-Current-URL", "javascript:alert(1)/admin")
		require.NotContains(t, page, "javascript")
	})
}
