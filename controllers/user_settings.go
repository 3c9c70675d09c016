package controllers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// UserSettingsService is what a person chooses for himself; *auth.Service is
// one.
type UserSettingsService interface {
	GetUserSettings(ctx context.Context, actor app.Actor) (app.UserSettings, error)
	PutUserSettings(ctx context.Context, actor app.Actor, change auth.SettingsChange) (app.UserSettings, error)
}

// UserSettingsController answers /settings/user.
type UserSettingsController struct{ settings UserSettingsService }

// NewUserSettingsController makes one.
func NewUserSettingsController(settings UserSettingsService) *UserSettingsController {
	return &UserSettingsController{settings: settings}
}

// Get is what the caller chose, or the defaults: 200.
func (u *UserSettingsController) Get(c *fiber.Ctx) error {
	settings, err := u.settings.GetUserSettings(c.UserContext(), actorOf(c))
	if err != nil {
		return err
	}
	return c.JSON(settings)
}

type settingsInput struct {
	Theme                *string `json:"theme"`
	Language             *string `json:"language"`
	NotificationsEnabled *bool   `json:"notifications_enabled"`
	DefaultModel         *string `json:"default_model"`
}

// Put stores what the caller chose; what is left out stays: 200.
func (u *UserSettingsController) Put(c *fiber.Ctx) error {
	var in settingsInput
	if err := decode(c, &in); err != nil {
		return err
	}
	settings, err := u.settings.PutUserSettings(c.UserContext(), actorOf(c), auth.SettingsChange(in))
	if err != nil {
		return err
	}
	return c.JSON(settings)
}
