package controllers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
)

// MembersService is what the calls about the people of a chat need.
type MembersService interface {
	chatAccess
	GetMembers(ctx context.Context, actor app.Actor, id app.ChatID, page app.PageRequest) (app.Page[app.Member], error)
	AddMember(ctx context.Context, actor app.Actor, id app.ChatID, email, as string) (app.Member, error)
	SetRole(ctx context.Context, actor app.Actor, id app.ChatID, user app.UserID, as string) (app.Member, error)
	RemoveMember(ctx context.Context, actor app.Actor, id app.ChatID, user app.UserID) error
}

// MemberController answers the calls about the people of a chat.
type MemberController struct{ members MembersService }

// NewMemberController makes the controller of members.
func NewMemberController(members MembersService) *MemberController {
	return &MemberController{members: members}
}

type newMemberBody struct {
	Email string `json:"email"`
	Role  string `json:"role"`
}

type roleBody struct {
	Role string `json:"role"`
}

// List answers GET /chats/{id}/members.
func (h *MemberController) List(c *fiber.Ctx) error {
	id, page, err := pageInChat(c, h.members)
	if err != nil {
		return err
	}
	list, err := h.members.GetMembers(c.UserContext(), actorOf(c), id, page)
	if err != nil {
		return err
	}
	return c.JSON(list)
}

// pageInChat reads the chat's id and which page is asked for. A stranger who
// asks for a page that is none learns only that there is no such chat.
func pageInChat(c *fiber.Ctx, chats chatAccess) (app.ChatID, app.PageRequest, error) {
	id, err := pathID[app.ChatID](c, "id")
	if err != nil {
		return "", app.PageRequest{}, err
	}
	page, err := pageOf(c)
	if err != nil {
		if _, denied := chats.Access(c.UserContext(), actorOf(c), id); denied != nil {
			err = denied
		}
	}
	return id, page, err
}

// Add answers POST /chats/{id}/members.
func (h *MemberController) Add(c *fiber.Ctx) error {
	var body newMemberBody
	id, err := inChat(c, h.members, &body)
	if err != nil {
		return err
	}
	member, err := h.members.AddMember(c.UserContext(), actorOf(c), id, body.Email, body.Role)
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(member)
}

// SetRole answers PATCH /chats/{id}/members/{user_id}.
func (h *MemberController) SetRole(c *fiber.Ctx) error {
	var body roleBody
	id, err := inChat(c, h.members, &body)
	if err != nil {
		return err
	}
	user, err := pathID[app.UserID](c, "user_id")
	if err != nil {
		return err
	}
	member, err := h.members.SetRole(c.UserContext(), actorOf(c), id, user, body.Role)
	if err != nil {
		return err
	}
	return c.JSON(member)
}

// Remove answers DELETE /chats/{id}/members/{user_id}: somebody is taken out,
// or leaves.
func (h *MemberController) Remove(c *fiber.Ctx) error {
	id, err := pathID[app.ChatID](c, "id")
	if err != nil {
		return err
	}
	user, err := pathID[app.UserID](c, "user_id")
	if err != nil {
		return err
	}
	if err := h.members.RemoveMember(c.UserContext(), actorOf(c), id, user); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}
