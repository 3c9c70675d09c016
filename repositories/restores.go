package repositories

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app/backup"
	"github.com/quillium/quillium/migrations"
)

// RestoreTarget is the database that a backup is restored into. It works on
// one connection: any other of this name is a server's.
type RestoreTarget struct{ db *DB }

var _ backup.Target = (*RestoreTarget)(nil)

// NewRestoreTarget makes one of a database whose pool has one connection.
func NewRestoreTarget(db *DB) *RestoreTarget { return &RestoreTarget{db: db} }

// firstRows are the tables that a start writes into while nobody has an
// account yet.
func firstRows() []string {
	return []string{"goose_db_version", "instance", "nodes", "settings", "providers", "models", "one_time_tokens", "audit_events"}
}

// Residents is backup.Target.
func (r *RestoreTarget) Residents(ctx context.Context) (backup.Residents, error) {
	var there backup.Residents
	var err error
	if there.Servers, err = r.servers(ctx); err != nil {
		return there, err
	}
	tables, err := r.tables(ctx)
	if err != nil {
		return there, err
	}
	for _, name := range tables {
		var filled bool
		if err := r.db.pool.QueryRow(ctx, "select exists (select from "+pgx.Identifier{name}.Sanitize()+")").Scan(&filled); err != nil {
			return there, translate("restore: look at "+name, err)
		}
		switch {
		case name == "instance":
			there.Unfinished = !filled
		case filled && !slices.Contains(firstRows(), name) && !strings.HasPrefix(name, "river_"):
			there.Filled = append(there.Filled, name)
		}
	}
	return there, nil
}

// leavePatience is how long connections of a server that has just ended may
// take to go.
const leavePatience = 2 * time.Second

// servers counts the connections of servers that stay.
func (r *RestoreTarget) servers(ctx context.Context) (count int, err error) {
	for begin := time.Now(); ; {
		err := r.db.pool.QueryRow(ctx, `select count(*) from pg_stat_activity
			where datname = current_database() and application_name = 'quillium' and pid <> pg_backend_pid()`).Scan(&count)
		if err != nil || count == 0 || time.Since(begin) > leavePatience {
			return count, translate("restore: servers", err)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return count, translate("restore: servers", ctx.Err())
		}
	}
}

// tables are those of the schema, but for what belongs to extensions.
func (r *RestoreTarget) tables(ctx context.Context) ([]string, error) {
	rows, err := r.db.pool.Query(ctx, `select c.relname from pg_class c
		where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
			and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') order by 1`)
	if err != nil {
		return nil, translate("restore: tables", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return names, translate("restore: tables", err)
}

// Clear is backup.Target: every table, routine and type of the schema goes.
func (r *RestoreTarget) Clear(ctx context.Context) error {
	_, err := r.db.pool.Exec(ctx, `do $$
		declare what record;
		begin
			for what in select c.oid::regclass as name from pg_class c
				where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
					and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
			loop execute format('drop table if exists %s cascade', what.name); end loop;
			for what in select p.oid::regprocedure as name from pg_proc p
				where p.pronamespace = current_schema()::regnamespace
					and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
			loop execute format('drop routine if exists %s cascade', what.name); end loop;
			for what in select t.oid::regtype as name from pg_type t
				where t.typnamespace = current_schema()::regnamespace and t.typtype = 'e'
					and not exists (select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
			loop execute format('drop type if exists %s cascade', what.name); end loop;
		end $$`)
	return translate("restore: clear", err)
}

// MigrateTo is backup.Target.
func (r *RestoreTarget) MigrateTo(ctx context.Context, schema int64) error {
	return migrations.UpTo(ctx, r.db.ConnConfig(), schema)
}

// Load is backup.Target. Triggers do not fire: what they made is in the backup.
func (r *RestoreTarget) Load(ctx context.Context, tables []backup.Table, open func(backup.Table) (io.ReadCloser, error), identity backup.Identity) error {
	return r.inTx(ctx, func(tx pgx.Tx) error {
		for _, each := range []string{"truncate %s cascade", "alter table %s disable trigger user"} {
			for _, table := range tables {
				if _, err := tx.Exec(ctx, fmt.Sprintf(each, pgx.Identifier{table.Name}.Sanitize())); err != nil {
					return translate("restore: prepare "+table.Name, err)
				}
			}
		}
		for _, table := range tables {
			if err := refill(ctx, tx, table, open); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "alter table "+pgx.Identifier{table.Name}.Sanitize()+" enable trigger user"); err != nil {
				return translate("restore: finish "+table.Name, err)
			}
		}
		return settle(ctx, tx, identity)
	})
}

func refill(ctx context.Context, tx pgx.Tx, table backup.Table, open func(backup.Table) (io.ReadCloser, error)) error {
	from, err := open(table)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	tag, err := tx.Conn().PgConn().CopyFrom(ctx, from, "copy "+columnsOf(table)+" from stdin")
	if err == nil && tag.RowsAffected() != table.Rows {
		err = fmt.Errorf("%d rows instead of %d", tag.RowsAffected(), table.Rows)
	}
	return translate("restore: copy "+table.Name, err)
}

// Settle is backup.Target.
func (r *RestoreTarget) Settle(ctx context.Context, identity backup.Identity) error {
	return r.inTx(ctx, func(tx pgx.Tx) error { return settle(ctx, tx, identity) })
}

// settle writes the one row about the database anew: clients that know the
// database before see that it is another. Tokens of then may have been changed
// since, or be in wrong hands with the backup.
func settle(ctx context.Context, tx pgx.Tx, identity backup.Identity) error {
	batch := &pgx.Batch{}
	batch.Queue("delete from instance")
	batch.Queue("insert into instance (jwt_fingerprint, encryption_fingerprint) values ($1, $2)", identity.JWTFingerprint, identity.EncryptionFingerprint)
	batch.Queue("update sessions set ended_at = now() where ended_at is null")
	batch.Queue("delete from one_time_tokens")
	// An older backup has no such table yet.
	batch.Queue("do $$ begin if to_regclass('invites') is not null then delete from invites; end if; end $$")
	return translate("restore: settle", tx.SendBatch(ctx, batch).Close())
}

func (r *RestoreTarget) inTx(ctx context.Context, work func(pgx.Tx) error) error {
	tx, err := r.db.pool.Begin(ctx)
	if err != nil {
		return translate("restore: begin", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err := plainSettings(ctx, tx); err != nil {
		return translate("restore: settings", err)
	}
	if err := work(tx); err != nil {
		return err
	}
	return translate("restore: commit", tx.Commit(ctx))
}
