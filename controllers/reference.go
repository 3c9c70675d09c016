package controllers

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app/reference"
	"github.com/quillium/quillium/views"
)

// ReferenceController answers browsers with the page of the API.
type ReferenceController struct {
	pages     *PageController
	reference *reference.Reference
}

// NewReferenceController serves this reference, dressed as these pages are.
func NewReferenceController(pages *PageController, made *reference.Reference) *ReferenceController {
	return &ReferenceController{pages: pages, reference: made}
}

// Get is the page.
func (h *ReferenceController) Get(c *fiber.Ctx) error {
	return render(c, http.StatusOK, views.APIReference(h.pages.page("The API"), h.reference))
}
