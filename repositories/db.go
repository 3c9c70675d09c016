// Package repositories holds the SQL of Quillium, one file a noun. It builds
// statements with squirrel, runs them with pgx, and lets neither's errors
// out: callers see app errors. It implements the interfaces of the services
// and imports none of them but for saying so.
package repositories

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// sq builds statements with PostgreSQL's placeholders. Only the outermost
// builder may carry them: a nested one would count from $1 again.
var sq = squirrel.StatementBuilder.PlaceholderFormat(squirrel.Dollar)

// DB is the pool, and the transaction of a context where there is one.
type DB struct {
	pool *pgxpool.Pool
	runs func() Running
}

// Running is how many answers of a user and in a chat may run; more wait in
// order.
type Running struct{ PerUser, PerChat int }

// LimitRunning says how many answers may run, asked each time: 3 and 3 where
// it is never called. Call it before anything runs.
func (db *DB) LimitRunning(runs func() Running) { db.runs = runs }

func (db *DB) running() Running {
	if db.runs == nil {
		return Running{PerUser: 3, PerChat: 3}
	}
	return db.runs()
}

// querier is what a pool and a transaction have in common.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

type txKey struct{}

// Open connects a pool of at most maxConns connections to the database at
// this URL. Times come back in UTC. It answers as soon as one connection
// works, and fails with what the database said.
func Open(ctx context.Context, url string, maxConns int) (*DB, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database: the address cannot be read: %w", withoutAddress(err))
	}
	config.MaxConns = int32(maxConns) //nolint:gosec // config.Validate bounds it to 1..1000
	config.MinIdleConns = 1
	// pgx would wait for two minutes, and closing the pool waits with it.
	config.ConnConfig.ConnectTimeout = min(config.ConnConfig.ConnectTimeout, 5*time.Second)
	config.ConnConfig.RuntimeParams["application_name"] = "quillium"
	config.ConnConfig.Tracer = tallying{}
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		conn.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID,
			Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		go pool.Close() // it waits for connections that nobody will use
		return nil, fmt.Errorf("database: %w", err)
	}
	return &DB{pool: pool}, nil
}

// withoutAddress leaves out of what is wrong with an address the address: the
// driver masks only the passwords that it recognizes.
func withoutAddress(err error) error {
	var unread *pgconn.ParseConfigError
	if !errors.As(err, &unread) {
		return err
	}
	if cause := unread.Unwrap(); cause != nil {
		return cause
	}
	return errors.New("something in it is not known")
}

// Close waits for running statements and closes every connection.
func (db *DB) Close() { db.pool.Close() }

// Ping asks the database for a sign of life.
func (db *DB) Ping(ctx context.Context) error { return translate("database: ping", db.pool.Ping(ctx)) }

// ConnConfig is how one connection outside the pool is made.
func (db *DB) ConnConfig() *pgx.ConnConfig { return db.pool.Config().ConnConfig }

// InTx runs work in one transaction: committed when it returns nil, rolled
// back otherwise. Repositories called with the context it hands on take part;
// an InTx inside another joins it.
func (db *DB) InTx(ctx context.Context, work func(context.Context) error) error {
	if _, inside := ctx.Value(txKey{}).(pgx.Tx); inside {
		return work(ctx)
	}
	return db.transact(ctx, pgx.TxOptions{}, work)
}

// transact is a transaction of its own, of the kind that is wished.
func (db *DB) transact(ctx context.Context, options pgx.TxOptions, work func(context.Context) error) error {
	tx, err := db.pool.BeginTx(ctx, options)
	if err != nil {
		return translate("database: begin", err)
	}
	// Rolling back must also work when the caller's context is what failed.
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err := work(context.WithValue(ctx, txKey{}, tx)); err != nil {
		return err
	}
	return translate("database: commit", tx.Commit(ctx))
}

// planOnce is selected before statements that are long and often run, whose
// planning would take as long as they do: from here to the end of the
// transaction a plan is made once a connection, whatever the arguments. Every
// row they want is found by an index; without the second setting, a plan made
// while a table was small would read all of it when it is large.
const planOnce = `set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)`

// on is where the statements of this context go.
func (db *DB) on(ctx context.Context) querier {
	if tx, inside := ctx.Value(txKey{}).(pgx.Tx); inside {
		return tx
	}
	return db.pool
}

// exec runs a built statement and tells how many rows it touched.
func (db *DB) exec(ctx context.Context, what string, statement squirrel.Sqlizer) (int64, error) {
	text, args, err := statement.ToSql()
	if err != nil {
		return 0, fmt.Errorf("%s: build: %w", what, err)
	}
	tag, err := db.on(ctx).Exec(ctx, text, args...)
	return tag.RowsAffected(), translate(what, err)
}

// one runs a built statement and scans its only row; none is CodeNotFound.
func one[T any](ctx context.Context, db *DB, what string, statement squirrel.Sqlizer, scan pgx.RowToFunc[T]) (T, error) {
	var none T
	rows, err := db.query(ctx, what, statement)
	if err != nil {
		return none, err
	}
	row, err := pgx.CollectExactlyOneRow(rows, scan)
	return row, translate(what, err)
}

// many runs a built statement and scans all its rows; no row is an empty list.
func many[T any](ctx context.Context, db *DB, what string, statement squirrel.Sqlizer, scan pgx.RowToFunc[T]) ([]T, error) {
	rows, err := db.query(ctx, what, statement)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, scan)
	return list, translate(what, err)
}

func (db *DB) query(ctx context.Context, what string, statement squirrel.Sqlizer) (pgx.Rows, error) {
	text, args, err := statement.ToSql()
	if err != nil {
		return nil, fmt.Errorf("%s: build: %w", what, err)
	}
	rows, err := db.on(ctx).Query(ctx, text, args...)
	return rows, translate(what, err)
}
