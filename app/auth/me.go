package auth

import (
	"context"
	"strconv"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// GetMe reads the actor's own account.
func (s *Service) GetMe(ctx context.Context, actor app.Actor) (app.User, error) {
	account, err := s.self(ctx, actor)
	return account.User, err
}

// UpdateMe changes the actor's name; nil stays as it is.
func (s *Service) UpdateMe(ctx context.Context, actor app.Actor, name *string) (app.User, error) {
	if name == nil {
		return s.GetMe(ctx, actor)
	}
	if err := signedIn(actor); err != nil {
		return app.User{}, err
	}
	wanted, err := rule.Name(*name)
	if err != nil {
		return app.User{}, err
	}
	var account Account
	event := audit.Event{Action: audit.UserRenamed, Actor: actor, Target: string(actor.UserID)}
	err = s.change(ctx, &event, func(ctx context.Context) error {
		if account, err = s.Users.Lock(ctx, actor.UserID); err != nil {
			return instead(err, app.ErrNotFound, errSignIn())
		}
		account.Name = wanted
		return s.Users.Update(ctx, account)
	})
	if err != nil {
		return app.User{}, err
	}
	s.altered(actor.UserID)
	return account.User, nil
}

// Farewell is how a person wants to be deleted.
type Farewell struct {
	Password string
	// EraseMessages empties what he wrote; else it stays, without an author.
	EraseMessages bool
}

// DeleteMe deletes the actor's account: the address, the name, the password
// and every session go at once, the chats in the background. A wrong password
// is forbidden, too many tries rate_limited; the last active administrator is
// a conflict.
func (s *Service) DeleteMe(ctx context.Context, actor app.Actor, farewell Farewell) error {
	account, err := s.self(ctx, actor)
	if err != nil {
		return err
	}
	if err := s.prove(ctx, actor, account, rule.FieldPassword, farewell.Password); err != nil {
		return err
	}
	return s.delete(ctx, actor, account.ID, farewell.EraseMessages)
}

func (s *Service) delete(ctx context.Context, actor app.Actor, user app.UserID, erase bool) error {
	var over []app.SessionID
	event := audit.Event{Action: audit.UserDeleted, Actor: actor, Target: string(user)}
	err := s.change(ctx, &event, func(ctx context.Context) error {
		account, err := s.lockExpendable(ctx, user)
		if err != nil {
			return err
		}
		// No address has this key, since it holds no @: the old one is free.
		account.EmailKey, account.Email, account.Name = "deleted:"+string(user), "", "Deleted account"
		account.PasswordHash, account.Role, account.Status = "", app.RoleUser, app.UserDisabled
		if err := s.Users.Update(ctx, account); err != nil {
			return err
		}
		if err := s.Links.DeleteByUserID(ctx, user); err != nil {
			return err
		}
		if over, err = s.Sessions.EndByUserID(ctx, user, "", s.now()); err != nil {
			return err
		}
		event.Details = map[audit.Key]string{audit.KeySessions: strconv.Itoa(len(over)), audit.KeyMessages: messagesWord(erase)}
		return s.Deletions.Create(ctx, Deletion{UserID: user, EraseMessages: erase})
	})
	if err != nil {
		return err
	}
	s.ended(app.EndDisabled, over...)
	s.Waker.Wake()
	return nil
}

func messagesWord(erase bool) string {
	if erase {
		return "erase"
	}
	return "keep"
}

// lockExpendable locks an account that may stop being an active
// administrator: the last one may not.
func (s *Service) lockExpendable(ctx context.Context, user app.UserID) (Account, error) {
	admins, err := s.Users.LockAdmins(ctx)
	if err != nil {
		return Account{}, err
	}
	account, err := s.Users.Lock(ctx, user)
	if err != nil {
		return Account{}, err
	}
	if admins <= 1 && account.Role == app.RoleAdmin && account.Status == app.UserActive {
		return Account{}, errLastAdmin()
	}
	return account, nil
}

func (s *Service) self(ctx context.Context, actor app.Actor) (Account, error) {
	if err := signedIn(actor); err != nil {
		return Account{}, err
	}
	account, err := s.Users.GetByID(ctx, actor.UserID)
	return account, instead(err, app.ErrNotFound, errSignIn())
}
