package controllers

import (
	"context"
	"io"
	"net/http/httptest"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// modelShelf is a ModelService with what it has.
type modelShelf struct {
	models []app.Model
	err    error
	asked  app.Actor
}

func (s *modelShelf) GetModels(_ context.Context, actor app.Actor) ([]app.Model, error) {
	s.asked = actor
	return s.models, s.err
}

func TestModelController(t *testing.T) {
	t.Parallel()

	get := func(t *testing.T, shelf *modelShelf) (int, string) {
		t.Helper()
		router := fiber.New(fiber.Config{Immutable: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
			return c.Status(fiber.StatusTeapot).SendString(string(app.AsError(err).Code))
		}})
		router.Use(func(c *fiber.Ctx) error { SetActor(c, app.Actor{UserID: "ada"}); return c.Next() })
		router.Get("/models", NewModelController(shelf).List)
		response, err := router.Test(httptest.NewRequest("GET", "/models", nil))
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, app.UserID("ada"), shelf.asked.UserID)
		return response.StatusCode, string(body)
	}

	t.Run("all models are on one page", func(t *testing.T) {
		t.Parallel()
		status, body := get(t, &modelShelf{models: []app.Model{{ID: "guide", Name: "Guide", Aliases: []string{}, Provider: "Quillium", Input: []string{"text"}, Default: true, Available: true}}})
		require.Equal(t, 200, status)
		require.JSONEq(t, `{"data":[{"id":"guide","name":"Guide","aliases":[],"provider":"Quillium","context_size":0,"input":["text"],"default":true,"available":true}],
			"pagination":{"limit":100,"next":null}}`, body)
	})

	t.Run("a refusal is left to the error handler", func(t *testing.T) {
		t.Parallel()
		status, body := get(t, &modelShelf{err: app.ErrUnauthorized})
		require.Equal(t, fiber.StatusTeapot, status)
		require.Equal(t, "unauthorized", body)
	})
}
