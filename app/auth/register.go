package auth

import (
	"context"
	"errors"
	"strings"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// Registration is what a new account begins with.
type Registration struct {
	Email    string
	Password string
	Name     string
	// SetupToken makes this the first administrator; nil for others.
	SetupToken *string
	// Invite is the token of an invite link: it opens where sign-ups are
	// closed, and the account begins as a member of its chat.
	Invite *string
}

// Register makes an account and signs it in. Where sign-ups are by invitation,
// whoever has neither a valid set-up token nor a valid invite is forbidden,
// before anything else is looked at, and where they are closed only an invite
// of an administrator helps; one that lets nobody in makes no account. An address at a domain
// that is not allowed is invalid_input, but for the first administrator. A taken address is a conflict, and takes as long as a new one. A
// set-up token makes an administrator while there is none, else it is a
// conflict; without one nobody becomes an administrator here.
func (s *Service) Register(ctx context.Context, actor app.Actor, with Registration) (Tokens, error) {
	if err := s.mayRegister(ctx, with); err != nil {
		return Tokens{}, err
	}
	if with.SetupToken != nil {
		if _, err := rule.Token(fieldSetupToken, *with.SetupToken); err != nil {
			return Tokens{}, err
		}
	}
	if err := s.admits(with); err != nil {
		return Tokens{}, err
	}
	account, err := s.newAccount(ctx, with.Email, with.Name, with.Password)
	if err != nil {
		return Tokens{}, err
	}
	event := audit.Event{Action: audit.UserRegistered, Actor: actor, Target: string(account.ID)}
	event.Actor.UserID = account.ID
	var tokens Tokens
	joined := func() {}
	err = s.change(ctx, &event, func(ctx context.Context) error {
		if with.SetupToken != nil {
			if err := s.takeSetup(ctx, *with.SetupToken); err != nil {
				return err
			}
			account.Role, event.Action = app.RoleAdmin, audit.FirstAdminMade
		}
		if err := s.create(ctx, account); err != nil {
			return err
		}
		if tokens, err = s.start(ctx, actor, account.User); err != nil || with.Invite == nil {
			return err
		}
		joined, err = s.comeIn(ctx, event.Actor, *with.Invite)
		return instead(err, app.ErrNotFound, errInvite())
	})
	if err == nil {
		joined()
	}
	return tokens, err
}

func (s *Service) mayRegister(ctx context.Context, with Registration) error {
	mode := s.Policy.Signups()
	if with.Invite != nil {
		return s.invited(ctx, mode, *with.Invite)
	}
	if mode == app.SignupsOpen {
		return nil
	}
	if with.SetupToken == nil || !isSecret(*with.SetupToken) {
		return errSignups(mode)
	}
	_, err := s.Links.GetByHash(ctx, PurposeSetup, hashOf(*with.SetupToken), s.now())
	return instead(err, app.ErrNotFound, errSignups(mode))
}

// admits looks at the address; what is none is for later.
func (s *Service) admits(with Registration) error {
	domains, ok := s.Policy.Admits(with.Email)
	if ok || with.SetupToken != nil {
		return nil
	}
	return app.Invalid(string(rule.FieldEmail), "an address at %s is expected", strings.Join(domains, " or "))
}

// invited is forbidden where a link lets nobody in. The account is made only
// with its use counted: this only spares the work.
func (s *Service) invited(ctx context.Context, mode app.Signups, token string) error {
	if ours, err := s.signupInvited(ctx, token); ours || err != nil {
		return err
	}
	if mode == app.SignupsClosed {
		return errSignups(mode)
	}
	_, err := s.Invites.PreviewInvite(ctx, token)
	return instead(err, app.ErrNotFound, errInvite())
}

// comeIn uses up an invite, into a chat or only into the house, in the
// transaction of the context; joined is called after its commit.
func (s *Service) comeIn(ctx context.Context, actor app.Actor, token string) (joined func(), err error) {
	ours, err := s.signupInvited(ctx, token)
	if err != nil {
		return nil, err
	}
	if ours {
		return func() {}, s.SignupInvites.Use(ctx, hashOf(token), s.now())
	}
	return s.Invites.Join(ctx, actor, token)
}

// newAccount checks the values of an ordinary account and hashes its password.
func (s *Service) newAccount(ctx context.Context, email, name, password string) (Account, error) {
	email, first := rule.Email(email)
	name, second := rule.Name(name)
	password, third := rule.Password(rule.FieldPassword, password, email)
	if err := together(first, second, third); err != nil {
		return Account{}, err
	}
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return Account{}, err
	}
	return Account{
		User: app.User{
			ID: app.NewID[app.UserID](), Email: email, Name: name,
			Role: app.RoleUser, Status: app.UserActive, CreatedAt: s.now(),
		},
		EmailKey: rule.EmailKey(email), PasswordHash: hash,
	}, nil
}

func (s *Service) create(ctx context.Context, account Account) error {
	return instead(s.Users.Create(ctx, account), app.ErrConflict, errTaken())
}

// together makes one error of what is wrong with several fields.
func together(errs ...error) error {
	var all *app.Error
	for _, err := range errs {
		var refused *app.Error
		switch {
		case err == nil:
		case !errors.As(err, &refused):
			return err
		case all == nil:
			all = refused
		default:
			all.Message = app.ErrInvalidInput.Message
			all.Details = append(all.Details, refused.Details...)
		}
	}
	if all == nil {
		return nil
	}
	return all
}
