package repositories

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// SweepRepository clears away what time has ended.
type SweepRepository struct{ db *DB }

var _ auth.SweepRepository = (*SweepRepository)(nil)

// NewSweepRepository makes one on this database.
func NewSweepRepository(db *DB) *SweepRepository { return &SweepRepository{db: db} }

// EndExpired ends the sessions that ran out, and names them.
func (r *SweepRepository) EndExpired(ctx context.Context, now time.Time) ([]app.SessionID, error) {
	return many(ctx, r.db, "sessions: expire", sq.Update("sessions").Set("ended_at", now).
		Where("ended_at is null and expires_at <= ?", now).Suffix("returning id"), pgx.RowTo[app.SessionID])
}

// Purge removes sessions that ended, and links that ran out, before a time.
// Refresh tokens go with their session.
func (r *SweepRepository) Purge(ctx context.Context, before time.Time) error {
	if _, err := r.db.exec(ctx, "sessions: purge", sq.Delete("sessions").Where("ended_at < ?", before)); err != nil {
		return err
	}
	_, err := r.db.exec(ctx, "links: purge", sq.Delete("one_time_tokens").Where("expires_at < ?", before))
	return err
}
