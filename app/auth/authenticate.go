package auth

import (
	"context"

	"github.com/quillium/quillium/app"
)

// Authenticate tells who is behind an access token whose signature is good:
// it reads session and user in one query, at most half a second old. A session
// that ended and a user who is disabled are unauthorized. Name and role come
// from the database; address, user agent and request id are the caller's to
// fill in.
func (s *Service) Authenticate(ctx context.Context, claims *Claims) (app.Actor, error) {
	actor, err := s.presence.get(ctx, claims.UserID(), claims.SessionID)
	return actor, instead(err, app.ErrNotFound, errSignIn())
}

// ForgetSessions makes the next request of these sessions look again; it is
// for sessions that another node has ended.
func (s *Service) ForgetSessions(sessions ...app.SessionID) { s.presence.forget(sessions...) }

// ForgetUser does so for a user whom another node has changed.
func (s *Service) ForgetUser(user app.UserID) { s.presence.forgetUser(user) }
