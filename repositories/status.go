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

// figures count what there is. Of more than 10,000 accounts it is what
// PostgreSQL estimates: to count them all would read them all.
const figures = `select
	(select case when count(*) <= 10000 then count(*) else (select reltuples::bigint from pg_class where oid = 'users'::regclass) end from (select id from users order by id limit 10001) u),
	(select count(distinct p.user_id) from presence p join nodes n on n.id = p.node_id and n.epoch = p.epoch and n.seen_at > now() - interval '10 seconds'),
	(select count(*) from runs where run > 0), (select count(*) from runs where run = 0),
	pg_database_size(current_database()), 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)`

// Now reads the figures and the nodes seen since a time in one query.
func (r *StatusRepository) Now(ctx context.Context, since time.Time) (f status.Figures, nodes []status.Node, err error) {
	rows, err := r.db.on(ctx).Query(ctx, `select f.*, n.* from (`+figures+`) f left join (
		select n.id, n.host, n.version, n.started_at, n.seen_at,
			(select count(*) from runs r where r.node_id = n.id and r.node_epoch = n.epoch and r.run > 0)
		from nodes n where n.seen_at > $1 order by n.started_at desc, n.id limit 100) n on true`, since)
	if err != nil {
		return f, nil, translate("status: now", err)
	}
	var id *app.NodeID
	var host, version *string
	var started, seen *time.Time
	var answers *int
	_, err = pgx.ForEachRow(rows, []any{
		&f.Users, &f.Online, &f.Running, &f.Waiting, &f.DatabaseBytes, &f.DatabaseVersion, &id, &host, &version, &started, &seen, &answers,
	}, func() error {
		if id != nil {
			nodes = append(nodes, status.Node{ID: *id, Host: *host, Version: *version, StartedAt: *started, SeenAt: *seen, Answers: *answers})
		}
		return nil
	})
	return f, nodes, translate("status: now", err)
}

// Introduce stores what a node says of itself.
func (r *StatusRepository) Introduce(ctx context.Context, node app.NodeID, host, version string) error {
	_, err := r.db.on(ctx).Exec(ctx, `update nodes set host = $2, version = $3 where id = $1`, node, host, version)
	return translate("status: introduce", err)
}
