package auth

import (
	"errors"
	"time"

	"github.com/quillium/quillium/app"
)

// Sentences that several calls share stand here, so that they cannot drift
// apart: what tells a wrong address from a wrong password tells too much.

func errSignIn() error { return app.ErrUnauthorized }

func errCredentials() error {
	return app.Errorf(app.CodeUnauthorized, "The e-mail address or the password is not right.")
}

func errDisabled() error {
	return app.Errorf(app.CodeForbidden, "This account is disabled. Ask an administrator.")
}

func errTaken() error {
	err := app.Errorf(app.CodeConflict, "There is an account with this e-mail address already.")
	err.Details = []app.Detail{{Field: "email", Message: "taken"}}
	return err
}

func errPassword(field string) error {
	err := app.Errorf(app.CodeForbidden, "The password is not right.")
	err.Details = []app.Detail{{Field: field, Message: "not the password of this account"}}
	return err
}

func errLink() error {
	return app.Errorf(app.CodeForbidden, "This link is not valid: it was used, or it ran out. Ask for a new one.")
}

func errInvite() error {
	return app.Errorf(app.CodeForbidden, "This invite link does not work: it was used up, taken back, or it ran out. Ask for a new one.")
}

func errSignups(mode app.Signups) error {
	if mode == app.SignupsClosed {
		return app.Errorf(app.CodeForbidden, "Sign-ups are closed here. Ask an administrator for an account.")
	}
	return app.Errorf(app.CodeForbidden, "Accounts here are by invitation. Ask somebody who is here for an invite link.")
}

func errHasAdmin() error {
	return app.Errorf(app.CodeConflict, "Quillium has an administrator already.")
}

func errLastAdmin() error {
	return app.Errorf(app.CodeConflict, "This is the last active administrator. Make somebody else administrator first.")
}

func errNoAccount() error {
	return app.Errorf(app.CodeNotFound, "There is no account with this e-mail address. Check how it is written, or make the account first.")
}

func errSlowDown(retry time.Duration) error {
	err := app.Errorf(app.CodeRateLimited, "Too many tries; wait a little.")
	err.RetryAfter = retry
	return err
}

// instead turns an error of one kind into another, and lets the rest pass.
func instead(err error, kind, other error) error {
	if errors.Is(err, kind) {
		return other
	}
	return err
}
