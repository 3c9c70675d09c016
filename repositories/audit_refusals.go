package repositories

import (
	"context"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

var _ audit.RefusalRepository = (*AuditRepository)(nil)

// CountUp is audit.RefusalRepository. What was sealed in the meantime stays as
// it is, and a new row begins.
func (r *AuditRepository) CountUp(ctx context.Context, refusals []audit.Refusal) error {
	var ids, targets, addresses []string
	var at []time.Time
	var counts []int64
	for _, one := range refusals {
		ids, at, targets = append(ids, app.NewID[string]()), append(at, one.At), append(targets, one.Target)
		addresses, counts = append(addresses, one.IP), append(counts, one.Count)
	}
	_, err := r.db.on(ctx).Exec(ctx, `insert into audit_events as e (id, action, at, target, ip, count)
		select id, 'session.refused', at, target, ip, count
		from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::bigint[]) as u(id, at, target, ip, count)
		on conflict (at, target, ip) where action = 'session.refused' and seq is null do update set count = e.count + excluded.count`,
		ids, at, targets, addresses, counts)
	return translate("audit: count refusals", err)
}
