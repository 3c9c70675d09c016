package repositories

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

var _ realtime.Sessions = (*SessionRepository)(nil)

// Over tells which of these sessions are over, and why.
func (r *SessionRepository) Over(ctx context.Context, ids []app.SessionID) (map[app.SessionID]app.EndReason, error) {
	type end struct {
		ID       app.SessionID
		Disabled bool
	}
	list, err := many(ctx, r.db, "sessions: over", sq.
		Select("a.id", "coalesce(u.status <> 'active', true) as disabled").
		From("sessions s").JoinClause("right join unnest(?::uuid[]) as a(id) on a.id = s.id", ids).
		LeftJoin("users u on u.id = s.user_id").
		Where("s.id is null or s.ended_at is not null or s.expires_at <= now() or u.status <> 'active'"),
		pgx.RowToStructByName[end])
	over := make(map[app.SessionID]app.EndReason, len(list))
	for _, e := range list {
		over[e.ID] = app.EndSignedOut
		if e.Disabled {
			over[e.ID] = app.EndDisabled
		}
	}
	return over, err
}
