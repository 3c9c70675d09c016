package controllers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/model"
)

// ProviderService is what ProviderController asks.
type ProviderService interface {
	GetProviders(ctx context.Context, actor app.Actor) ([]app.ManagedProvider, error)
	GetProvider(ctx context.Context, actor app.Actor, id app.ProviderID) (app.ManagedProvider, error)
	CreateProvider(ctx context.Context, actor app.Actor, input model.ProviderInput) (app.ProviderID, error)
	ChangeProvider(ctx context.Context, actor app.Actor, id app.ProviderID, change model.ProviderChange) error
	DeleteProvider(ctx context.Context, actor app.Actor, id app.ProviderID) error
	FetchModels(ctx context.Context, actor app.Actor, id app.ProviderID) (app.ManagedProvider, error)
}

// ProviderTester is what tries a provider.
type ProviderTester interface {
	TestProvider(ctx context.Context, actor app.Actor, trial model.Trial) ([]app.Step, error)
}

// ProviderController lets administrators say where models are asked.
type ProviderController struct {
	providers ProviderService
	tester    ProviderTester
}

// NewProviderController makes a controller of these services.
func NewProviderController(providers ProviderService, tester ProviderTester) *ProviderController {
	return &ProviderController{providers: providers, tester: tester}
}

// providerBody is a provider as clients send it; what is left out stays as it
// is.
type providerBody struct {
	Name    *string `json:"name"`
	BaseURL *string `json:"base_url"`
	Key     *string `json:"key"`
	Enabled *bool   `json:"enabled"`
}

// trialBody is what is to be tried.
type trialBody struct {
	ProviderID string  `json:"provider_id"`
	BaseURL    string  `json:"base_url"`
	Key        *string `json:"key"`
	Model      string  `json:"model"`
}

// Test answers POST /admin/providers/test: how each step went.
func (p *ProviderController) Test(c *fiber.Ctx) error {
	var body trialBody
	if err := decode(c, &body); err != nil {
		return err
	}
	trial := model.Trial{ProviderID: app.ProviderID(body.ProviderID), BaseURL: body.BaseURL, Key: body.Key, Model: body.Model}
	steps, err := p.tester.TestProvider(c.UserContext(), actorOf(c), trial)
	if err != nil {
		return err
	}
	return c.JSON(struct {
		Steps []app.Step `json:"steps"`
	}{steps})
}

// List answers GET /admin/providers: all of them on one page.
func (p *ProviderController) List(c *fiber.Ctx) error {
	list, err := p.providers.GetProviders(c.UserContext(), actorOf(c))
	if err != nil {
		return err
	}
	return c.JSON(app.Page[app.ManagedProvider]{Data: list, Pagination: app.Pagination{Limit: app.MaxPageSize}})
}

// Get answers GET /admin/providers/:id.
func (p *ProviderController) Get(c *fiber.Ctx) error {
	id, err := pathID[app.ProviderID](c, "id")
	if err != nil {
		return err
	}
	return p.answer(c, fiber.StatusOK, id)
}

func (p *ProviderController) answer(c *fiber.Ctx, status int, id app.ProviderID) error {
	provider, err := p.providers.GetProvider(c.UserContext(), actorOf(c), id)
	if err != nil {
		return err
	}
	return c.Status(status).JSON(provider)
}

// Create answers POST /admin/providers. A new provider is switched on unless
// the body says otherwise.
func (p *ProviderController) Create(c *fiber.Ctx) error {
	var body providerBody
	if err := decode(c, &body); err != nil {
		return err
	}
	input := model.ProviderInput{Key: body.Key, Enabled: body.Enabled == nil || *body.Enabled}
	if body.Name != nil {
		input.Name = *body.Name
	}
	if body.BaseURL != nil {
		input.BaseURL = *body.BaseURL
	}
	id, err := p.providers.CreateProvider(c.UserContext(), actorOf(c), input)
	if err != nil {
		return err
	}
	return p.answer(c, fiber.StatusCreated, id)
}

// Update answers PATCH /admin/providers/:id.
func (p *ProviderController) Update(c *fiber.Ctx) error {
	id, err := pathID[app.ProviderID](c, "id")
	if err != nil {
		return err
	}
	var body providerBody
	if err := decode(c, &body); err != nil {
		return err
	}
	if err := p.providers.ChangeProvider(c.UserContext(), actorOf(c), id, model.ProviderChange(body)); err != nil {
		return err
	}
	return p.answer(c, fiber.StatusOK, id)
}

// Delete answers DELETE /admin/providers/:id.
func (p *ProviderController) Delete(c *fiber.Ctx) error {
	id, err := pathID[app.ProviderID](c, "id")
	if err != nil {
		return err
	}
	if err := p.providers.DeleteProvider(c.UserContext(), actorOf(c), id); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// Refresh answers POST /admin/providers/:id/refresh: how it is once its list
// was asked for.
func (p *ProviderController) Refresh(c *fiber.Ctx) error {
	id, err := pathID[app.ProviderID](c, "id")
	if err != nil {
		return err
	}
	provider, err := p.providers.FetchModels(c.UserContext(), actorOf(c), id)
	if err != nil {
		return err
	}
	return c.JSON(provider)
}
