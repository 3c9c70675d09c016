package auth

import (
	"context"
	"errors"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// Presented is a refresh token as a client sent it. Only by cookie is there a
// grace for one that was used: several tabs share a cookie, and an answer may
// be lost.
type Presented struct {
	Token    string
	ByCookie bool
}

// outcome is what a refresh came to inside its transaction. That a session
// ends for reuse must be committed, so it is not an error there.
type outcome struct {
	tokens Tokens
	reused *Session
}

// Refresh gives a new access token and the successor of the refresh token.
// One that was used before ends the whole session, except that by cookie the
// direct predecessor of the newest gets, for 20 s, that same successor again.
// Unknown, ended, run out, reused: unauthorized.
func (s *Service) Refresh(ctx context.Context, actor app.Actor, presented Presented) (Tokens, error) {
	if presented.Token == "" && presented.ByCookie {
		return Tokens{}, errSignIn()
	}
	if _, err := rule.Token(fieldRefreshToken, presented.Token); err != nil {
		return Tokens{}, err
	}
	if !isSecret(presented.Token) {
		return Tokens{}, errSignIn()
	}
	var out outcome
	err := s.Tx.InTx(ctx, func(ctx context.Context) error {
		var err error
		out, err = s.rotate(ctx, actor, presented)
		return err
	})
	if err != nil {
		return Tokens{}, instead(err, app.ErrNotFound, errSignIn())
	}
	if out.reused != nil {
		s.tell(ctx, s.reuseEvent(actor, *out.reused))
		s.ended(app.EndSignedOut, out.reused.ID)
		return Tokens{}, errSignIn()
	}
	return out.tokens, nil
}

func (s *Service) rotate(ctx context.Context, actor app.Actor, presented Presented) (outcome, error) {
	hash := hashOf(presented.Token)
	token, err := s.Tokens.GetByHash(ctx, hash)
	if err != nil {
		return outcome{}, err
	}
	session, err := s.Sessions.Lock(ctx, token.SessionID)
	if err != nil {
		return outcome{}, err
	}
	now := s.now()
	// Sessions may be shorter now than when this one was used last.
	over := !now.Before(session.ExpiresAt) || !now.Before(s.expiry(session.CreatedAt, session.SeenAt))
	if session.EndedAt != nil || over || session.User.Status != app.UserActive {
		return outcome{}, errSignIn()
	}
	// Once more, now that nobody else can rotate it.
	if token, err = s.Tokens.GetByHash(ctx, hash); err != nil {
		return outcome{}, err
	}
	if token.UsedAt == nil {
		return s.advance(ctx, actor, session, presented.Token, now)
	}
	return s.again(ctx, actor, session, presented, *token.UsedAt, now)
}

// advance uses a token up and issues its successor.
func (s *Service) advance(ctx context.Context, actor app.Actor, session Session, token string, now time.Time) (outcome, error) {
	next := successor(s.options.RefreshKey, token)
	if err := s.Tokens.MarkUsed(ctx, hashOf(token), now); err != nil {
		return outcome{}, err
	}
	if err := s.Tokens.Create(ctx, RefreshToken{Hash: hashOf(next), SessionID: session.ID, IssuedAt: now}); err != nil {
		return outcome{}, err
	}
	session.SeenAt, session.ExpiresAt = now, s.expiry(session.CreatedAt, now)
	session.IP, session.Device = actor.IP, deviceOf(actor.UserAgent)
	if err := s.Sessions.Touch(ctx, session); err != nil {
		return outcome{}, err
	}
	tokens, err := s.issue(session.User, session.ID, next, now)
	return outcome{tokens: tokens}, err
}

// again answers a token that was used before: within the grace with the
// successor that is out already, else by ending the session.
func (s *Service) again(ctx context.Context, actor app.Actor, session Session, presented Presented, used, now time.Time) (outcome, error) {
	if presented.ByCookie && now.Sub(used) <= graceOfReuse {
		next, err := s.newest(ctx, presented.Token)
		if err != nil {
			return outcome{}, err
		}
		if next != "" {
			tokens, err := s.issue(session.User, session.ID, next, now)
			return outcome{tokens: tokens}, err
		}
	}
	if err := s.Sessions.End(ctx, session.User.ID, session.ID, now); err != nil {
		return outcome{}, err
	}
	return outcome{reused: &session}, s.Audit.Record(ctx, s.reuseEvent(actor, session))
}

// newest is the successor of a token if that is the newest of its session,
// else empty. It may have been made with the key before the present one.
func (s *Service) newest(ctx context.Context, token string) (string, error) {
	for _, key := range [][]byte{s.options.RefreshKey, s.options.RefreshKeyPrevious} {
		if len(key) == 0 {
			continue
		}
		next := successor(key, token)
		stored, err := s.Tokens.GetByHash(ctx, hashOf(next))
		if errors.Is(err, app.ErrNotFound) {
			continue
		}
		if err != nil || stored.UsedAt != nil {
			return "", err
		}
		return next, nil
	}
	return "", nil
}

// reuseEvent has the session's user as its target and nobody as its actor:
// who presented an old token need not be him.
func (s *Service) reuseEvent(actor app.Actor, session Session) audit.Event {
	actor.UserID, actor.SessionID = "", ""
	return audit.Event{
		Action: audit.SessionTokenReused, Actor: actor, Target: string(session.User.ID),
		Details: map[audit.Key]string{audit.KeySession: string(session.ID)},
	}
}
