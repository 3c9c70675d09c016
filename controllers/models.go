package controllers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
)

// ModelService is what ModelController asks.
type ModelService interface {
	GetModels(ctx context.Context, actor app.Actor) ([]app.Model, error)
}

// ModelController answers which models there are.
type ModelController struct{ service ModelService }

// NewModelController makes a controller of this service.
func NewModelController(service ModelService) *ModelController {
	return &ModelController{service: service}
}

// List answers GET /models: every model the caller may use, on one page, since
// a picker shows them all.
func (m *ModelController) List(c *fiber.Ctx) error {
	models, err := m.service.GetModels(c.UserContext(), actorOf(c))
	if err != nil {
		return err
	}
	return c.JSON(app.Page[app.Model]{Data: models, Pagination: app.Pagination{Limit: app.MaxPageSize}})
}
