package controllers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/model"
)

// ManagedModelReader is what ManagedModelController reads.
type ManagedModelReader interface {
	GetManagedModels(ctx context.Context, actor app.Actor, filter model.Filter, page app.PageRequest) (app.Page[app.ManagedModel], error)
	GetManagedModel(ctx context.Context, actor app.Actor, uid app.ModelUID) (app.ManagedModel, error)
}

// ManagedModelService is what it does.
type ManagedModelService interface {
	AddModel(ctx context.Context, actor app.Actor, provider app.ProviderID, upstream string) (app.ModelUID, error)
	ChangeModel(ctx context.Context, actor app.Actor, uid app.ModelUID, change model.ModelChange) error
	DeleteModel(ctx context.Context, actor app.Actor, uid app.ModelUID) error
	MoveModel(ctx context.Context, actor app.Actor, uid app.ModelUID, move model.Move) error
	SetDefault(ctx context.Context, actor app.Actor, uid app.ModelUID) error
}

// ManagedModelController lets administrators say which models there are, how
// they are called and who may ask them.
type ManagedModelController struct {
	reader ManagedModelReader
	models ManagedModelService
}

// NewManagedModelController makes a controller of these services.
func NewManagedModelController(reader ManagedModelReader, models ManagedModelService) *ManagedModelController {
	return &ManagedModelController{reader: reader, models: models}
}

type newModelBody struct {
	ProviderID string `json:"provider_id"`
	Upstream   string `json:"upstream"`
}

// modelChangeBody is a change of a model; what is left out stays as it is.
type modelChangeBody struct {
	ID              *string   `json:"id"`
	Name            *string   `json:"name"`
	Aliases         *[]string `json:"aliases"`
	Enabled         *bool     `json:"enabled"`
	Restricted      *bool     `json:"restricted"`
	Users           *[]string `json:"users"`
	ContextOverride *int      `json:"context_override"`
	InputPrice      *int64    `json:"input_price"`
	OutputPrice     *int64    `json:"output_price"`
	SystemPrompt    *string   `json:"system_prompt"`
}

type moveBody struct {
	To string `json:"to"`
}

// List answers GET /admin/models.
func (m *ManagedModelController) List(c *fiber.Ctx) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	query, err := queryText(c, "q", 800)
	if err != nil {
		return err
	}
	provider, err := queryText(c, "provider_id", 64)
	if err != nil {
		return err
	}
	list, err := m.reader.GetManagedModels(c.UserContext(), actorOf(c), model.Filter{Query: query, Provider: app.ProviderID(provider)}, page)
	if err != nil {
		return err
	}
	return c.JSON(list)
}

// Get answers GET /admin/models/:uid.
func (m *ManagedModelController) Get(c *fiber.Ctx) error {
	return m.on(c, nil, func(context.Context, app.Actor, app.ModelUID) error { return nil })
}

// on does something to the model of the path and answers how it is then.
func (m *ManagedModelController) on(c *fiber.Ctx, body any, do func(context.Context, app.Actor, app.ModelUID) error) error {
	uid, err := pathID[app.ModelUID](c, "uid")
	if err != nil {
		return err
	}
	if body != nil {
		if err := decode(c, body); err != nil {
			return err
		}
	}
	if err := do(c.UserContext(), actorOf(c), uid); err != nil {
		return err
	}
	return m.answer(c, fiber.StatusOK, uid)
}

func (m *ManagedModelController) answer(c *fiber.Ctx, status int, uid app.ModelUID) error {
	one, err := m.reader.GetManagedModel(c.UserContext(), actorOf(c), uid)
	if err != nil {
		return err
	}
	return c.Status(status).JSON(one)
}

// Create answers POST /admin/models.
func (m *ManagedModelController) Create(c *fiber.Ctx) error {
	var body newModelBody
	if err := decode(c, &body); err != nil {
		return err
	}
	provider, err := app.ParseID[app.ProviderID](body.ProviderID)
	if err != nil {
		return err
	}
	uid, err := m.models.AddModel(c.UserContext(), actorOf(c), provider, body.Upstream)
	if err != nil {
		return err
	}
	return m.answer(c, fiber.StatusCreated, uid)
}

// Update answers PATCH /admin/models/:uid.
func (m *ManagedModelController) Update(c *fiber.Ctx) error {
	var body modelChangeBody
	return m.on(c, &body, func(ctx context.Context, actor app.Actor, uid app.ModelUID) error {
		return m.models.ChangeModel(ctx, actor, uid, model.ModelChange(body))
	})
}

// Move answers POST /admin/models/:uid/move.
func (m *ManagedModelController) Move(c *fiber.Ctx) error {
	var body moveBody
	return m.on(c, &body, func(ctx context.Context, actor app.Actor, uid app.ModelUID) error {
		return m.models.MoveModel(ctx, actor, uid, model.Move(body.To))
	})
}

// SetDefault answers POST /admin/models/:uid/default.
func (m *ManagedModelController) SetDefault(c *fiber.Ctx) error {
	return m.on(c, nil, m.models.SetDefault)
}

// Delete answers DELETE /admin/models/:uid.
func (m *ManagedModelController) Delete(c *fiber.Ctx) error {
	uid, err := pathID[app.ModelUID](c, "uid")
	if err != nil {
		return err
	}
	if err := m.models.DeleteModel(c.UserContext(), actorOf(c), uid); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}
