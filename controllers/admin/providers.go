package admin

import (
	"context"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/model"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// Providers are the services about providers; *model.Service is one.
type Providers interface {
	CreateProvider(ctx context.Context, actor app.Actor, input model.ProviderInput) (app.ProviderID, error)
	ChangeProvider(ctx context.Context, actor app.Actor, id app.ProviderID, change model.ProviderChange) error
	DeleteProvider(ctx context.Context, actor app.Actor, id app.ProviderID) error
	FetchModels(ctx context.Context, actor app.Actor, id app.ProviderID) (app.ManagedProvider, error)
	TestProvider(ctx context.Context, actor app.Actor, trial model.Trial) ([]app.Step, error)
}

// ProvidersController takes the forms about providers, which are on the page
// about models.
type ProvidersController struct {
	*ModelsController
	providers Providers
}

// NewProvidersController makes one.
func NewProvidersController(page *ModelsController, providers Providers) *ProvidersController {
	return &ProvidersController{page, providers}
}

// panelOf is the panel of a provider as it is stored.
func panelOf(page views.Models, id app.ProviderID) (*views.ProviderPanel, error) {
	for _, stored := range page.Providers {
		if stored.ID == id {
			return &views.ProviderPanel{Stored: &stored, Name: stored.Name, BaseURL: stored.BaseURL, Enabled: stored.Enabled}, nil
		}
	}
	return nil, app.ErrNotFound
}

// presetPanel is the form of a new provider of a known kind, or of any.
func presetPanel(kind string) *views.ProviderPanel {
	panel := &views.ProviderPanel{Enabled: true}
	for _, preset := range views.ProviderPresets() {
		if preset.Name == kind && preset.BaseURL != "" {
			panel.Name, panel.BaseURL = preset.Name, preset.BaseURL
		}
	}
	return panel
}

// typedProvider is the panel with what was typed; id is empty for a new one.
func (p *ProvidersController) typedProvider(c *fiber.Ctx, id app.ProviderID) (views.Models, error) {
	page, err := p.build(c, "")
	if err != nil {
		return page, err
	}
	page.Provider = &views.ProviderPanel{}
	if id != "" {
		if page.Provider, err = panelOf(page, id); err != nil || page.Provider.Stored.Source == model.SourceEnv {
			return page, err
		}
	}
	page.Provider.Name, page.Provider.BaseURL, page.Provider.Enabled = Value(c, "name"), Value(c, "base_url"), Checked(c, "enabled")
	return page, nil
}

// typedKey is the key of a form: nil leaves the stored one.
func typedKey(c *fiber.Ctx) *string {
	key := strings.TrimSpace(Value(c, "key"))
	if key == "" && !Checked(c, "no_key") {
		return nil
	}
	return &key
}

// Create adds a provider.
func (p *ProvidersController) Create(c *fiber.Ctx) error {
	input := model.ProviderInput{Name: Value(c, "name"), BaseURL: Value(c, "base_url"), Key: typedKey(c), Enabled: Checked(c, "enabled")}
	id, err := p.providers.CreateProvider(c.UserContext(), controllers.ActorOf(c), input)
	if err != nil {
		return p.refusedProvider(c, "", err)
	}
	return p.console.Done(c, modelsPath+"?provider="+string(id), "provider.added")
}

// Save takes the form of a provider.
func (p *ProvidersController) Save(c *fiber.Ctx) error {
	id := app.ProviderID(c.Params("id"))
	name, address, enabled := Value(c, "name"), Value(c, "base_url"), Checked(c, "enabled")
	change := model.ProviderChange{Name: &name, BaseURL: &address, Key: typedKey(c), Enabled: &enabled}
	if err := p.providers.ChangeProvider(c.UserContext(), controllers.ActorOf(c), id, change); err != nil {
		return p.refusedProvider(c, id, err)
	}
	return p.console.Done(c, modelsPath+"?provider="+string(id), "provider.saved")
}

func (p *ProvidersController) refusedProvider(c *fiber.Ctx, id app.ProviderID, err error) error {
	page, failed := p.typedProvider(c, id)
	if failed != nil {
		return failed
	}
	return p.console.Refused(c, err, func(refusal views.Refusal) templ.Component {
		page.Provider.Refusal = refusal
		return views.AdminModels(page)
	})
}

// Test tries what is in the form, and shows how each step went.
func (p *ProvidersController) Test(c *fiber.Ctx) error {
	id := app.ProviderID(Value(c, "provider_id"))
	trial := model.Trial{ProviderID: id, BaseURL: Value(c, "base_url"), Key: typedKey(c)}
	steps, err := p.providers.TestProvider(c.UserContext(), controllers.ActorOf(c), trial)
	if err != nil {
		return p.refusedProvider(c, id, err)
	}
	page, err := p.typedProvider(c, id)
	if err != nil {
		return err
	}
	page.Provider.Steps = steps
	// This address takes forms only: what is shown belongs to the page.
	c.Set("HX-Push-Url", "false")
	return p.console.Render(c, views.AdminModels(page))
}

// Refresh fetches the list of a provider now.
func (p *ProvidersController) Refresh(c *fiber.Ctx) error {
	id := app.ProviderID(c.Params("id"))
	fetched, err := p.providers.FetchModels(c.UserContext(), controllers.ActorOf(c), id)
	if err != nil {
		return p.refusedProvider(c, id, err)
	}
	did := "provider.fetched"
	if fetched.Reason != "" {
		did = "provider.not_fetched"
	}
	return p.console.Done(c, modelsPath+"?provider="+string(id), did)
}

// AddModel adds a model that its provider does not list.
func (p *ProvidersController) AddModel(c *fiber.Ctx) error {
	provider := app.ProviderID(Value(c, "provider_id"))
	uid, err := p.models.AddModel(c.UserContext(), controllers.ActorOf(c), provider, Value(c, "upstream"))
	if err != nil {
		return p.refusedProvider(c, provider, err)
	}
	return p.console.Done(c, modelsPath+"?id="+string(uid), "model.added")
}

// AskDelete asks once before a provider is deleted with its models.
func (p *ProvidersController) AskDelete(c *fiber.Ctx) error {
	page, err := p.build(c, "")
	if err != nil {
		return err
	}
	panel, err := panelOf(page, app.ProviderID(c.Params("id")))
	if err != nil {
		return err
	}
	return p.console.Render(c, views.AdminModelsConfirm(page.Frame, deletion(*panel.Stored)))
}

func deletion(stored app.ManagedProvider) views.Confirmation {
	return views.Confirmation{
		Title: "Delete the provider " + stored.Name + "?", Action: modelsPath + "/providers/" + string(stored.ID) + "/delete",
		Verb: "Delete " + stored.Name + " and its models", Back: modelsPath + "?provider=" + string(stored.ID),
		Text: "Its key and " + views.Grouped(stored.Models) + " models with their names, prices and chosen people are forgotten. " +
			"Chats that name one of these stay, and their answers say that it is gone.",
	}
}

// Delete forgets a provider and its models.
func (p *ProvidersController) Delete(c *fiber.Ctx) error {
	id := app.ProviderID(c.Params("id"))
	if err := p.providers.DeleteProvider(c.UserContext(), controllers.ActorOf(c), id); err != nil {
		return p.refusedProvider(c, id, err)
	}
	return p.console.Done(c, modelsPath, "provider.deleted")
}
