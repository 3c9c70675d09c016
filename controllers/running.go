package controllers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/running"
)

// RunningService is what administrators ask of what runs right now.
type RunningService interface {
	Sockets(ctx context.Context, actor app.Actor, filter running.Filter, page app.PageRequest) (running.Sockets, error)
	EndSocket(ctx context.Context, actor app.Actor, id string) error
	Answers(ctx context.Context, actor app.Actor, page app.PageRequest) (app.Page[app.RunningAnswer], error)
	EndAnswer(ctx context.Context, actor app.Actor, id app.MessageID) error
}

// RunningController tells administrators what runs right now.
type RunningController struct{ running RunningService }

// NewRunningController makes a controller of this service.
func NewRunningController(service RunningService) *RunningController {
	return &RunningController{running: service}
}

// Sockets answers GET /admin/sockets.
func (h *RunningController) Sockets(c *fiber.Ctx) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	filter, err := RunningFilter(c)
	if err != nil {
		return err
	}
	list, err := h.running.Sockets(c.UserContext(), actorOf(c), filter, page)
	if err != nil {
		return err
	}
	return c.JSON(list)
}

// RunningFilter reads q and node.
func RunningFilter(c *fiber.Ctx) (running.Filter, error) {
	text, err := queryText(c, "q", 200)
	if err != nil {
		return running.Filter{}, err
	}
	node, err := nodeOf(c)
	return running.Filter{Query: text, Node: node}, err
}

// EndSocket answers DELETE /admin/sockets/{id}.
func (h *RunningController) EndSocket(c *fiber.Ctx) error {
	id, err := pathID[string](c, "id")
	if err != nil {
		return err
	}
	if err := h.running.EndSocket(c.UserContext(), actorOf(c), id); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// Answers answers GET /admin/answers.
func (h *RunningController) Answers(c *fiber.Ctx) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	list, err := h.running.Answers(c.UserContext(), actorOf(c), page)
	if err != nil {
		return err
	}
	return c.JSON(list)
}

// EndAnswer answers DELETE /admin/answers/{id}.
func (h *RunningController) EndAnswer(c *fiber.Ctx) error {
	id, err := pathID[app.MessageID](c, "id")
	if err != nil {
		return err
	}
	if err := h.running.EndAnswer(c.UserContext(), actorOf(c), id); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}
