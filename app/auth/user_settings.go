package auth

import (
	"context"
	"errors"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// defaultUserSettings hold until a user chooses.
func defaultUserSettings() app.UserSettings {
	return app.UserSettings{Theme: "system", Language: "en", NotificationsEnabled: true}
}

// SettingsChange is what a user chooses; nil stays as it is.
type SettingsChange struct {
	Theme                *string
	Language             *string
	NotificationsEnabled *bool
	DefaultModel         *string
}

// GetUserSettings reads what the actor chose, or the defaults.
func (s *Service) GetUserSettings(ctx context.Context, actor app.Actor) (app.UserSettings, error) {
	if err := signedIn(actor); err != nil {
		return app.UserSettings{}, err
	}
	settings, err := s.Settings.GetByUserID(ctx, actor.UserID)
	if errors.Is(err, app.ErrNotFound) {
		return defaultUserSettings(), nil
	}
	return settings, err
}

// PutUserSettings stores what the actor chose and answers all of it.
func (s *Service) PutUserSettings(ctx context.Context, actor app.Actor, change SettingsChange) (app.UserSettings, error) {
	settings, err := s.GetUserSettings(ctx, actor)
	if err != nil {
		return app.UserSettings{}, err
	}
	if settings, err = change.apply(settings); err != nil {
		return app.UserSettings{}, err
	}
	if err := s.Settings.Put(ctx, actor.UserID, settings); err != nil {
		return app.UserSettings{}, instead(err, app.ErrNotFound, errSignIn())
	}
	s.Log.InfoContext(ctx, "account", "action", "user_settings.changed",
		"user_id", string(actor.UserID), "request_id", actor.RequestID)
	return settings, nil
}

func (c SettingsChange) apply(settings app.UserSettings) (app.UserSettings, error) {
	var theme, language, model error
	if c.Theme != nil {
		settings.Theme, theme = rule.Theme(*c.Theme)
	}
	if c.Language != nil {
		settings.Language, language = rule.Language(*c.Language)
	}
	if c.DefaultModel != nil {
		settings.DefaultModel, model = rule.DefaultModel(*c.DefaultModel)
	}
	if c.NotificationsEnabled != nil {
		settings.NotificationsEnabled = *c.NotificationsEnabled
	}
	return settings, together(theme, language, model)
}
