package repositories

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/status"
)

// StatusRepository reads how much there is now.
type StatusRepository struct{ db *DB }

var _ status.Repository = (*StatusRepository)(nil)

// NewStatusRepository makes one on this database.
func NewStatusRepository(db *DB) *StatusRepository { return &StatusRepository{db: db} }

// Figures counts in one query. Of more than 10,000 accounts it tells what
// PostgreSQL estimates: to count them all would read them all.
func (r *StatusRepository) Figures(ctx context.Context) (f status.Figures, err error) {
	err = r.db.on(ctx).QueryRow(ctx, `select
		(select case when count(*) <= 10000 then count(*) else (select reltuples::bigint from pg_class where oid = 'users'::regclass) end from (select from users limit 10001) u),
		(select count(distinct p.user_id) from presence p join nodes n on n.id = p.node_id and n.epoch = p.epoch and n.seen_at > now() - interval '10 seconds'),
		(select count(*) from runs where run > 0), (select count(*) from runs where run = 0),
		pg_database_size(current_database()), 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)`).
		Scan(&f.Users, &f.Online, &f.Running, &f.Waiting, &f.DatabaseBytes, &f.DatabaseVersion)
	return f, translate("status: figures", err)
}

// Nodes lists those that were seen since a time, the newest first.
func (r *StatusRepository) Nodes(ctx context.Context, since time.Time) ([]status.Node, error) {
	return many(ctx, r.db, "status: nodes", sq.Select("n.id", "n.host", "n.version", "n.started_at", "n.seen_at",
		"(select count(*) from runs r where r.node_id = n.id and r.node_epoch = n.epoch and r.run > 0)").
		From("nodes n").Where("n.seen_at > ?", since).OrderBy("n.started_at desc", "n.id").Limit(100),
		func(row pgx.CollectableRow) (n status.Node, err error) {
			err = row.Scan(&n.ID, &n.Host, &n.Version, &n.StartedAt, &n.SeenAt, &n.Answers)
			return n, err
		})
}

// Introduce stores what a node says of itself.
func (r *StatusRepository) Introduce(ctx context.Context, node app.NodeID, host, version string) error {
	_, err := r.db.on(ctx).Exec(ctx, `update nodes set host = $2, version = $3 where id = $1`, node, host, version)
	return translate("status: introduce", err)
}
