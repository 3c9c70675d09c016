package controllers

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/model"
)

// FinderService is what FoundModelController asks.
type FinderService interface {
	Find(ctx context.Context, actor app.Actor) (model.Findings, error)
	Use(ctx context.Context, actor app.Actor, id string) (model.Finding, error)
}

// FoundModelController shows administrators which model servers run on this
// machine, and connects one.
type FoundModelController struct{ finder FinderService }

// NewFoundModelController makes a controller of this finder.
func NewFoundModelController(finder FinderService) *FoundModelController {
	return &FoundModelController{finder: finder}
}

// foundPlace is one place as clients read it.
type foundPlace struct {
	ID      string   `json:"id"`
	Program string   `json:"program"`
	BaseURL string   `json:"base_url"`
	Models  []string `json:"models"`
	Problem string   `json:"problem"`
}

// List answers GET /admin/models/found: what every place said just now.
func (f *FoundModelController) List(c *fiber.Ctx) error {
	found, err := f.finder.Find(c.UserContext(), actorOf(c))
	if err != nil {
		return err
	}
	places := make([]foundPlace, len(found.Places))
	for i, place := range found.Places {
		places[i] = foundPlace(place)
	}
	return c.JSON(struct {
		Looked bool         `json:"looked"`
		Reason string       `json:"reason"`
		Data   []foundPlace `json:"data"`
	}{found.Looked, found.Reason, places})
}

// Use answers POST /admin/models/found/:id/use: 201 with what was connected.
func (f *FoundModelController) Use(c *fiber.Ctx) error {
	id, err := url.PathUnescape(c.Params("id"))
	if err != nil {
		return app.ErrNotFound
	}
	place, err := f.finder.Use(c.UserContext(), actorOf(c), id)
	if err != nil {
		return err
	}
	return c.Status(http.StatusCreated).JSON(foundPlace(place))
}
