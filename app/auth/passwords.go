package auth

import (
	"context"
	"strconv"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// The fields that only these calls have.
const (
	fieldSetupToken      rule.Field = "setup_token"
	fieldResetToken      rule.Field = "token"
	fieldRefreshToken    rule.Field = "refresh_token"
	fieldCurrentPassword rule.Field = rule.FieldPresentPassword
	fieldNewPassword     rule.Field = "new_password"
)

// ChangePassword gives the actor a new password and ends every other session
// of his. A wrong current password is forbidden, too many tries rate_limited; one
// that was changed at the same moment somewhere else is a conflict.
func (s *Service) ChangePassword(ctx context.Context, actor app.Actor, current, replacement string) error {
	account, err := s.self(ctx, actor)
	if err != nil {
		return err
	}
	if replacement, err = rule.Password(fieldNewPassword, replacement, account.Email); err != nil {
		return err
	}
	if err := s.prove(ctx, actor, account, fieldCurrentPassword, current); err != nil {
		return err
	}
	hash, err := s.Hasher.Hash(ctx, replacement)
	if err != nil {
		return err
	}
	return s.replacePassword(ctx, passwordChange{
		event: audit.Event{Action: audit.PasswordChanged, Actor: actor, Target: string(account.ID)},
		user:  account.ID, was: &account.PasswordHash, hash: hash, keep: actor.SessionID,
	})
}

// ResetPassword gives the account of a reset link a new password and ends
// every session of it. A link that was used, or ran out, is forbidden.
func (s *Service) ResetPassword(ctx context.Context, actor app.Actor, token, replacement string) error {
	if _, err := rule.Token(fieldResetToken, token); err != nil {
		return err
	}
	if !isSecret(token) {
		return errLink()
	}
	link, err := s.Links.GetByHash(ctx, PurposeReset, hashOf(token), s.now())
	if err != nil {
		return instead(err, app.ErrNotFound, errLink())
	}
	account, err := s.Users.GetByID(ctx, link.UserID)
	if err != nil {
		return instead(err, app.ErrNotFound, errLink())
	}
	if replacement, err = rule.Password(fieldNewPassword, replacement, account.Email); err != nil {
		return err
	}
	hash, err := s.Hasher.Hash(ctx, replacement)
	if err != nil {
		return err
	}
	return s.replacePassword(ctx, passwordChange{
		event: audit.Event{Action: audit.PasswordReset, Actor: actor, Target: string(account.ID)},
		user:  account.ID, hash: hash, link: hashOf(token),
	})
}

// passwordChange is a new password on its way: for whom, which hash it must
// replace (nil: any), which session stays, which link it uses up.
type passwordChange struct {
	event audit.Event
	user  app.UserID
	was   *string
	hash  string
	keep  app.SessionID
	link  []byte
}

func (s *Service) replacePassword(ctx context.Context, c passwordChange) error {
	var over []app.SessionID
	err := s.change(ctx, &c.event, func(ctx context.Context) error {
		account, err := s.Users.Lock(ctx, c.user)
		if err != nil {
			return err
		}
		if c.was != nil && account.PasswordHash != *c.was {
			return app.Errorf(app.CodeConflict, "The password was changed at the same moment somewhere else.")
		}
		if c.link != nil {
			if _, err := s.Links.Take(ctx, PurposeReset, c.link, s.now()); err != nil {
				return instead(err, app.ErrNotFound, errLink())
			}
			if err := s.notify(ctx, c.user, "Your password was set anew with a link that an administrator made. If that was not you, tell an administrator."); err != nil {
				return err
			}
		}
		account.PasswordHash = c.hash
		if err := s.Users.Update(ctx, account); err != nil {
			return err
		}
		if err := s.Links.DeleteByUserID(ctx, c.user); err != nil {
			return err
		}
		over, err = s.Sessions.EndByUserID(ctx, c.user, c.keep, s.now())
		c.event.Details = map[audit.Key]string{audit.KeySessions: strconv.Itoa(len(over))}
		return err
	})
	if err == nil {
		s.ended(app.EndSignedOut, over...)
	}
	return err
}

// prove asks a signed-in person for his password. Tries are counted with
// those of signing in.
func (s *Service) prove(ctx context.Context, actor app.Actor, account Account, field rule.Field, password string) error {
	if _, err := rule.PresentPassword(field, password); err != nil {
		return err
	}
	if err := s.allow(actor, account.EmailKey); err != nil {
		return err
	}
	right, err := s.Hasher.Verify(ctx, account.PasswordHash, password)
	if err == nil && !right {
		s.refused(actor, account.ID)
		return errPassword(string(field))
	}
	return err
}
