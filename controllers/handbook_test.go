package controllers

import (
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/handbook"
	"github.com/quillium/quillium/public"
	"github.com/quillium/quillium/views"
)

func TestHandbook(t *testing.T) {
	t.Parallel()
	asked := ""
	book, err := handbook.New(fstest.MapFS{
		"index.md": {Data: []byte("# Start\n\n[Chats](chats.md)\n")}, "chats.md": {Data: []byte("# Chats\n\n## A room\n\nText.\n")},
	}, func(question string, _ int) []handbook.Passage {
		asked = question
		if question == "room" {
			return []handbook.Passage{{Page: "Chats", Heading: "A room", Text: "Text `<b>`."}}
		}
		return nil
	})
	require.NoError(t, err)
	files, err := public.New()
	require.NoError(t, err)
	pages := NewPageController(files, PageOptions{Face: func() views.Face { return inn }})
	h := NewHandbookController(pages, book)
	web := fiber.New(fiber.Config{Immutable: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
		return pages.RenderError(c, StatusOf(app.AsError(err).Code), app.AsError(err).Message, "r-1")
	}})
	web.Get("/handbook", h.First)
	web.Get("/handbook/:page", h.Page)
	get := func(t *testing.T, path string) (int, string) {
		t.Helper()
		response, body := get(t, web, path)
		return response.StatusCode, body
	}
	t.Run("opens with its first page", func(t *testing.T) {
		status, body := get(t, "/handbook")
		require.Equal(t, 200, status)
		require.Contains(t, body, `<a href="/handbook/chats">Chats</a>`)
		require.Contains(t, body, `href="#pages"`, "a phone has the pages below the text, and a way there")
		require.Contains(t, body, `<nav class="handbook-pages" id="pages"`)
		require.Contains(t, body, `<a href="/handbook/index" aria-current="page">Start</a>`)
		require.Contains(t, body, "<title>Start · The Inn</title>")
	})
	t.Run("has a page for each file", func(t *testing.T) {
		status, body := get(t, "/handbook/chats")
		require.Equal(t, 200, status)
		require.Contains(t, body, `<h2 id="a-room">A room</h2>`)
	})
	t.Run("says what it does not have", func(t *testing.T) {
		for _, path := range []string{"/handbook/nothing", "/handbook/chats.md", "/handbook/..%2findex"} {
			status, body := get(t, path)
			require.Equal(t, 404, status)
			require.Contains(t, body, "The handbook has no such page.")
		}
	})
	t.Run("shows what it found, as text", func(t *testing.T) {
		status, body := get(t, "/handbook?q=room")
		require.Equal(t, 200, status)
		require.Contains(t, body, `<a href="/handbook/chats#a-room">A room</a>`)
		require.Contains(t, body, "Text &lt;b&gt;.")
		require.Contains(t, body, `value="room"`)
	})
	t.Run("says that it found nothing, and escapes the question", func(t *testing.T) {
		status, body := get(t, "/handbook?q="+url.QueryEscape(`"><script>x`))
		require.Equal(t, 200, status)
		require.Contains(t, body, "Nothing in the handbook is about that.")
		require.NotContains(t, body, "<script>x")
	})
	t.Run("reads 200 characters of a question", func(t *testing.T) {
		status, _ := get(t, "/handbook?q="+url.QueryEscape(strings.Repeat("ä", 201)))
		require.Equal(t, 200, status)
		require.Equal(t, strings.Repeat("ä", 200), asked)
		status, _ = get(t, "/handbook?q=%ff%fe")
		require.Equal(t, 200, status)
	})
}
