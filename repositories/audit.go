package repositories

import (
	"context"

	"github.com/quillium/quillium/app/audit"
)

// AuditRepository keeps who did what.
type AuditRepository struct{ db *DB }

var _ audit.Repository = (*AuditRepository)(nil)

// NewAuditRepository makes one on this database.
func NewAuditRepository(db *DB) *AuditRepository { return &AuditRepository{db: db} }

// Create stores an event, in the transaction of the context.
func (r *AuditRepository) Create(ctx context.Context, e audit.Event) error {
	details := e.Details
	if details == nil {
		details = map[audit.Key]string{}
	}
	var actor *string
	if id := string(e.Actor.UserID); id != "" {
		actor = &id
	}
	_, err := r.db.exec(ctx, "audit: insert", sq.Insert("audit_events").
		Columns("id", "at", "action", "actor_id", "ip", "user_agent", "request_id", "target", "details").
		Values(e.ID, e.At, e.Action, actor, e.Actor.IP, e.Actor.UserAgent, e.Actor.RequestID, e.Target, details))
	return err
}
