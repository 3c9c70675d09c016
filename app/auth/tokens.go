package auth

import (
	"context"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// Tokens is what signing in gives. RefreshToken is left out of the answer
// where it travels in a cookie.
type Tokens struct {
	User         app.User `json:"user"`
	AccessToken  string   `json:"access_token"`
	RefreshToken string   `json:"refresh_token,omitempty"`
	// ExpiresIn is how long the access token is good for, in seconds.
	ExpiresIn int    `json:"expires_in"`
	TokenType string `json:"token_type"`
}

// start begins a session for a user in the transaction of the context.
func (s *Service) start(ctx context.Context, actor app.Actor, user app.User) (Tokens, error) {
	now := s.now()
	session := Session{
		ID: app.NewID[app.SessionID](), User: user, Device: deviceOf(actor.UserAgent), IP: actor.IP,
		CreatedAt: now, SeenAt: now, ExpiresAt: s.expiry(now, now),
		ConfirmedAt: &now,
	}
	if err := s.Sessions.Create(ctx, session); err != nil {
		return Tokens{}, err
	}
	first := newSecret()
	if err := s.Tokens.Create(ctx, RefreshToken{Hash: hashOf(first), SessionID: session.ID, IssuedAt: now}); err != nil {
		return Tokens{}, err
	}
	actor.UserID, actor.SessionID = user.ID, session.ID
	err := s.Audit.Record(ctx, audit.Event{
		Action: audit.SessionStarted, Actor: actor, Target: string(user.ID),
		Details: map[audit.Key]string{audit.KeyDevice: session.Device, audit.KeySession: string(session.ID)},
	})
	if err != nil {
		return Tokens{}, err
	}
	return s.issue(user, session.ID, first, now)
}

func (s *Service) issue(user app.User, session app.SessionID, refresh string, now time.Time) (Tokens, error) {
	access, err := s.Signer.Sign(user.ID, session, now, s.options.AccessLasts)
	if err != nil {
		return Tokens{}, err
	}
	return Tokens{
		User: user, AccessToken: access, RefreshToken: refresh,
		ExpiresIn: int(s.options.AccessLasts.Seconds()), TokenType: "Bearer",
	}, nil
}

// expiry is when a session that is used now ends if it is not used again.
func (s *Service) expiry(created, now time.Time) time.Time {
	last := created.Add(s.Policy.SessionLongest())
	if unused := now.Add(s.Policy.SessionUnused()); unused.Before(last) {
		return unused
	}
	return last
}
