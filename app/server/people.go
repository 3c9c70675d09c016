package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/limit"
	"github.com/quillium/quillium/app/settings"
	"github.com/quillium/quillium/repositories"
)

// people are the services about accounts; commands have them too.
type people struct {
	auth     *auth.Service
	settings *settings.Registry
	invites  *chat.Invites
}

// buildPeople wires accounts and settings. waker is told of accounts to
// delete; limiter slows down those who guess; at is
// where people find this server.
func buildPeople(ctx context.Context, b *base, signals app.Signals, waker auth.Waker, limiter *limit.Limiter, at func() string) (*people, error) {
	events := repositories.NewAuditRepository(b.db)
	recorder, refusals := audit.NewRecorder(events, time.Now), audit.NewRefusals(events, b.options.Log, time.Now)
	b.later("refused sign-ins", refusals.Flush)
	b.loop("refused sign-ins", refusals.Run)
	registry, err := settings.NewRegistry(settings.Parts{
		Tx: b.db, Settings: repositories.NewSettingsRepository(b.db), Logos: repositories.NewLogoRepository(b.db),
		Audit: recorder, Signals: signals, Log: b.options.Log, Now: time.Now,
	}, b.chosen())
	if err != nil {
		return nil, err
	}
	if err := registry.Load(ctx); err != nil {
		return nil, err
	}
	sessions := repositories.NewSessionRepository(b.db)
	invites := chat.NewInvites(repositories.NewInviteRepository(b.db), repositories.NewChatRepository(b.db), repositories.NewMemberRepository(b.db),
		signals, b.options.Log, func(token string) string { return at() + "/invite#" + token })
	hasher := auth.NewHasher()
	b.later("hasher", func(context.Context) error { hasher.Close(); return nil })
	service := auth.NewService(auth.Parts{
		Tx: b.db, Users: repositories.NewUserRepository(b.db), Sessions: sessions, Presence: sessions,
		Tokens: repositories.NewTokenRepository(b.db), Links: repositories.NewLinkRepository(b.db),
		Settings: repositories.NewUserSettingsRepository(b.db), Directory: repositories.NewDirectoryRepository(b.db), Notices: repositories.NewNoticeRepository(b.db),
		SignupInvites: repositories.NewSignupInviteRepository(b.db), Deletions: repositories.NewDeletionRepository(b.db),
		Audit: recorder, Policy: registry, Invites: invites, Signals: signals, Limiter: limiter.For(limit.SignIn), Refusals: refusals, Waker: waker,
		Hasher: hasher, Signer: b.keys.signer, Log: b.options.Log,
	}, auth.Options{
		AccessLasts: b.config.AccessTokenExp,
		RefreshKey:  b.keys.refresh, RefreshKeyPrevious: b.keys.refreshPrevious,
	})
	return &people{auth: service, settings: registry, invites: invites}, nil
}

// chosen are the settings that the operator fixed in the environment.
func (b *base) chosen() map[settings.Name]any {
	values := map[settings.Name]any{
		settings.Signups:            string(app.SignupsOpen),
		settings.SessionUnusedHours: int64(b.config.RefreshTokenExp / time.Hour),
		settings.DefaultModel:       b.config.DefaultModel,
		settings.LogLevel:           b.config.LogLevel,
		settings.MaxMessageBytes:    int64(b.config.MaxMessageBytes),
		settings.MaxAnswerBytes:     int64(b.config.MaxAnswerBytes),
		settings.MaxSocketsPerUser:  int64(b.config.MaxSocketsPerUser),
	}
	if !b.config.EnableSignups {
		values[settings.Signups] = string(app.SignupsByInvitation)
	}
	for _, definition := range settings.Table() {
		if !b.config.Given(definition.Variable) {
			delete(values, definition.Name)
		}
	}
	return values
}

// ensureAdmin makes the administrator that the configuration names, while
// there is none.
func (b *base) ensureAdmin(ctx context.Context, accounts *auth.Service) error {
	if b.config.AdminEmail == "" {
		return nil
	}
	password := b.config.AdminPassword
	if file := b.config.AdminPasswordFile; file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("ADMIN_PASSWORD_FILE cannot be read: %w", err)
		}
		password = strings.TrimRight(string(text), "\r\n")
	}
	made, err := accounts.EnsureAdmin(ctx, b.config.AdminEmail, password)
	if made {
		b.options.Log.Info("the administrator of ADMIN_EMAIL was made")
	}
	return sentence(err)
}

// sentence leaves of a domain error what people read.
func sentence(err error) error {
	var refused *app.Error
	if errors.As(err, &refused) && refused.Cause == nil {
		return errors.New(refused.Message)
	}
	return err
}
