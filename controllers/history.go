package controllers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

// HistoryService is what the calls about the past of a chat need.
type HistoryService interface {
	GetVersions(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID, after, limit int) ([]app.Version, error)
	ChooseVersion(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID, version int) (app.Message, error)
	ForkChat(ctx context.Context, actor app.Actor, id app.ChatID, message string, title *string) (app.Chat, error)
}

// HistoryController answers the calls about versions and forks.
type HistoryController struct {
	history HistoryService
	chats   chatAccess
}

// NewHistoryController makes the controller of what was.
func NewHistoryController(history HistoryService, chats chatAccess) *HistoryController {
	return &HistoryController{history: history, chats: chats}
}

type versionBody struct {
	Version int `json:"version"`
}

type forkBody struct {
	MessageID string  `json:"message_id"`
	Title     *string `json:"title"`
}

// Versions answers GET .../messages/{mid}/versions, ascending.
func (h *HistoryController) Versions(c *fiber.Ctx) error {
	id, err := pathID[app.ChatID](c, "id")
	if err != nil {
		return err
	}
	message, err := pathID[app.MessageID](c, "mid")
	if err != nil {
		return err
	}
	after, limit, err := versionRange(c)
	if err != nil {
		if _, denied := h.chats.Access(c.UserContext(), actorOf(c), id); denied != nil {
			return denied
		}
		return err
	}
	list, err := h.history.GetVersions(c.UserContext(), actorOf(c), id, message, after, limit+1)
	if err != nil {
		return err
	}
	return c.JSON(versionPage(list, limit))
}

// versionRange reads limit and cursor. Versions are numbered as places are.
func versionRange(c *fiber.Ctx) (after, limit int, err error) {
	page, err := pageOf(c)
	if err != nil || page.Cursor == "" {
		return 0, page.Limit, err
	}
	within, err := readPlaceCursor(page.Cursor)
	if err == nil && (within.After == nil || *within.After > 1<<31-1) {
		err = badCursor()
	}
	if err != nil {
		return 0, 0, err
	}
	return int(*within.After), page.Limit, nil
}

// versionPage is what of a list goes out: at most limit, and no more than
// MaxBytes of text unless one version alone has more.
func versionPage(list []app.Version, limit int) app.Page[app.Version] {
	page := app.Page[app.Version]{Data: []app.Version{}, Pagination: app.Pagination{Limit: limit}}
	bytes := 0
	for i, v := range list {
		bytes += v.Size()
		if i == limit || (i > 0 && bytes > realtime.MaxBytes) {
			next := placeCursor("after", int64(list[i-1].Version))
			page.Pagination.Next = &next
			break
		}
		page.Data = append(page.Data, v)
	}
	return page
}

// Choose answers PUT .../messages/{mid}/version.
func (h *HistoryController) Choose(c *fiber.Ctx) error {
	var body versionBody
	id, err := inChat(c, h.chats, &body)
	if err != nil {
		return err
	}
	message, err := pathID[app.MessageID](c, "mid")
	if err != nil {
		return err
	}
	chosen, err := h.history.ChooseVersion(c.UserContext(), actorOf(c), id, message, body.Version)
	if err != nil {
		return err
	}
	return c.JSON(chosen)
}

// Fork answers POST /chats/{id}/fork.
func (h *HistoryController) Fork(c *fiber.Ctx) error {
	var body forkBody
	id, err := inChat(c, h.chats, &body)
	if err != nil {
		return err
	}
	made, err := h.history.ForkChat(c.UserContext(), actorOf(c), id, body.MessageID, body.Title)
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(made)
}
