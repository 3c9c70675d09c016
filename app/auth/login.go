package auth

import (
	"context"
	"errors"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// Credentials are what a person signs in with.
type Credentials struct {
	Email    string
	Password string
}

// LogIn begins a session. A wrong address and a wrong password are the same
// unauthorized, and take as long. A disabled account is forbidden, which only
// the right password learns. Too many tries: rate_limited.
func (s *Service) LogIn(ctx context.Context, actor app.Actor, with Credentials) (Tokens, error) {
	email, first := rule.Email(with.Email)
	_, second := rule.PresentPassword(rule.FieldPassword, with.Password)
	if err := together(first, second); err != nil {
		return Tokens{}, err
	}
	if err := s.allow(actor, rule.EmailKey(email)); err != nil {
		return Tokens{}, err
	}
	account, err := s.Users.GetByEmail(ctx, rule.EmailKey(email))
	if err != nil && !errors.Is(err, app.ErrNotFound) {
		return Tokens{}, err
	}
	right, err := s.Hasher.Verify(ctx, account.PasswordHash, with.Password)
	if err != nil {
		return Tokens{}, err
	}
	if !right {
		s.refused(actor, account.ID)
		s.Log.InfoContext(ctx, "sign-in refused", "user_id", string(account.ID), "request_id", actor.RequestID)
		return Tokens{}, errCredentials()
	}
	var tokens Tokens
	err = s.Tx.InTx(ctx, func(ctx context.Context) error {
		// The password may have been changed, or the account disabled, while
		// this one was being checked: then no session may begin any more.
		held, err := s.Users.Lock(ctx, account.ID)
		switch {
		case err != nil:
			return instead(err, app.ErrNotFound, errCredentials())
		case held.PasswordHash != account.PasswordHash:
			return errCredentials()
		case held.Status != app.UserActive:
			return errDisabled()
		}
		tokens, err = s.start(ctx, actor, held.User)
		return err
	})
	if err != nil {
		if errors.Is(err, app.ErrUnauthorized) || errors.Is(err, app.ErrForbidden) {
			s.refused(actor, account.ID)
		}
		return Tokens{}, err
	}
	actor.UserID = account.ID
	s.tell(ctx, audit.Event{Action: audit.SessionStarted, Actor: actor, Target: string(account.ID)})
	return tokens, nil
}
