package repositories

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app/backup"
)

// Snapshot is the database at one moment: a transaction that reads only.
type Snapshot struct {
	tx   pgx.Tx
	name string
}

var _ backup.Snapshot = (*Snapshot)(nil)

// TakeSnapshot begins one, on a connection of its own. Close it in the end.
func TakeSnapshot(ctx context.Context, db *DB) (*Snapshot, error) {
	tx, err := db.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, translate("backup: begin", err)
	}
	s := &Snapshot{tx: tx}
	err = plainSettings(ctx, tx)
	if err == nil {
		err = tx.QueryRow(ctx, "select pg_export_snapshot()").Scan(&s.name)
	}
	if err != nil {
		s.Close(ctx)
		return nil, translate("backup: snapshot", err)
	}
	return s, nil
}

// plainSettings undoes, for one transaction, what a role may have been given:
// times in another form, and bounds on how long things may take.
func plainSettings(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `set local datestyle = 'ISO'; set local intervalstyle = 'iso_8601'; set local extra_float_digits = 3;
		set local statement_timeout = 0; set local lock_timeout = 0; set local idle_in_transaction_session_timeout = 0`)
	return err
}

// Close ends the transaction.
func (s *Snapshot) Close(ctx context.Context) { _ = s.tx.Rollback(context.WithoutCancel(ctx)) }

// Name is backup.Snapshot.
func (s *Snapshot) Name() string { return s.name }

// Major is the major version of the PostgreSQL that keeps the database.
func (s *Snapshot) Major(ctx context.Context) (major int, err error) {
	err = s.tx.QueryRow(ctx, "select current_setting('server_version_num')::int / 10000").Scan(&major)
	return major, translate("backup: version", err)
}

// Facts is backup.Snapshot. A database without Quillium has the schema 0.
func (s *Snapshot) Facts(ctx context.Context) (backup.Facts, error) {
	var facts backup.Facts
	var err error
	if facts.PostgreSQL, err = s.Major(ctx); err != nil {
		return facts, err
	}
	if facts.Schema, err = schemaOf(ctx, s.tx); err != nil || facts.Schema == 0 {
		return facts, err
	}
	err = s.tx.QueryRow(ctx, `select store, jwt_fingerprint, encryption_fingerprint from instance`).
		Scan(&facts.Store, &facts.JWTFingerprint, &facts.EncryptionFingerprint)
	if err != nil {
		return facts, translate("backup: instance", err)
	}
	facts.Tables, err = s.tables(ctx)
	return facts, err
}

// tables lists what has to be kept, each after those it refers to. Which
// schema and which database it is, the restored one knows by itself, and what
// was to be done in the background is of no use there.
func (s *Snapshot) tables(ctx context.Context) ([]backup.Table, error) {
	type found struct {
		backup.Table
		RefersTo []string
	}
	rows, err := s.tx.Query(ctx, `select c.relname,
			array(select a.attname from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum),
			array(select distinct r.relname from pg_constraint f join pg_class r on r.oid = f.confrelid where f.conrelid = c.oid and f.contype = 'f' and r.oid <> c.oid)
		from pg_class c
		where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relname not in ('goose_db_version', 'instance') and not starts_with(c.relname, 'river_')
			and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
		order by c.relname`)
	if err != nil {
		return nil, translate("backup: tables", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (found, error) {
		var f found
		err := row.Scan(&f.Name, &f.Columns, &f.RefersTo)
		return f, err
	})
	if err != nil {
		return nil, translate("backup: tables", err)
	}
	ordered, done := make([]backup.Table, 0, len(list)), map[string]bool{}
	for len(list) > 0 {
		next := slices.IndexFunc(list, func(f found) bool {
			return !slices.ContainsFunc(f.RefersTo, func(name string) bool { return !done[name] })
		})
		if next < 0 {
			return nil, fmt.Errorf("backup: tables: %s and others refer to each other in a circle", list[0].Name)
		}
		ordered, done[list[next].Name] = append(ordered, list[next].Table), true
		list = slices.Delete(list, next, next+1)
	}
	return ordered, nil
}

// Copy is backup.Snapshot.
func (s *Snapshot) Copy(ctx context.Context, table backup.Table, to io.Writer) (int64, error) {
	tag, err := s.tx.Conn().PgConn().CopyTo(ctx, to, "copy "+columnsOf(table)+" to stdout")
	return tag.RowsAffected(), translate("backup: copy "+table.Name, err)
}

// columnsOf is a table with its columns, as COPY has them.
func columnsOf(table backup.Table) string {
	list := ""
	for i, column := range table.Columns {
		if i > 0 {
			list += ", "
		}
		list += pgx.Identifier{column}.Sanitize()
	}
	return pgx.Identifier{table.Name}.Sanitize() + " (" + list + ")"
}
