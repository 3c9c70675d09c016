package controllers

import (
	"context"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
)

// SessionService is what a person does with his devices; *auth.Service is one.
type SessionService interface {
	GetSessions(ctx context.Context, actor app.Actor, page app.PageRequest) (app.Page[app.Session], error)
	EndSession(ctx context.Context, actor app.Actor, id app.SessionID) error
}

// SessionController answers /auth/sessions.
type SessionController struct{ sessions SessionService }

// NewSessionController makes one.
func NewSessionController(sessions SessionService) *SessionController {
	return &SessionController{sessions: sessions}
}

// List is one page of the caller's devices: 200.
func (s *SessionController) List(c *fiber.Ctx) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	sessions, err := s.sessions.GetSessions(c.UserContext(), actorOf(c), page)
	if err != nil {
		return err
	}
	return c.JSON(sessions)
}

// Delete signs one of the caller's devices out: 204.
func (s *SessionController) Delete(c *fiber.Ctx) error {
	id, err := pathID[app.SessionID](c, "id")
	if err != nil {
		return err
	}
	if err := s.sessions.EndSession(c.UserContext(), actorOf(c), id); err != nil {
		return err
	}
	return c.SendStatus(http.StatusNoContent)
}
