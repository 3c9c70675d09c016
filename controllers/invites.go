package controllers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// InviteService is what the calls about invite links need.
type InviteService interface {
	chatAccess
	GetInvites(ctx context.Context, actor app.Actor, id app.ChatID, page app.PageRequest) (app.Page[app.Invite], error)
	CreateInvite(ctx context.Context, actor app.Actor, id app.ChatID, input chat.NewInvite) (app.Invite, error)
	DeleteInvite(ctx context.Context, actor app.Actor, id app.ChatID, invite app.InviteID) error
	PreviewInvite(ctx context.Context, token string) (app.Invitation, error)
	AcceptInvite(ctx context.Context, actor app.Actor, token string) (app.Chat, error)
}

// InviteController answers the calls about invite links.
type InviteController struct{ invites InviteService }

// NewInviteController makes the controller of invite links.
func NewInviteController(invites InviteService) *InviteController {
	return &InviteController{invites: invites}
}

type newInviteBody struct {
	Role      string `json:"role"`
	ExpiresIn *int64 `json:"expires_in"`
	MaxUses   *int   `json:"max_uses"`
}

type tokenBody struct {
	Token string `json:"token"`
}

// List answers GET /chats/{id}/invites.
func (h *InviteController) List(c *fiber.Ctx) error {
	id, page, err := pageInChat(c, h.invites)
	if err != nil {
		return err
	}
	list, err := h.invites.GetInvites(c.UserContext(), actorOf(c), id, page)
	if err != nil {
		return err
	}
	return c.JSON(list)
}

// Create answers POST /chats/{id}/invites: the only time that the link is told.
func (h *InviteController) Create(c *fiber.Ctx) error {
	var body newInviteBody
	id, err := inChat(c, h.invites, &body)
	if err != nil {
		return err
	}
	invite, err := h.invites.CreateInvite(c.UserContext(), actorOf(c), id, chat.NewInvite(body))
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(invite)
}

// Delete answers DELETE /chats/{id}/invites/{iid}.
func (h *InviteController) Delete(c *fiber.Ctx) error {
	id, err := pathID[app.ChatID](c, "id")
	if err != nil {
		return err
	}
	invite, err := pathID[app.InviteID](c, "iid")
	if err != nil {
		return err
	}
	if err := h.invites.DeleteInvite(c.UserContext(), actorOf(c), id, invite); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// Preview answers POST /invites/preview, also to who is not signed in.
func (h *InviteController) Preview(c *fiber.Ctx) error {
	var body tokenBody
	if err := decode(c, &body); err != nil {
		return err
	}
	invitation, err := h.invites.PreviewInvite(c.UserContext(), body.Token)
	if err != nil {
		return err
	}
	return c.JSON(invitation)
}

// Accept answers POST /invites/accept with the chat.
func (h *InviteController) Accept(c *fiber.Ctx) error {
	var body tokenBody
	if err := decode(c, &body); err != nil {
		return err
	}
	joined, err := h.invites.AcceptInvite(c.UserContext(), actorOf(c), body.Token)
	if err != nil {
		return err
	}
	return c.JSON(joined)
}
