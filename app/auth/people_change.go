package auth

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// NewUser is an account that an administrator makes. Without a password the
// person sets his own, by a link.
type NewUser struct {
	Email, Name, Password string
	Role                  app.Role
}

// CreateUser makes an account. Where no password was given it makes a link
// besides, with which the person sets his own: an hour, once. A taken address
// is a conflict; to make an administrator wants the password of the last
// minutes.
func (s *Service) CreateUser(ctx context.Context, actor app.Actor, with NewUser) (app.ManagedUser, string, error) {
	none := app.ManagedUser{}
	if err := mayAdminister(actor); err != nil {
		return none, "", err
	}
	if with.Role == app.RoleAdmin {
		if err := actor.Confirmed(s.now()); err != nil {
			return none, "", err
		}
	}
	chosen := with.Password
	if chosen == "" {
		chosen = rand.Text() // nobody ever learns it
	}
	account, err := s.newAccount(ctx, with.Email, with.Name, chosen)
	if err != nil {
		return none, "", err
	}
	if account.Role = app.RoleUser; with.Role == app.RoleAdmin {
		account.Role = app.RoleAdmin
	}
	event := audit.Event{
		Action: audit.UserCreated, Actor: actor, Target: string(account.ID),
		Details: map[audit.Key]string{audit.KeyRole: string(account.Role)},
	}
	token := ""
	err = s.change(ctx, &event, func(ctx context.Context) error {
		if err := s.create(ctx, account); err != nil || with.Password != "" {
			return err
		}
		token = newSecret()
		return s.Links.Create(ctx, Link{Hash: hashOf(token), Purpose: PurposeReset, UserID: account.ID, ExpiresAt: s.now().Add(resetLasts)})
	})
	if err != nil {
		return none, "", err
	}
	return app.ManagedUser{User: account.User}, token, nil
}

// UserChange is what is to be another in an account; nil stays as it is.
type UserChange struct {
	Name, Email *string
	Role        *app.Role
	Status      *app.UserStatus
}

// ChangeUser changes an account. A taken address is a conflict, and so is what
// would leave no active administrator; to make an administrator wants the
// password of the last minutes.
func (s *Service) ChangeUser(ctx context.Context, actor app.Actor, id app.UserID, change UserChange) (app.ManagedUser, error) {
	if err := mayAdminister(actor); err != nil {
		return app.ManagedUser{}, err
	}
	if change.Role != nil && *change.Role == app.RoleAdmin {
		if err := actor.Confirmed(s.now()); err != nil {
			return app.ManagedUser{}, err
		}
	}
	if err := change.check(); err != nil {
		return app.ManagedUser{}, err
	}
	if err := s.apply(ctx, actor, id, change); err != nil {
		return app.ManagedUser{}, err
	}
	return s.Directory.Get(ctx, id)
}

// apply changes all that is to be another, or nothing, in one transaction with
// a record each; the world hears of it afterwards.
func (s *Service) apply(ctx context.Context, actor app.Actor, id app.UserID, change UserChange) error {
	lock := s.lockAny
	if change.Role != nil && *change.Role != app.RoleAdmin || change.Status != nil && *change.Status != app.UserActive {
		lock = s.lockExpendable
	}
	var events []audit.Event
	var over []app.SessionID
	err := s.Tx.InTx(ctx, func(ctx context.Context) error {
		events, over = nil, nil
		account, err := lock(ctx, id)
		if err != nil {
			return err
		}
		events = change.on(&account, actor)
		if err := s.Users.Update(ctx, account); err != nil {
			return instead(err, app.ErrConflict, errTaken())
		}
		if account.Status != app.UserActive {
			if over, err = s.Sessions.EndByUserID(ctx, id, "", s.now()); err != nil {
				return err
			}
		}
		for i := range events {
			if events[i].Action == audit.UserDisabled {
				events[i].Details = map[audit.Key]string{audit.KeySessions: strconv.Itoa(len(over))}
			}
			if err := s.Audit.Record(ctx, events[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, event := range events {
		s.tell(ctx, event)
	}
	s.altered(id)
	s.ended(app.EndDisabled, over...)
	return nil
}

// on changes an account, and says what of it is to be recorded. What its name
// and address were and are goes with the account, so the record says only
// which was changed.
func (c UserChange) on(account *Account, actor app.Actor) (events []audit.Event) {
	note := func(action audit.Action, details map[audit.Key]string) {
		events = append(events, audit.Event{Action: action, Actor: actor, Target: string(account.ID), Details: details})
	}
	var fields []string
	if c.Name != nil && *c.Name != account.Name {
		account.Name, fields = *c.Name, append(fields, "name")
	}
	if c.Email != nil && *c.Email != account.Email {
		account.Email, account.EmailKey, fields = *c.Email, rule.EmailKey(*c.Email), append(fields, "email")
	}
	if len(fields) > 0 {
		note(audit.UserRenamed, map[audit.Key]string{audit.KeyField: strings.Join(fields, ", ")})
	}
	if c.Role != nil && *c.Role != account.Role {
		account.Role = *c.Role
		note(map[app.Role]audit.Action{app.RoleAdmin: audit.UserPromoted, app.RoleUser: audit.UserDemoted}[*c.Role], nil)
	}
	if c.Status != nil && *c.Status != account.Status {
		account.Status = *c.Status
		note(map[app.UserStatus]audit.Action{app.UserActive: audit.UserEnabled, app.UserDisabled: audit.UserDisabled}[*c.Status], nil)
	}
	return events
}

// check puts the values in order.
func (c *UserChange) check() error {
	var problems [4]error
	if c.Name != nil {
		*c.Name, problems[0] = rule.Name(*c.Name)
	}
	if c.Email != nil {
		*c.Email, problems[1] = rule.Email(*c.Email)
	}
	if c.Role != nil && *c.Role != app.RoleUser && *c.Role != app.RoleAdmin {
		problems[2] = app.Invalid("role", "user or admin is expected")
	}
	if c.Status != nil && *c.Status != app.UserActive && *c.Status != app.UserDisabled {
		problems[3] = app.Invalid("status", "active or disabled is expected")
	}
	return together(problems[:]...)
}

// MakeResetLink makes a link's token with which somebody gets a new password:
// 256 bits, an hour, once; links made before go. It wants the password of the
// last minutes and a reason, and the person is told.
func (s *Service) MakeResetLink(ctx context.Context, actor app.Actor, id app.UserID, reason string) (string, error) {
	if err := mayAdminister(actor); err != nil {
		return "", err
	}
	if err := actor.Confirmed(s.now()); err != nil {
		return "", err
	}
	reason, err := rule.Reason(reason)
	if err != nil {
		return "", err
	}
	return s.resetLink(ctx, actor, id, reason)
}

// DeleteUser deletes an account, and with erase what it wrote; else that stays
// without an author. It wants the password of the last minutes. The last
// active administrator is a conflict.
func (s *Service) DeleteUser(ctx context.Context, actor app.Actor, id app.UserID, erase bool) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	if err := actor.Confirmed(s.now()); err != nil {
		return err
	}
	return s.delete(ctx, actor, id, erase)
}
