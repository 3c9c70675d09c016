package controllers

import (
	"context"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// NoticeService is what NoticeController asks; *auth.Service is one.
type NoticeService interface {
	GetNotices(ctx context.Context, actor app.Actor) ([]app.Notice, error)
	ReadNotice(ctx context.Context, actor app.Actor, id app.NoticeID) error
}

// NoticeController tells people what they have to know of their accounts.
type NoticeController struct{ notices NoticeService }

// NewNoticeController makes one.
func NewNoticeController(notices NoticeService) *NoticeController { return &NoticeController{notices} }

// List answers GET /users/me/notices: the oldest ones.
func (n *NoticeController) List(c *fiber.Ctx) error {
	list, err := n.notices.GetNotices(c.UserContext(), actorOf(c))
	if err != nil {
		return err
	}
	return c.JSON(app.Page[app.Notice]{Data: list, Pagination: app.Pagination{Limit: auth.MostNotices}})
}

// Delete answers DELETE /users/me/notices/:id, of one that was read: 204.
func (n *NoticeController) Delete(c *fiber.Ctx) error {
	id, err := pathID[app.NoticeID](c, "id")
	if err != nil {
		return err
	}
	if err := n.notices.ReadNotice(c.UserContext(), actorOf(c), id); err != nil {
		return err
	}
	return c.SendStatus(http.StatusNoContent)
}
