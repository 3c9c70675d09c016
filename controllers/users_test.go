package controllers

import (
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

func TestMe(t *testing.T) {
	t.Parallel()
	setting := func() (*people, *UserController) {
		service := &people{}
		return service, NewUserController(service)
	}
	t.Run("one reads oneself", func(t *testing.T) {
		t.Parallel()
		_, users := setting()
		answer, body := send(t, users.Me, post("/", ``))
		require.Equal(t, 200, answer.StatusCode)
		require.Contains(t, body, `"name":"Ada"`)
	})
	t.Run("a name may be given or left out", func(t *testing.T) {
		t.Parallel()
		service, users := setting()
		send(t, users.UpdateMe, post("/", `{"name":"Eve"}`))
		require.Equal(t, "Eve", *service.name)
		send(t, users.UpdateMe, post("/", `{}`))
		require.Nil(t, service.name)
	})
	t.Run("messages are kept unless they are to be erased", func(t *testing.T) {
		t.Parallel()
		service, users := setting()
		for body, want := range map[string]auth.Farewell{
			`{"password":"p"}`:                    {Password: "p"},
			`{"password":"p","messages":"keep"}`:  {Password: "p"},
			`{"password":"p","messages":"erase"}`: {Password: "p", EraseMessages: true},
		} {
			answer, _ := send(t, users.DeleteMe, post("/", body))
			require.Equal(t, 204, answer.StatusCode)
			require.Equal(t, want, service.farewell)
		}
		service.farewell = auth.Farewell{}
		answer, _ := send(t, users.DeleteMe, post("/", `{"password":"p","messages":"burn"}`))
		require.Equal(t, 400, answer.StatusCode)
		require.Empty(t, service.farewell)
	})
	t.Run("refusals and bad bodies rise untouched", func(t *testing.T) {
		t.Parallel()
		service, users := setting()
		for _, handler := range []fiber.Handler{users.UpdateMe, users.DeleteMe} {
			answer, _ := send(t, handler, post("/", `{"role":"admin"}`))
			require.Equal(t, 400, answer.StatusCode)
		}
		service.err = app.ErrConflict
		for _, handler := range []fiber.Handler{users.Me, users.UpdateMe, users.DeleteMe} {
			answer, _ := send(t, handler, post("/", `{}`))
			require.Equal(t, 409, answer.StatusCode)
		}
	})
}

func TestSessions(t *testing.T) {
	t.Parallel()
	service := &people{}
	sessions := NewSessionController(service)
	answer, body := send(t, sessions.List, post("/?limit=5&cursor=c", ``))
	require.Equal(t, 200, answer.StatusCode)
	require.Contains(t, body, `"current":true`)
	require.Equal(t, app.PageRequest{Limit: 5, Cursor: "c"}, service.page)
	answer, _ = send(t, sessions.List, post("/?limit=0", ``))
	require.Equal(t, 400, answer.StatusCode)

	id := app.NewID[app.SessionID]()
	answer, _ = send(t, sessions.Delete, post("/at/"+string(id), ``))
	require.Equal(t, 204, answer.StatusCode)
	require.Equal(t, id, service.session)
	answer, _ = send(t, sessions.Delete, post("/at/1", ``))
	require.Equal(t, 404, answer.StatusCode)
	service.err = app.ErrNotFound
	for path, handler := range map[string]fiber.Handler{"/": sessions.List, "/at/" + string(id): sessions.Delete} {
		answer, _ = send(t, handler, post(path, ``))
		require.Equal(t, 404, answer.StatusCode)
	}
}

func TestUserSettings(t *testing.T) {
	t.Parallel()
	service := &people{}
	settings := NewUserSettingsController(service)
	answer, body := send(t, settings.Get, post("/", ``))
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Contains(t, body, `"theme":"dark"`)
	answer, body = send(t, settings.Put, post("/", `{"theme":"light","notifications_enabled":false}`))
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Contains(t, body, `"theme":"light"`)
	require.Equal(t, "light", *service.change.Theme)
	require.False(t, *service.change.NotificationsEnabled)
	require.Nil(t, service.change.Language)
	answer, _ = send(t, settings.Put, post("/", `{"volume":11}`))
	require.Equal(t, http.StatusBadRequest, answer.StatusCode)
	service.err = app.ErrUnauthorized
	for _, handler := range []fiber.Handler{settings.Get, settings.Put} {
		answer, _ = send(t, handler, post("/", `{}`))
		require.Equal(t, http.StatusUnauthorized, answer.StatusCode)
	}
}
