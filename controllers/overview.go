package controllers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/status"
)

// OverviewService is what OverviewController asks.
type OverviewService interface {
	Overview(ctx context.Context, actor app.Actor) (status.Overview, error)
}

// OverviewController tells administrators whether everything is well.
type OverviewController struct{ status OverviewService }

// NewOverviewController makes a controller of this service.
func NewOverviewController(service OverviewService) *OverviewController {
	return &OverviewController{service}
}

// overviewBody adds the worst state to everything at a glance.
type overviewBody struct {
	State status.State `json:"state"`
	status.Overview
}

// Get answers GET /admin/overview.
func (o *OverviewController) Get(c *fiber.Ctx) error {
	overview, err := o.status.Overview(c.UserContext(), actorOf(c))
	if err != nil {
		return err
	}
	return c.JSON(overviewBody{State: overview.State(), Overview: overview})
}
