package auth

import (
	"context"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// NeedsSetup tells whether there is no active administrator yet. It is cheap
// once there is one.
func (s *Service) NeedsSetup(ctx context.Context) (bool, error) {
	if s.hasAdmin.Load() {
		return false, nil
	}
	admins := 0
	err := s.Tx.InTx(ctx, func(ctx context.Context) error {
		var err error
		admins, err = s.Users.LockAdmins(ctx)
		return err
	})
	if err == nil && admins > 0 {
		s.hasAdmin.Store(true)
	}
	return err == nil && admins == 0, err
}

// MakeSetupLink makes a token that turns one account into the first
// administrator: 256 bits, 30 minutes, single use, good on every node. With
// an administrator there already it is a conflict. Several may be out at
// once, one for each start.
func (s *Service) MakeSetupLink(ctx context.Context) (string, error) {
	token := newSecret()
	event := audit.Event{Action: audit.SetupLinkMade}
	err := s.change(ctx, &event, func(ctx context.Context) error {
		if err := s.lockNoAdmin(ctx); err != nil {
			return err
		}
		return s.Links.Create(ctx, Link{Hash: hashOf(token), Purpose: PurposeSetup, ExpiresAt: s.now().Add(setupLasts)})
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// Setup makes the signed-in account the first administrator. With an
// administrator there already it is a conflict; a token that is not valid is
// forbidden.
func (s *Service) Setup(ctx context.Context, actor app.Actor, setupToken string) (app.User, error) {
	if err := signedIn(actor); err != nil {
		return app.User{}, err
	}
	if _, err := rule.Token(fieldSetupToken, setupToken); err != nil {
		return app.User{}, err
	}
	var account Account
	event := audit.Event{Action: audit.FirstAdminMade, Actor: actor, Target: string(actor.UserID)}
	err := s.change(ctx, &event, func(ctx context.Context) error {
		if err := s.takeSetup(ctx, setupToken); err != nil {
			return err
		}
		var err error
		if account, err = s.Users.Lock(ctx, actor.UserID); err != nil {
			return instead(err, app.ErrNotFound, errSignIn())
		}
		if account.Status != app.UserActive {
			return errDisabled()
		}
		account.Role = app.RoleAdmin
		return s.Users.Update(ctx, account)
	})
	if err != nil {
		return app.User{}, err
	}
	s.altered(actor.UserID)
	return account.User, nil
}

// takeSetup uses a set-up token up, in a transaction that makes the first
// administrator.
func (s *Service) takeSetup(ctx context.Context, token string) error {
	if err := s.lockNoAdmin(ctx); err != nil {
		return err
	}
	if !isSecret(token) {
		return errLink()
	}
	_, err := s.Links.Take(ctx, PurposeSetup, hashOf(token), s.now())
	return instead(err, app.ErrNotFound, errLink())
}

func (s *Service) lockNoAdmin(ctx context.Context) error {
	admins, err := s.Users.LockAdmins(ctx)
	if err == nil && admins > 0 {
		return errHasAdmin()
	}
	return err
}

// EnsureAdmin makes an account from the configuration the first
// administrator, and tells whether it did: while there is one, nothing
// happens. An address that an ordinary account holds is a conflict, on which
// the program does not start.
func (s *Service) EnsureAdmin(ctx context.Context, email, password string) (bool, error) {
	if needed, err := s.NeedsSetup(ctx); err != nil || !needed {
		return false, err
	}
	account, err := s.newAccount(ctx, email, "Administrator", password)
	if err != nil {
		return false, err
	}
	account.Role = app.RoleAdmin
	event := audit.Event{Action: audit.FirstAdminMade, Actor: CommandLine(), Target: string(account.ID)}
	err = s.change(ctx, &event, func(ctx context.Context) error {
		if err := s.lockNoAdmin(ctx); err != nil {
			return err
		}
		if _, err := s.Users.GetByEmail(ctx, account.EmailKey); err == nil {
			return errOrdinary(email)
		}
		return instead(s.Users.Create(ctx, account), app.ErrConflict, errOrdinary(email))
	})
	if err != nil {
		// Another node may have been faster, with the same configuration.
		if needed, check := s.NeedsSetup(ctx); check == nil && !needed {
			return false, nil
		}
		return false, err
	}
	return true, nil
}

func errOrdinary(email string) error {
	return app.Errorf(app.CodeConflict,
		"ADMIN_EMAIL is %s, but that address belongs to an ordinary account. Run \"quillium admin promote\" or choose another address.", email)
}
