package auth

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// Parts is what the service works with. All are needed but Limiter (nil: no
// limit), Refusals (nil: not counted), Deletions' Waker and Now (nil: the clock).
type Parts struct {
	Tx        Transactor
	Users     UserRepository
	Sessions  SessionRepository
	Presence  PresenceRepository
	Tokens    TokenRepository
	Links     LinkRepository
	Settings  UserSettingsRepository
	Deletions DeletionRepository
	Audit     Auditor
	Policy    Policy
	Invites   Invites
	Signals   app.Signals
	Limiter   Limiter
	Refusals  Refusals
	Waker     Waker
	Hasher    *Hasher
	Signer    *Signer
	Log       *slog.Logger
	Now       func() time.Time
	Notices   NoticeRepository
	Directory DirectoryRepository
	// SignupInvites are links that let people make an account.
	SignupInvites SignupInviteRepository
}

// Options are the numbers and keys of signing in.
type Options struct {
	// AccessLasts is how long an access token is good for (15 minutes).
	AccessLasts time.Duration
	// RefreshKey makes successors of refresh tokens; RefreshKeyPrevious, or
	// nil, is the one before it.
	RefreshKey, RefreshKeyPrevious []byte
}

const (
	graceOfReuse = 20 * time.Second
	setupLasts   = 30 * time.Minute
	resetLasts   = time.Hour
)

// Service is everything about people. Its methods are safe to call from many
// goroutines, and answer app errors.
type Service struct {
	Parts
	options  Options
	presence *presence
	// hasAdmin is set once an active administrator was seen: the last one
	// cannot go, so it stays true.
	hasAdmin atomic.Bool
}

// NewService puts the service together.
func NewService(parts Parts, options Options) *Service {
	if parts.Now == nil {
		parts.Now = time.Now
	}
	return &Service{Parts: parts, options: options, presence: newPresence(parts.Presence, parts.Now)}
}

// now is the present as PostgreSQL keeps it: in UTC, to the microsecond.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// change does work and records it as one event in the same transaction; the
// work may complete the event. After the commit it logs one line.
func (s *Service) change(ctx context.Context, event *audit.Event, work func(context.Context) error) error {
	err := s.Tx.InTx(ctx, func(ctx context.Context) error {
		if err := work(ctx); err != nil {
			return err
		}
		return s.Audit.Record(ctx, *event)
	})
	if err != nil {
		return err
	}
	s.tell(ctx, *event)
	return nil
}

func (s *Service) tell(ctx context.Context, event audit.Event) {
	s.Log.InfoContext(ctx, "account", "action", string(event.Action), "user_id", string(event.Actor.UserID),
		"target", event.Target, "request_id", event.Actor.RequestID)
}

// ended tells the world that sessions are over, and forgets them here at once.
func (s *Service) ended(why app.EndReason, sessions ...app.SessionID) {
	if len(sessions) == 0 {
		return
	}
	s.presence.forget(sessions...)
	s.Signals.SessionEnded(why, sessions...)
}

// altered tells the world that an account is another, and forgets it here.
func (s *Service) altered(user app.UserID) {
	s.presence.forgetUser(user)
	s.Signals.UserChanged(user)
}

// allow asks the limiter about one account from one address.
func (s *Service) allow(actor app.Actor, emailKey string) error {
	if s.Limiter == nil {
		return nil
	}
	if ok, retry := s.Limiter.Allow(limitKey(emailKey, actor.IP)); !ok {
		return errSlowDown(retry)
	}
	return nil
}

// refused counts a sign-in that was refused, to an account or to none.
func (s *Service) refused(actor app.Actor, account app.UserID) {
	if s.Refusals != nil {
		s.Refusals.Refused(account, rule.Network(actor.IP))
	}
}

func signedIn(actor app.Actor) error {
	if !actor.SignedIn() {
		return errSignIn()
	}
	return nil
}
