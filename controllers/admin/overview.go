package admin

import (
	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/views"
)

// OverviewController answers with the first page of the console.
type OverviewController struct{ console *Console }

// NewOverviewController makes one.
func NewOverviewController(console *Console) *OverviewController { return &OverviewController{console} }

// Page says whether everything is well.
func (o *OverviewController) Page(c *fiber.Ctx) error {
	return o.console.Render(c, views.AdminOverview(views.Overview{Frame: o.console.Frame(c, "Overview", "overview")}))
}
