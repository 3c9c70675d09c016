package repositories

import (
	"context"
	"time"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// SessionRepository keeps signed-in devices.
type SessionRepository struct{ db *DB }

var (
	_ auth.SessionRepository  = (*SessionRepository)(nil)
	_ auth.PresenceRepository = (*SessionRepository)(nil)
)

// NewSessionRepository makes a repository of sessions on this database.
func NewSessionRepository(db *DB) *SessionRepository { return &SessionRepository{db: db} }

func scanSession(row pgx.CollectableRow) (auth.Session, error) {
	var s auth.Session
	err := row.Scan(&s.ID, &s.Device, &s.IP, &s.CreatedAt, &s.SeenAt, &s.ExpiresAt, &s.EndedAt, &s.ConfirmedAt,
		&s.User.ID, &s.User.Email, &s.User.Name, &s.User.Role, &s.User.Status, &s.User.CreatedAt)
	return s, err
}

func sessions() squirrel.SelectBuilder {
	return sq.Select("s.id", "s.device", "s.ip", "s.created_at", "s.last_seen_at", "s.expires_at", "s.ended_at", "s.confirmed_at",
		"u.id", "u.email", "u.name", "u.role", "u.status", "u.created_at").
		From("sessions s").Join("users u on u.id = s.user_id")
}

// Create stores a new session, and that its user was there.
func (r *SessionRepository) Create(ctx context.Context, s auth.Session) error {
	if err := r.seen(ctx, s); err != nil {
		return err
	}
	_, err := r.db.exec(ctx, "sessions: insert", sq.Insert("sessions").
		Columns("id", "user_id", "device", "ip", "created_at", "last_seen_at", "expires_at", "confirmed_at").
		Values(s.ID, s.User.ID, s.Device, s.IP, s.CreatedAt, s.SeenAt, s.ExpiresAt, s.ConfirmedAt))
	return err
}

// GetByUserID lists living sessions, newest first: ids grow with time.
func (r *SessionRepository) GetByUserID(ctx context.Context, user app.UserID, after app.SessionID, limit int, now time.Time) ([]auth.Session, error) {
	query := sessions().Where("s.user_id = ? and s.ended_at is null and s.expires_at > ?", user, now).
		OrderBy("s.id desc").Limit(uint64(max(limit, 0))) //nolint:gosec // not negative
	if after != "" {
		query = query.Where("s.id < ?", after)
	}
	return many(ctx, r.db, "sessions: list", query, scanSession)
}

// GetActor reads a living session and its user in one query.
func (r *SessionRepository) GetActor(ctx context.Context, user app.UserID, session app.SessionID, now time.Time) (app.Actor, error) {
	return one(ctx, r.db, "sessions: actor", sq.Select("u.id", "s.id", "u.name", "u.role", "coalesce(s.confirmed_at, 'epoch')").
		From("sessions s").Join("users u on u.id = s.user_id").
		Where("s.id = ? and u.id = ? and s.ended_at is null and s.expires_at > ? and u.status = ?", session, user, now, app.UserActive),
		func(row pgx.CollectableRow) (app.Actor, error) {
			var a app.Actor
			err := row.Scan(&a.UserID, &a.SessionID, &a.Name, &a.Role, &a.ConfirmedAt)
			return a, err
		})
}

// Lock reads a session with its user, and keeps others from changing it.
func (r *SessionRepository) Lock(ctx context.Context, id app.SessionID) (auth.Session, error) {
	return one(ctx, r.db, "sessions: lock", sessions().Where("s.id = ?", id).Suffix("for no key update of s"), scanSession)
}

// seen notes that a user was there. His name and rights do not change by it, so
// that nobody needs to be told.
func (r *SessionRepository) seen(ctx context.Context, s auth.Session) error {
	_, err := r.db.on(ctx).Exec(ctx, `update users set seen_at = $2 where id = $1 and (seen_at is null or seen_at < $2)`, s.User.ID, s.SeenAt)
	return translate("users: seen", err)
}

// Touch writes what a use of the session changes.
func (r *SessionRepository) Touch(ctx context.Context, s auth.Session) error {
	if err := r.seen(ctx, s); err != nil {
		return err
	}
	n, err := r.db.exec(ctx, "sessions: touch", sq.Update("sessions").
		Set("device", s.Device).Set("ip", s.IP).Set("last_seen_at", s.SeenAt).Set("expires_at", s.ExpiresAt).Set("confirmed_at", s.ConfirmedAt).
		Where("id = ?", s.ID))
	return orNotFound(n, err)
}

// End ends a user's living session.
func (r *SessionRepository) End(ctx context.Context, user app.UserID, id app.SessionID, now time.Time) error {
	n, err := r.db.exec(ctx, "sessions: end", sq.Update("sessions").Set("ended_at", now).
		Where("id = ? and user_id = ? and ended_at is null and expires_at > ?", id, user, now))
	return orNotFound(n, err)
}

// EndByUserID ends all living sessions of a user but one, and names them.
func (r *SessionRepository) EndByUserID(ctx context.Context, user app.UserID, but app.SessionID, now time.Time) ([]app.SessionID, error) {
	update := sq.Update("sessions").Set("ended_at", now).Where("user_id = ? and ended_at is null", user)
	if but != "" {
		update = update.Where("id <> ?", but)
	}
	return many(ctx, r.db, "sessions: end all", update.Suffix("returning id"), pgx.RowTo[app.SessionID])
}
