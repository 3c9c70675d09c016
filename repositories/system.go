package repositories

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/quillium/quillium/app/system"
	"github.com/quillium/quillium/migrations"
)

// SystemRepository reads what the database knows of itself.
type SystemRepository struct{ db *DB }

var _ system.Repository = (*SystemRepository)(nil)

// NewSystemRepository makes one on this database.
func NewSystemRepository(db *DB) *SystemRepository { return &SystemRepository{db: db} }

// databaseItself is one row: what comes in lists is JSON. Of a table that was
// migrated twice the last time counts.
const databaseItself = `select split_part(current_setting('server_version'), ' ', 1), pg_database_size(current_database()), current_setting('max_connections')::int,
	(select coalesce(jsonb_agg(c), '[]') from (select coalesce(state, 'other') as state, count(*) from pg_stat_activity
		where datname = current_database() group by 1 order by 2 desc, 1) c),
	(select coalesce(jsonb_agg(t), '[]') from (select c.relname as name, greatest(c.reltuples, 0)::bigint as rows, pg_total_relation_size(c.oid) as bytes, pg_indexes_size(c.oid) as index_bytes
		from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and n.nspname = current_schema()
		order by 3 desc, 1 limit 100) t),
	(select coalesce(jsonb_agg(m), '[]') from (select version_id as version, max(tstamp) at time zone current_setting('timezone') as applied_at from goose_db_version
		where is_applied and version_id > 0 group by 1 order by 1 desc) m),
	to_regclass('pg_stat_statements') is not null`

// Database is system.Repository.
func (r *SystemRepository) Database(ctx context.Context) (d system.Database, err error) {
	err = r.db.on(ctx).QueryRow(ctx, databaseItself).
		Scan(&d.Version, &d.Bytes, &d.MaxConnections, &d.Connections, &d.Tables, &d.Migrations, &d.Measured)
	for i := range d.Migrations {
		d.Migrations[i].Name, d.Migrations[i].AppliedAt = migrations.Name(d.Migrations[i].Version), d.Migrations[i].AppliedAt.UTC()
	}
	return d, translate("system: database", err)
}

// Slowest is system.Repository. Where the extension is there and its library is not
// loaded, or where the role may not read it, there are none.
func (r *SystemRepository) Slowest(ctx context.Context, limit int) ([]system.Statement, error) {
	rows, err := r.db.on(ctx).Query(ctx, `select left(query, 500), calls, rows, mean_exec_time, total_exec_time from pg_stat_statements
		where dbid = (select oid from pg_database where datname = current_database()) and query not like '<insufficient%'
		order by total_exec_time desc limit $1`, limit)
	if err != nil {
		return []system.Statement{}, unlessRefused(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[system.Statement])
	if len(list) == 0 {
		list = []system.Statement{}
	}
	return list, unlessRefused(err)
}

// unlessRefused is no error where the database answered, but not that.
func unlessRefused(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return nil
	}
	return translate("system: statements", err)
}
