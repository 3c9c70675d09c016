package controllers

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/views"
)

// ReferenceController answers browsers with the page of the API.
type ReferenceController struct {
	pages *PageController
	calls string
}

// NewReferenceController serves these calls, which are safe HTML, dressed as
// these pages are.
func NewReferenceController(pages *PageController, calls string) *ReferenceController {
	return &ReferenceController{pages: pages, calls: calls}
}

// Get is the page.
func (h *ReferenceController) Get(c *fiber.Ctx) error {
	return Render(c, http.StatusOK, views.APIReference(h.pages.Page("The API"), h.calls))
}
