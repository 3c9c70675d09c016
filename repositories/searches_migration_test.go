package repositories_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/migrations"
	"github.com/quillium/quillium/repositories/pgtest"
)

// A database of somebody else may not let Quillium have the extension that
// search needs.
func TestSearchExtension(t *testing.T) {
	t.Parallel()
	config, err := pgx.ParseConfig(pgtest.Empty(t))
	require.NoError(t, err)
	conn, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(t.Context())) })
	say := func(statement string) {
		_, err := conn.Exec(t.Context(), statement+" on database "+config.Database+" "+map[string]string{"revoke create": "from", "grant create": "to"}[statement]+" current_user")
		require.NoError(t, err)
	}
	say("revoke create")
	_, err = migrations.Up(t.Context(), config)
	require.ErrorContains(t, err, `run "create extension pg_trgm" in it once as a superuser`)
	say("grant create")
	_, err = migrations.Up(t.Context(), config)
	require.NoError(t, err, "and goes on where it was")
}
