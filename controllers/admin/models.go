package admin

import (
	"context"
	"net/url"
	"slices"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/model"
	"github.com/quillium/quillium/controllers"
	"github.com/quillium/quillium/views"
)

// Models are the services about models; *model.Service is one.
type Models interface {
	GetManaged(ctx context.Context, actor app.Actor, filter model.Filter, page app.PageRequest, uid app.ModelUID) (model.Managed, error)
	AddModel(ctx context.Context, actor app.Actor, provider app.ProviderID, upstream string) (app.ModelUID, error)
	ChangeModel(ctx context.Context, actor app.Actor, uid app.ModelUID, change model.ModelChange) error
	DeleteModel(ctx context.Context, actor app.Actor, uid app.ModelUID) error
	MoveModel(ctx context.Context, actor app.Actor, uid app.ModelUID, move model.Move) error
	SetDefault(ctx context.Context, actor app.Actor, uid app.ModelUID) error
}

// Finder looks for model servers on this machine; *model.Finder is one.
type Finder interface {
	Find(ctx context.Context, actor app.Actor) (model.Findings, error)
	Use(ctx context.Context, actor app.Actor, id string) (model.Finding, error)
}

// modelsPath is the page about providers and models.
const modelsPath = "/admin/models"

// ModelsController answers with the page about providers and models, and takes
// the forms about models.
type ModelsController struct {
	console *Console
	models  Models
	finder  Finder
}

// NewModelsController makes one.
func NewModelsController(console *Console, models Models, finder Finder) *ModelsController {
	return &ModelsController{console, models, finder}
}

// Page shows providers and models; ?id=, ?provider= and ?add= open a panel.
func (m *ModelsController) Page(c *fiber.Ctx) error {
	page, err := m.build(c, app.ModelUID(c.Query("id")))
	if err != nil {
		return err
	}
	if id := c.Query("provider"); id != "" {
		if page.Provider, err = panelOf(page, app.ProviderID(id)); err != nil {
			return err
		}
	} else if kind := c.Query("add"); kind != "" {
		page.Provider = presetPanel(kind)
	}
	return m.console.Render(c, views.AdminModels(page))
}

// build is the page with the panel of a model, where uid names one.
func (m *ModelsController) build(c *fiber.Ctx, uid app.ModelUID) (views.Models, error) {
	page := views.Models{
		Frame: m.console.Frame(c, "Models", "models"), Query: c.Query("q"), Of: c.Query("of"), Cursor: c.Query("cursor"),
		Open: string(uid), At: modelsAt(c),
	}
	actor := controllers.ActorOf(c)
	all, err := m.models.GetManaged(c.UserContext(), actor, model.Filter{Query: page.Query, Provider: app.ProviderID(page.Of)},
		app.PageRequest{Limit: app.MaxPageSize, Cursor: page.Cursor}, uid)
	if err != nil {
		return page, err
	}
	page.Providers, page.List, page.Total = all.Providers, all.Models, all.Total
	if all.Model != nil {
		page.Model = views.NewModelPanel(*all.Model)
	}
	if !slices.ContainsFunc(all.Providers, func(p app.ManagedProvider) bool { return p.Enabled || p.Source != model.SourceEnv }) {
		page.Places, err = m.places(c.UserContext(), actor)
	}
	return page, err
}

// places are what is found on this machine while nothing is connected.
func (m *ModelsController) places(ctx context.Context, actor app.Actor) ([]views.ModelPlace, error) {
	found, err := m.finder.Find(ctx, actor)
	places := make([]views.ModelPlace, len(found.Places))
	for i, place := range found.Places {
		places[i] = views.ModelPlace(place)
	}
	return places, err
}

// modelsAt makes addresses of the page that keep what the list is narrowed to;
// an empty value takes that away.
func modelsAt(c *fiber.Ctx) func(pairs ...string) string {
	kept := url.Values{}
	for _, name := range []string{"q", "of", "cursor"} {
		if value := c.Query(name); value != "" {
			kept.Set(name, value)
		}
	}
	return func(pairs ...string) string {
		values := url.Values{}
		for name := range kept {
			values.Set(name, kept.Get(name))
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
			if pairs[i+1] == "" {
				values.Del(pairs[i])
			}
		}
		if len(values) == 0 {
			return modelsPath
		}
		return modelsPath + "?" + values.Encode()
	}
}

// Save takes the form of a model.
func (m *ModelsController) Save(c *fiber.Ctx) error {
	uid := app.ModelUID(c.Params("uid"))
	change, err := modelForm(c)
	if err == nil {
		err = m.models.ChangeModel(c.UserContext(), controllers.ActorOf(c), uid, change)
	}
	if err == nil {
		return m.console.Done(c, modelsPath+"?id="+string(uid), "model.saved")
	}
	return m.refused(c, uid, err)
}

// refused shows the form of a model again, with what was typed where it was.
func (m *ModelsController) refused(c *fiber.Ctx, uid app.ModelUID, err error) error {
	page, failed := m.build(c, uid)
	if failed != nil {
		return failed
	}
	return m.console.Refused(c, err, func(refusal views.Refusal) templ.Component {
		if Value(c, "model_id") != "" {
			typedModel(c, page.Model)
		}
		page.Model.Refusal = refusal
		return views.AdminModels(page)
	})
}

// Move changes a model's place in the list.
func (m *ModelsController) Move(c *fiber.Ctx) error {
	uid := app.ModelUID(c.Params("uid"))
	if err := m.models.MoveModel(c.UserContext(), controllers.ActorOf(c), uid, model.Move(Value(c, "to"))); err != nil {
		return m.refused(c, uid, err)
	}
	return m.console.Done(c, modelsPath+"?id="+string(uid), "model.moved")
}

// SetDefault makes a model the default of the instance.
func (m *ModelsController) SetDefault(c *fiber.Ctx) error {
	uid := app.ModelUID(c.Params("uid"))
	if err := m.models.SetDefault(c.UserContext(), controllers.ActorOf(c), uid); err != nil {
		return m.refused(c, uid, err)
	}
	return m.console.Done(c, modelsPath+"?id="+string(uid), "model.default")
}

// AskDelete asks once before a model is forgotten.
func (m *ModelsController) AskDelete(c *fiber.Ctx) error {
	page, err := m.build(c, app.ModelUID(c.Params("uid")))
	if err != nil {
		return err
	}
	stored := page.Model.Stored
	at := modelsPath + "/" + string(stored.UID) + "/delete"
	return m.console.Render(c, views.AdminModelsConfirm(page.Frame, views.Confirmation{
		Title: "Delete the model " + stored.Name + "?", Action: at, Verb: "Delete " + stored.Name, Back: modelsPath + "?id=" + string(stored.UID),
		Text: "Its names, prices, prompt and chosen people are forgotten. Chats that name it stay, and their answers say that it is gone.",
	}))
}

// Delete forgets a model.
func (m *ModelsController) Delete(c *fiber.Ctx) error {
	uid := app.ModelUID(c.Params("uid"))
	if err := m.models.DeleteModel(c.UserContext(), controllers.ActorOf(c), uid); err != nil {
		return m.refused(c, uid, err)
	}
	return m.console.Done(c, modelsPath, "model.deleted")
}

// Connect connects a model server that was found on this machine.
func (m *ModelsController) Connect(c *fiber.Ctx) error {
	if _, err := m.finder.Use(c.UserContext(), controllers.ActorOf(c), Value(c, "place")); err != nil {
		return err
	}
	return m.console.Done(c, modelsPath, "provider.added")
}
