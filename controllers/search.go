package controllers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
)

// SearchService is what the search needs.
type SearchService interface {
	Search(ctx context.Context, actor app.Actor, text string, chat app.ChatID, page app.PageRequest) (app.Page[app.Hit], error)
}

// SearchController answers what people look for.
type SearchController struct {
	search SearchService
	chats  chatAccess
}

// NewSearchController makes the controller of the search.
func NewSearchController(search SearchService, chats chatAccess) *SearchController {
	return &SearchController{search: search, chats: chats}
}

// List answers GET /search.
func (h *SearchController) List(c *fiber.Ctx) error {
	var (
		chat app.ChatID
		err  error
	)
	if id := c.Query("chat_id"); id != "" {
		if chat, err = app.ParseID[app.ChatID](id); err != nil {
			return err
		}
	}
	page, err := pageOf(c)
	text := ""
	if err == nil {
		// The rule for queries is the service's; this only bounds what it is given.
		text, err = queryText(c, "q", 4096)
	}
	if err != nil {
		return h.unlessDenied(c, chat, err)
	}
	hits, err := h.search.Search(c.UserContext(), actorOf(c), text, chat, page)
	if err != nil {
		return err
	}
	return c.JSON(hits)
}

// unlessDenied tells what is wrong with a request only to those who may know
// of the chat it is about.
func (h *SearchController) unlessDenied(c *fiber.Ctx, chat app.ChatID, wrong error) error {
	if chat != "" {
		if _, denied := h.chats.Access(c.UserContext(), actorOf(c), chat); denied != nil {
			return denied
		}
	}
	return wrong
}
