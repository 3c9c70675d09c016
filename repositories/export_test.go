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
