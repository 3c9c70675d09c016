package controllers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// ChatService is what the chats' calls need.
type ChatService interface {
	GetChats(ctx context.Context, actor app.Actor, filter chat.Filter, page app.PageRequest) (app.Page[app.Chat], error)
	GetChat(ctx context.Context, actor app.Actor, id app.ChatID) (app.Chat, error)
	CreateChat(ctx context.Context, actor app.Actor, input chat.NewChat) (app.Chat, error)
	UpdateChat(ctx context.Context, actor app.Actor, id app.ChatID, patch chat.Patch) (app.Chat, error)
	DeleteChat(ctx context.Context, actor app.Actor, id app.ChatID) error
	RestoreChat(ctx context.Context, actor app.Actor, id app.ChatID) (app.Chat, error)
	Read(ctx context.Context, actor app.Actor, id app.ChatID, seq int64) error
	Access(ctx context.Context, actor app.Actor, id app.ChatID) (app.MemberRole, error)
}

// ChatController answers the calls about chats.
type ChatController struct{ chats ChatService }

// NewChatController makes the controller of chats.
func NewChatController(chats ChatService) *ChatController { return &ChatController{chats: chats} }

type newChatBody struct {
	Title        *string `json:"title"`
	Model        *string `json:"model"`
	SystemPrompt *string `json:"system_prompt"`
	ReplyPolicy  *string `json:"reply_policy"`
}

func (b newChatBody) input() chat.NewChat { return chat.NewChat(b) }

type chatPatchBody struct {
	newChatBody
	Pinned   *bool `json:"pinned"`
	Archived *bool `json:"archived"`
}

type readBody struct {
	Seq *int64 `json:"seq"`
}

// place is where the reader is. None at all is left to the service, which
// refuses it after it has asked whether this actor may know of the chat.
func (b readBody) place() int64 {
	if b.Seq == nil {
		return -1
	}
	return *b.Seq
}

// List answers GET /chats.
func (h *ChatController) List(c *fiber.Ctx) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	filter := chat.Filter{}
	// The rule for queries is the service's; this only bounds what it is given.
	if filter.Query, err = queryText(c, "q", 4096); err != nil {
		return err
	}
	if filter.Archived, err = queryFlag(c, "archived"); err != nil {
		return err
	}
	if filter.Deleted, err = queryFlag(c, "deleted"); err != nil {
		return err
	}
	list, err := h.chats.GetChats(c.UserContext(), actorOf(c), filter, page)
	if err != nil {
		return err
	}
	return c.JSON(list)
}

func queryFlag(c *fiber.Ctx, name string) (bool, error) {
	flag, err := queryBool(c, name)
	return flag != nil && *flag, err
}

// Create answers POST /chats.
func (h *ChatController) Create(c *fiber.Ctx) error {
	var body newChatBody
	if err := decode(c, &body); err != nil {
		return err
	}
	created, err := h.chats.CreateChat(c.UserContext(), actorOf(c), body.input())
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(created)
}

// Get answers GET /chats/{id}.
func (h *ChatController) Get(c *fiber.Ctx) error {
	id, err := pathID[app.ChatID](c, "id")
	if err != nil {
		return err
	}
	found, err := h.chats.GetChat(c.UserContext(), actorOf(c), id)
	if err != nil {
		return err
	}
	return c.JSON(found)
}

// Update answers PATCH /chats/{id}.
func (h *ChatController) Update(c *fiber.Ctx) error {
	var body chatPatchBody
	id, err := inChat(c, h.chats, &body)
	if err != nil {
		return err
	}
	patch := chat.Patch{NewChat: body.input(), Pinned: body.Pinned, Archived: body.Archived}
	updated, err := h.chats.UpdateChat(c.UserContext(), actorOf(c), id, patch)
	if err != nil {
		return err
	}
	return c.JSON(updated)
}

// Delete answers DELETE /chats/{id}.
func (h *ChatController) Delete(c *fiber.Ctx) error {
	id, err := pathID[app.ChatID](c, "id")
	if err != nil {
		return err
	}
	if err := h.chats.DeleteChat(c.UserContext(), actorOf(c), id); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// Restore answers POST /chats/{id}/restore.
func (h *ChatController) Restore(c *fiber.Ctx) error {
	id, err := pathID[app.ChatID](c, "id")
	if err != nil {
		return err
	}
	restored, err := h.chats.RestoreChat(c.UserContext(), actorOf(c), id)
	if err != nil {
		return err
	}
	return c.JSON(restored)
}

// Read answers PUT /chats/{id}/read.
func (h *ChatController) Read(c *fiber.Ctx) error {
	var body readBody
	id, err := inChat(c, h.chats, &body)
	if err != nil {
		return err
	}
	if err := h.chats.Read(c.UserContext(), actorOf(c), id, body.place()); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// chatAccess tells what somebody is in a chat.
type chatAccess interface {
	Access(ctx context.Context, actor app.Actor, id app.ChatID) (app.MemberRole, error)
}

// inChat reads the chat's id and a body. A stranger with a bad body learns
// only that there is no such chat; nobody else pays for that question.
func inChat(c *fiber.Ctx, chats chatAccess, body any) (app.ChatID, error) {
	id, err := pathID[app.ChatID](c, "id")
	if err != nil {
		return "", err
	}
	if err := decode(c, body); err != nil {
		if _, denied := chats.Access(c.UserContext(), actorOf(c), id); denied != nil {
			return "", denied
		}
		return "", err
	}
	return id, nil
}
