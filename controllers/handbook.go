package controllers

import (
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/handbook"
	"github.com/quillium/quillium/views"
)

// HandbookController answers browsers with the handbook.
type HandbookController struct {
	pages *PageController
	book  *handbook.Book
}

// NewHandbookController serves this book, dressed as these pages are.
func NewHandbookController(pages *PageController, book *handbook.Book) *HandbookController {
	return &HandbookController{pages: pages, book: book}
}

// First is the page that the handbook opens with; with `q` it is what was
// found.
func (h *HandbookController) First(c *fiber.Ctx) error {
	query := strings.ToValidUTF8(strings.TrimSpace(c.Query("q")), "")
	if query == "" {
		return h.show(c, h.book.First())
	}
	const longest = 200
	if runes := []rune(query); len(runes) > longest {
		query = string(runes[:longest])
	}
	view := h.view("Search")
	view.Query = query
	for _, found := range h.book.Search(query) {
		view.Results = append(view.Results, views.HandbookResult{
			Page: found.Page, Heading: found.Heading, Text: found.Text, Address: found.Address,
		})
	}
	return Render(c, http.StatusOK, views.HandbookSearch(view))
}

// Page is one page. Error codes: not_found.
func (h *HandbookController) Page(c *fiber.Ctx) error {
	page, known := h.book.Page(c.Params("page"))
	if !known {
		return app.Errorf(app.CodeNotFound, "The handbook has no such page.")
	}
	return h.show(c, page)
}

func (h *HandbookController) show(c *fiber.Ctx, page handbook.Page) error {
	view := h.view(page.Title)
	view.Slug, view.HTML = page.Slug, page.HTML
	for _, heading := range page.Headings {
		if heading.Level == 2 {
			view.Headings = append(view.Headings, views.HandbookLink{Title: heading.Title, Address: "#" + heading.Anchor})
		}
	}
	return Render(c, http.StatusOK, views.HandbookPage(view))
}

func (h *HandbookController) view(title string) views.Handbook {
	view := views.Handbook{Page: h.pages.Page(title)}
	for _, page := range h.book.Pages() {
		view.Pages = append(view.Pages, views.HandbookLink{Title: page.Title, Address: "/handbook/" + page.Slug, Here: title == page.Title})
	}
	return view
}
