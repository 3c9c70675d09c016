package controllers

import (
	"context"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/settings"
)

// SettingsService is what is set for the whole instance; *settings.Registry is
// one.
type SettingsService interface {
	GetAll(ctx context.Context, actor app.Actor) ([]settings.Value, error)
	GetHistory(ctx context.Context, actor app.Actor, name settings.Name) ([]settings.Change, error)
	Set(ctx context.Context, actor app.Actor, wanted map[settings.Name]json.RawMessage) error
	SetLogo(ctx context.Context, actor app.Actor, file []byte) error
	GetLogo(ctx context.Context, hash string) ([]byte, error)
}

// SettingsController lets administrators say how the instance is.
type SettingsController struct{ settings SettingsService }

// NewSettingsController makes a controller of this service.
func NewSettingsController(service SettingsService) *SettingsController {
	return &SettingsController{settings: service}
}

// listed is a short list that is always whole.
type listed[T any] struct {
	Data []T `json:"data"`
}

// Get answers GET /settings/admin with all settings: 200.
func (s *SettingsController) Get(c *fiber.Ctx) error {
	all, err := s.settings.GetAll(c.UserContext(), actorOf(c))
	if err != nil {
		return err
	}
	return c.JSON(listed[settings.Value]{all})
}

// Put answers PUT /settings/admin: what is left out stays, null is the default
// again. 200 with all settings.
func (s *SettingsController) Put(c *fiber.Ctx) error {
	var wanted map[settings.Name]json.RawMessage
	if err := decode(c, &wanted); err != nil {
		return err
	}
	if err := s.settings.Set(c.UserContext(), actorOf(c), wanted); err != nil {
		return err
	}
	return s.Get(c)
}

// History answers GET /admin/settings/:name/history: 200.
func (s *SettingsController) History(c *fiber.Ctx) error {
	changes, err := s.settings.GetHistory(c.UserContext(), actorOf(c), settings.Name(c.Params("name")))
	if err != nil {
		return err
	}
	return c.JSON(listed[settings.Change]{changes})
}

type logoBody struct {
	Picture []byte `json:"picture"`
}

// PutLogo answers PUT /admin/settings/logo: 200 with all settings.
func (s *SettingsController) PutLogo(c *fiber.Ctx) error {
	var body logoBody
	if err := decode(c, &body); err != nil {
		return err
	}
	if err := s.settings.SetLogo(c.UserContext(), actorOf(c), body.Picture); err != nil {
		return err
	}
	return s.Get(c)
}

// Logo answers GET /logo/:hash with the picture, for ever: another one has
// another address. Whatever it is taken for, it is only looked at.
func (s *SettingsController) Logo(c *fiber.Ctx) error {
	png, err := s.settings.GetLogo(c.UserContext(), c.Params("hash"))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	c.Set(fiber.HeaderContentType, "image/png")
	return c.Send(png)
}
