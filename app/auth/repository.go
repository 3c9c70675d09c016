package auth

import (
	"context"
	"time"

	"github.com/quillium/quillium/app"
)

// Account is a user with what only signing in needs.
type Account struct {
	app.User
	// EmailKey is what makes the address unique: see rule.EmailKey.
	EmailKey string
	// PasswordHash is a PHC string; empty opens to no password.
	PasswordHash string
}

// UserRepository keeps accounts. An account that is being deleted is
// not_found to all but the deletion.
type UserRepository interface {
	// Create stores a new account; a taken address is a conflict.
	Create(ctx context.Context, account Account) error
	GetByID(ctx context.Context, id app.UserID) (Account, error)
	GetByEmail(ctx context.Context, emailKey string) (Account, error)
	// Lock is GetByID that keeps everybody else from changing the account
	// until the transaction ends.
	Lock(ctx context.Context, id app.UserID) (Account, error)
	// Update writes a locked account back.
	Update(ctx context.Context, account Account) error
	// LockAdmins keeps everybody else from changing who is an administrator
	// until the transaction ends, and counts the active ones. It is called
	// before Lock where both are needed.
	LockAdmins(ctx context.Context) (int, error)
}

// Session is a signed-in device as it is kept.
type Session struct {
	ID        app.SessionID
	User      app.User
	Device    string
	IP        string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	EndedAt   *time.Time
	// ConfirmedAt is when the password was last proved; nil for never.
	ConfirmedAt *time.Time
}

// SessionRepository keeps sessions. One is alive while it is neither ended
// nor past its ExpiresAt.
type SessionRepository interface {
	Create(ctx context.Context, session Session) error
	// GetByUserID lists at most limit living sessions, newest first, from
	// behind one of them where after is given.
	GetByUserID(ctx context.Context, user app.UserID, after app.SessionID, limit int, now time.Time) ([]Session, error)
	// Lock reads a session, alive or not, with its user, and keeps everybody
	// else from changing it until the transaction ends.
	Lock(ctx context.Context, id app.SessionID) (Session, error)
	// Touch writes a locked session's Device, IP, SeenAt, ExpiresAt and
	// ConfirmedAt.
	Touch(ctx context.Context, session Session) error
	// End ends a user's living session; any other is not_found.
	End(ctx context.Context, user app.UserID, id app.SessionID, now time.Time) error
	// EndByUserID ends all living sessions of a user but one, and names them.
	EndByUserID(ctx context.Context, user app.UserID, but app.SessionID, now time.Time) ([]app.SessionID, error)
}

// PresenceRepository answers the question of every request.
type PresenceRepository interface {
	// GetActor reads a living session of an active user in one query; anything
	// else is not_found. The actor has UserID, SessionID, Name, Role
	// and ConfirmedAt.
	GetActor(ctx context.Context, user app.UserID, session app.SessionID, now time.Time) (app.Actor, error)
}

// RefreshToken is a refresh token as it is kept, under its SHA-256.
type RefreshToken struct {
	Hash      []byte
	SessionID app.SessionID
	IssuedAt  time.Time
	UsedAt    *time.Time
}

// TokenRepository keeps every refresh token a session ever had.
type TokenRepository interface {
	Create(ctx context.Context, token RefreshToken) error
	GetByHash(ctx context.Context, hash []byte) (RefreshToken, error)
	MarkUsed(ctx context.Context, hash []byte, at time.Time) error
}

// Purpose is what a one-time link is for.
type Purpose string

// The two kinds of links.
const (
	PurposeSetup Purpose = "setup"
	PurposeReset Purpose = "reset"
)

// Link is a one-time link as it is kept, under its SHA-256. UserID is empty
// on a set-up link.
type Link struct {
	Hash      []byte
	Purpose   Purpose
	UserID    app.UserID
	ExpiresAt time.Time
}

// LinkRepository keeps one-time links. One that ran out is not_found.
type LinkRepository interface {
	Create(ctx context.Context, link Link) error
	GetByHash(ctx context.Context, purpose Purpose, hash []byte, now time.Time) (Link, error)
	// Take reads a link and removes it, so that nobody else can.
	Take(ctx context.Context, purpose Purpose, hash []byte, now time.Time) (Link, error)
	// DeleteByUserID removes all links of an account.
	DeleteByUserID(ctx context.Context, user app.UserID) error
}

// UserSettingsRepository keeps what users chose for themselves.
type UserSettingsRepository interface {
	// GetByUserID is not_found where a user never chose anything.
	GetByUserID(ctx context.Context, user app.UserID) (app.UserSettings, error)
	Put(ctx context.Context, user app.UserID, settings app.UserSettings) error
}

// Deletion is an account on its way out.
type Deletion struct {
	UserID        app.UserID
	EraseMessages bool
}

// DeletionRepository remembers which accounts are being deleted, so that a
// crash in the middle is taken up again.
type DeletionRepository interface {
	Create(ctx context.Context, deletion Deletion) error
	GetPending(ctx context.Context) ([]Deletion, error)
	// Finish removes the account, and with it the deletion.
	Finish(ctx context.Context, user app.UserID) error
}

// SweepRepository clears away what time has ended.
type SweepRepository interface {
	// EndExpired ends the sessions that ran out, and names them.
	EndExpired(ctx context.Context, now time.Time) ([]app.SessionID, error)
	// Purge removes sessions that ended, and links that ran out, before a time.
	Purge(ctx context.Context, before time.Time) error
}
