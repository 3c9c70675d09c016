package repositories

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app/doctor"
)

// echoPatience is how long a word may take that a database sends to itself.
const echoPatience = 3 * time.Second

// Checkup is a database that is looked at and left as it is.
type Checkup struct {
	db *DB
	// listenAt is where hints are listened to; empty is where the pool leads.
	listenAt string
}

var _ doctor.Database = (*Checkup)(nil)

// NewCheckup makes one; listenAt is NOTIFY_DATABASE_URL.
func NewCheckup(db *DB, listenAt string) *Checkup { return &Checkup{db: db, listenAt: listenAt} }

// Version is doctor.Database.
func (c *Checkup) Version(ctx context.Context) (version int, err error) {
	err = c.db.pool.QueryRow(ctx, "select current_setting('server_version_num')::int").Scan(&version)
	return version, translate("checkup: version", err)
}

// Clock is doctor.Database.
func (c *Checkup) Clock(ctx context.Context) (now time.Time, err error) {
	err = c.db.pool.QueryRow(ctx, "select clock_timestamp()").Scan(&now)
	return now, translate("checkup: clock", err)
}

// Echo is doctor.Database. It listens on a connection of its own, where the
// doorbell does.
func (c *Checkup) Echo(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, echoPatience)
	defer cancel()
	config, err := c.db.listenConfig(c.listenAt)
	if err != nil {
		return 0, fmt.Errorf("checkup: %w: %w", doctor.ErrNoLine, err)
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", doctor.ErrNoLine, translate("checkup: listen", err))
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	channel := "quillium_echo_" + strings.ToLower(rand.Text())
	if _, err := conn.Exec(ctx, "listen "+channel); err != nil {
		return 0, translate("checkup: listen", err)
	}
	begin := time.Now()
	if _, err := c.db.pool.Exec(ctx, "select pg_notify($1, '')", channel); err != nil {
		return 0, translate("checkup: notify", err)
	}
	if _, err := conn.WaitForNotification(ctx); err != nil {
		return 0, translate("checkup: wait", err)
	}
	return time.Since(begin), nil
}

// Connections is doctor.Database. Those of Quillium itself are not others'.
func (c *Checkup) Connections(ctx context.Context) (count doctor.Connections, err error) {
	err = c.db.pool.QueryRow(ctx, `select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
			- coalesce(current_setting('reserved_connections', true)::int, 0),
		(select count(*) from pg_stat_activity where backend_type = 'client backend' and application_name <> 'quillium')`).Scan(&count.Most, &count.Others)
	return count, translate("checkup: connections", err)
}

// Schema is doctor.Database.
func (c *Checkup) Schema(ctx context.Context) (int64, error) { return schemaOf(ctx, c.db.pool) }

// Fingerprints is doctor.Database.
func (c *Checkup) Fingerprints(ctx context.Context) (jwt, encryption string, err error) {
	instance, err := NewInstanceRepository(c.db).Get(ctx)
	return instance.JWTFingerprint, instance.EncryptionFingerprint, err
}

// row is what a pool and a transaction have in common here.
type row interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// schemaOf is the number of the newest migration; 0 where there is none. The
// newest row of a number tells whether it is applied.
func schemaOf(ctx context.Context, db row) (schema int64, err error) {
	var migrated bool
	if err := db.QueryRow(ctx, "select to_regclass('goose_db_version') is not null").Scan(&migrated); err != nil || !migrated {
		return 0, translate("schema", err)
	}
	err = db.QueryRow(ctx, `select coalesce(max(version_id), 0) from (
		select distinct on (version_id) version_id, is_applied from goose_db_version order by version_id, id desc) v where is_applied`).Scan(&schema)
	return schema, translate("schema", err)
}
