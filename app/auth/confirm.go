package auth

import (
	"context"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// Confirm notes that the actor proved his password now, so that his session
// may do what is dangerous for app.ConfirmLasts. It gives the actor as he is
// from here on. A wrong password is forbidden, too many tries rate_limited.
func (s *Service) Confirm(ctx context.Context, actor app.Actor, password string) (app.Actor, error) {
	account, err := s.self(ctx, actor)
	if err != nil {
		return actor, err
	}
	if err := s.prove(ctx, actor, account, rule.FieldPassword, password); err != nil {
		return actor, err
	}
	now := s.now()
	err = s.Tx.InTx(ctx, func(ctx context.Context) error {
		session, err := s.Sessions.Lock(ctx, actor.SessionID)
		switch {
		case err != nil:
			return instead(err, app.ErrNotFound, errSignIn())
		case session.EndedAt != nil:
			return errSignIn()
		}
		session.ConfirmedAt = &now
		return s.Sessions.Touch(ctx, session)
	})
	if err != nil {
		return actor, err
	}
	s.presence.forget(actor.SessionID)
	actor.ConfirmedAt = now
	return actor, nil
}
