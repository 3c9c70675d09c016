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

// finder is a search that finds nothing, and the rooms: a chat of "theirs" is
// nobody's business.
type finder struct {
	asked []any
	err   error
}

const theirs = app.ChatID("0197a3b3-1f00-7aaa-8000-5d6e7f8091ff")

func (f *finder) Search(_ context.Context, actor app.Actor, text string, chat app.ChatID, page app.PageRequest) (app.Page[app.Hit], error) {
	f.asked = []any{actor.UserID, text, chat, page}
	return app.Page[app.Hit]{Data: []app.Hit{}, Pagination: app.Pagination{Limit: page.Limit}}, f.err
}

func (f *finder) Access(_ context.Context, _ app.Actor, id app.ChatID) (app.MemberRole, error) {
	if id == theirs {
		return "", app.ErrNotFound
	}
	return app.MemberViewer, nil
}

func TestSearchController(t *testing.T) {
	t.Parallel()
	get := func(t *testing.T, f *finder, query string) string {
		t.Helper()
		router := fiber.New(fiber.Config{Immutable: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
			return c.Status(fiber.StatusTeapot).SendString(string(app.AsError(err).Code))
		}})
		router.Use(func(c *fiber.Ctx) error { SetActor(c, app.Actor{UserID: "ada"}); return c.Next() })
		router.Get("/search", NewSearchController(f, f).List)
		response, err := router.Test(httptest.NewRequest("GET", "/search?"+query, nil))
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return string(body)
	}
	t.Run("everything is handed on", func(t *testing.T) {
		t.Parallel()
		f := &finder{}
		require.Equal(t, `{"data":[],"pagination":{"limit":7,"next":null}}`, get(t, f, "q=a%20b&limit=7&cursor=c&chat_id="+string(roomID)))
		require.Equal(t, []any{app.UserID("ada"), "a b", roomID, app.PageRequest{Limit: 7, Cursor: "c"}}, f.asked)
	})
	t.Run("nothing is needed", func(t *testing.T) {
		t.Parallel()
		f := &finder{}
		get(t, f, "")
		require.Equal(t, []any{app.UserID("ada"), "", app.ChatID(""), app.PageRequest{Limit: 20}}, f.asked)
	})
	for query, code := range map[string]string{
		"chat_id=x": "not_found", "chat_id=x&limit=0": "not_found", "limit=0": "invalid_input", "q=%00": "invalid_input", "q=%ff": "invalid_input",
		"q=%00&chat_id=" + string(theirs): "not_found", "q=%00&chat_id=" + string(roomID): "invalid_input",
	} {
		t.Run(query+" is "+code, func(t *testing.T) {
			t.Parallel()
			f := &finder{}
			require.Equal(t, code, get(t, f, query))
			require.Empty(t, f.asked)
		})
	}
	t.Run("a refusal is left to the error handler", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "unavailable", get(t, &finder{err: app.ErrUnavailable}, "q=a"))
	})
}
