package auth

import (
	"context"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// Bounds of a link that lets people make an account.
const (
	signupInviteLasts    = 7 * 24 * time.Hour
	maxSignupInviteLasts = 30 * 24 * time.Hour
	maxSignupInviteUses  = 100
)

// NewSignupInvite is what such a link is made with; nil takes the default: 7
// days, once.
type NewSignupInvite struct {
	// ExpiresIn is in seconds.
	ExpiresIn *int64
	MaxUses   *int
}

// SignupInviteRepository keeps links that let people make an account, under
// the SHA-256 of their tokens.
type SignupInviteRepository interface {
	Create(ctx context.Context, invite app.SignupInvite, by app.UserID, hash []byte) error
	// List lists those that live, newest first.
	List(ctx context.Context, now time.Time, page app.PageRequest) (app.Page[app.SignupInvite], error)
	Delete(ctx context.Context, id app.InviteID) error
	// Lives tells whether a token's link lets somebody in.
	Lives(ctx context.Context, hash []byte, now time.Time) (bool, error)
	// Use counts one use of a link that lives; any other is not_found.
	Use(ctx context.Context, hash []byte, now time.Time) error
}

// CreateSignupInvite makes a link with which people make accounts, whether or
// not sign-ups are open; its token is told here and never again.
func (s *Service) CreateSignupInvite(ctx context.Context, actor app.Actor, input NewSignupInvite) (app.SignupInvite, string, error) {
	if err := mayAdminister(actor); err != nil {
		return app.SignupInvite{}, "", err
	}
	lasts, uses, err := input.check()
	if err != nil {
		return app.SignupInvite{}, "", err
	}
	now := s.now()
	invite := app.SignupInvite{
		ID: app.NewID[app.InviteID](), MaxUses: uses, ExpiresAt: now.Add(lasts), CreatedAt: now,
		CreatedBy: &app.Person{ID: actor.UserID, Name: actor.Name},
	}
	token := newSecret()
	event := audit.Event{Action: audit.SignupInviteMade, Actor: actor, Target: string(invite.ID)}
	err = s.change(ctx, &event, func(ctx context.Context) error {
		return s.SignupInvites.Create(ctx, invite, actor.UserID, hashOf(token))
	})
	return invite, token, err
}

func (n NewSignupInvite) check() (lasts time.Duration, uses int, err error) {
	var first, second error
	lasts, uses = signupInviteLasts, 1
	if n.ExpiresIn != nil {
		most := int64(maxSignupInviteLasts / time.Second)
		if *n.ExpiresIn < 60 || *n.ExpiresIn > most {
			first = app.Invalid("expires_in", "60 to %d seconds are expected", most)
		}
		lasts = time.Duration(*n.ExpiresIn) * time.Second
	}
	if n.MaxUses != nil {
		if uses = *n.MaxUses; uses < 1 || uses > maxSignupInviteUses {
			second = app.Invalid("max_uses", "1 to %d are expected", maxSignupInviteUses)
		}
	}
	return lasts, uses, together(first, second)
}

// GetSignupInvites lists the links that live, newest first.
func (s *Service) GetSignupInvites(ctx context.Context, actor app.Actor, page app.PageRequest) (app.Page[app.SignupInvite], error) {
	if err := mayAdminister(actor); err != nil {
		return app.Page[app.SignupInvite]{}, err
	}
	return s.SignupInvites.List(ctx, s.now(), page)
}

// DeleteSignupInvite takes a link back; who came in by it stays.
func (s *Service) DeleteSignupInvite(ctx context.Context, actor app.Actor, id app.InviteID) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	event := audit.Event{Action: audit.SignupInviteDeleted, Actor: actor, Target: string(id)}
	return s.change(ctx, &event, func(ctx context.Context) error { return s.SignupInvites.Delete(ctx, id) })
}

// signupInvited tells whether a token is one of a link that lets people make an
// account, rather than of one into a chat.
func (s *Service) signupInvited(ctx context.Context, token string) (bool, error) {
	if _, err := rule.Token(fieldResetToken, token); err != nil || !isSecret(token) {
		return false, nil //nolint:nilerr // it is none of ours, which whoever asked says in his words
	}
	return s.SignupInvites.Lives(ctx, hashOf(token), s.now())
}
