package auth

import (
	"context"
	"strconv"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// CommandLine is who acts when somebody with a shell on the machine runs a
// command: that is an administrator, without an account.
func CommandLine() app.Actor { return app.Actor{Role: app.RoleAdmin, UserAgent: "command line"} }

// GetUserByEmail finds the account that a command or the console names. An
// unknown address is not_found.
func (s *Service) GetUserByEmail(ctx context.Context, actor app.Actor, email string) (app.User, error) {
	if err := mayAdminister(actor); err != nil {
		return app.User{}, err
	}
	account, err := s.Users.GetByEmail(ctx, rule.EmailKey(email))
	return account.User, instead(err, app.ErrNotFound, errNoAccount())
}

// AdminPromote makes the account with this address an administrator.
func (s *Service) AdminPromote(ctx context.Context, actor app.Actor, email string) (app.User, error) {
	user, err := s.GetUserByEmail(ctx, actor, email)
	if err != nil {
		return app.User{}, err
	}
	return s.SetRole(ctx, actor, user.ID, app.RoleAdmin)
}

// AdminResetLink makes a token with which the account of this address gets a
// new password: 256 bits, an hour, single use. Links made before go.
func (s *Service) AdminResetLink(ctx context.Context, actor app.Actor, email string) (string, error) {
	user, err := s.GetUserByEmail(ctx, actor, email)
	if err != nil {
		return "", err
	}
	return s.resetLink(ctx, actor, user.ID, "")
}

func (s *Service) resetLink(ctx context.Context, actor app.Actor, user app.UserID, reason string) (string, error) {
	token := newSecret()
	event := audit.Event{Action: audit.ResetLinkMade, Actor: actor, Target: string(user)}
	if reason != "" {
		event.Details = map[audit.Key]string{audit.KeyReason: reason}
	}
	err := s.change(ctx, &event, func(ctx context.Context) error {
		if _, err := s.Users.Lock(ctx, user); err != nil {
			return err
		}
		if err := s.Links.DeleteByUserID(ctx, user); err != nil {
			return err
		}
		if reason != "" {
			if err := s.notify(ctx, user, "An administrator made a link with which your password can be set anew: "+reason); err != nil {
				return err
			}
		}
		return s.Links.Create(ctx, Link{Hash: hashOf(token), Purpose: PurposeReset, UserID: user, ExpiresAt: s.now().Add(resetLasts)})
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// SetRole makes an account an administrator or an ordinary one. The last
// active administrator stays one: conflict.
func (s *Service) SetRole(ctx context.Context, actor app.Actor, user app.UserID, role app.Role) (app.User, error) {
	if err := mayAdminister(actor); err != nil {
		return app.User{}, err
	}
	event := audit.Event{Action: audit.UserPromoted, Actor: actor, Target: string(user)}
	if role != app.RoleAdmin {
		role, event.Action = app.RoleUser, audit.UserDemoted
	}
	return s.alter(ctx, &event, user, role == app.RoleAdmin, func(_ context.Context, account *Account) error {
		account.Role = role
		return nil
	})
}

// SetStatus disables an account, which ends its sessions at once, or enables
// it again. The last active administrator cannot be disabled: conflict.
func (s *Service) SetStatus(ctx context.Context, actor app.Actor, user app.UserID, status app.UserStatus) (app.User, error) {
	if err := mayAdminister(actor); err != nil {
		return app.User{}, err
	}
	enable := status == app.UserActive
	event := audit.Event{Action: audit.UserEnabled, Actor: actor, Target: string(user)}
	if !enable {
		status, event.Action = app.UserDisabled, audit.UserDisabled
	}
	var over []app.SessionID
	changed, err := s.alter(ctx, &event, user, enable, func(ctx context.Context, account *Account) error {
		account.Status = status
		if enable {
			return nil
		}
		var err error
		over, err = s.Sessions.EndByUserID(ctx, user, "", s.now())
		event.Details = map[audit.Key]string{audit.KeySessions: strconv.Itoa(len(over))}
		return err
	})
	if err == nil {
		s.ended(app.EndDisabled, over...)
	}
	return changed, err
}

// alter changes an account in one transaction. What harms nobody (harmless)
// may be done to the last administrator, too.
func (s *Service) alter(ctx context.Context, event *audit.Event, user app.UserID, harmless bool, how func(context.Context, *Account) error) (app.User, error) {
	lock := s.lockExpendable
	if harmless {
		lock = s.lockAny
	}
	var account Account
	err := s.change(ctx, event, func(ctx context.Context) error {
		var err error
		if account, err = lock(ctx, user); err != nil {
			return err
		}
		if err := how(ctx, &account); err != nil {
			return err
		}
		return s.Users.Update(ctx, account)
	})
	if err != nil {
		return app.User{}, err
	}
	s.altered(user)
	return account.User, nil
}

func (s *Service) lockAny(ctx context.Context, user app.UserID) (Account, error) {
	if _, err := s.Users.LockAdmins(ctx); err != nil {
		return Account{}, err
	}
	return s.Users.Lock(ctx, user)
}

func mayAdminister(actor app.Actor) error {
	if actor.Role != app.RoleAdmin {
		return app.ErrForbidden
	}
	return nil
}
