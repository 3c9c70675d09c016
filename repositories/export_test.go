package repositories

import (
	"context"
	"testing"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/search"
)

// Traced is the same database seen through a tracer.
func Traced(t *testing.T, db *DB, tracer pgx.QueryTracer) *DB {
	t.Helper()
	config := db.pool.Config()
	config.ConnConfig.Tracer = tracer
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return &DB{pool: pool}
}

// DueChats finds the chats with messages that are too old.
const DueChats = dueChats

// SearchPlanning is said before a search asks.
const SearchPlanning = planning

// SearchStatements are what a search asks of messages: the newest first, and
// those that the index finds.
func SearchStatements(user app.UserID, query search.Query) map[string]squirrel.Sqlizer {
	s := looking{user: user, query: query}
	statements := map[string]squirrel.Sqlizer{"newest": s.walk(newest)}
	if query.Indexed() {
		statements["indexed"] = s.indexed()
	}
	return statements
}

// Plans counts, on a database with one connection, how often statements with
// this in them were planned for their arguments, and how often not.
func Plans(t *testing.T, db *DB, like string) (own, once int) {
	t.Helper()
	require.EqualValues(t, 1, db.pool.Config().MaxConns)
	require.NoError(t, db.pool.QueryRow(t.Context(), `select coalesce(sum(custom_plans), 0), coalesce(sum(generic_plans), 0)
		from pg_prepared_statements where strpos(statement, $1) > 0`, like).Scan(&own, &once))
	return own, once
}

// Planning is how a connection plans outside of a transaction.
func Planning(t *testing.T, db *DB) (settings string) {
	t.Helper()
	require.NoError(t, db.pool.QueryRow(t.Context(), `select current_setting('plan_cache_mode') || ' ' || current_setting('enable_seqscan')`).Scan(&settings))
	return settings
}

// The statements that are run once a second, or for each subscription.
const (
	Inboxes  = inboxes
	TakeSeat = takeSeat
	Marks    = marks
)
