package controllers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/licence"
	"github.com/quillium/quillium/app/system"
)

// SystemService is what administrators ask of the instance itself.
type SystemService interface {
	Get(ctx context.Context, actor app.Actor) (system.System, error)
	SetLogLevel(ctx context.Context, actor app.Actor, level string) error
}

// SystemController tells administrators what this instance is.
type SystemController struct{ system SystemService }

// NewSystemController makes a controller of this service.
func NewSystemController(service SystemService) *SystemController {
	return &SystemController{system: service}
}

// Get answers GET /admin/system.
func (h *SystemController) Get(c *fiber.Ctx) error {
	found, err := h.system.Get(c.UserContext(), actorOf(c))
	if err != nil {
		return err
	}
	return c.JSON(found)
}

type logLevelBody struct {
	Level string `json:"level"`
}

// SetLogLevel answers PUT /admin/system/log-level.
func (h *SystemController) SetLogLevel(c *fiber.Ctx) error {
	var body logLevelBody
	if err := decode(c, &body); err != nil {
		return err
	}
	if err := h.system.SetLogLevel(c.UserContext(), actorOf(c), body.Level); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// Licences answers GET /admin/system/licences: what is shipped and was made by
// others.
func (h *SystemController) Licences(c *fiber.Ctx) error {
	works, err := licence.Works()
	if err != nil {
		return err
	}
	return c.JSON(map[string][]licence.Work{"data": works})
}
