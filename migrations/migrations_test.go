package migrations_test

import (
	"io/fs"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/migrations"
	"github.com/quillium/quillium/repositories/pgtest"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(migrations.Files(), "*")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for i, name := range names {
		version, err := goose.NumericComponent(name)
		require.NoError(t, err)
		require.EqualValues(t, i+1, version, "%s: numbers have no holes and none is there twice", name)
	}
	require.EqualValues(t, len(names), migrations.Newest())
}

// What River runs on is what its version wants, in a fresh database as in one
// that grew.
func TestJobTables(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]int64{"a fresh one": {migrations.Newest()}, "one that grew": {3, 12, migrations.Newest()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := pgtest.Empty(t)
			config, err := pgx.ParseConfig(address)
			require.NoError(t, err)
			for _, version := range steps {
				require.NoError(t, migrations.UpTo(t.Context(), config, version))
			}
			states, err := migrations.Status(t.Context(), config)
			require.NoError(t, err)
			require.Len(t, states, int(migrations.Newest()))
			for _, state := range states {
				require.False(t, state.AppliedAt.IsZero(), state.Source.Path)
				require.NotEmpty(t, state.Source.Path)
			}
			pool, err := pgxpool.New(t.Context(), address)
			require.NoError(t, err)
			defer pool.Close()
			migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
			require.NoError(t, err)
			result, err := migrator.Validate(t.Context(), nil)
			require.NoError(t, err)
			require.True(t, result.OK, "River needs a migration of its own: %v", result.Messages)
		})
	}
	names, err := fs.Glob(migrations.Files(), "*_jobs.go")
	require.NoError(t, err)
	require.Len(t, names, 1)
	jobs, err := goose.NumericComponent(names[0])
	require.NoError(t, err)
	t.Run("one whose start broke off between the tables and the note of it", func(t *testing.T) {
		t.Parallel()
		address := pgtest.Empty(t)
		config, err := pgx.ParseConfig(address)
		require.NoError(t, err)
		require.NoError(t, migrations.UpTo(t.Context(), config, jobs))
		conn, err := pgx.ConnectConfig(t.Context(), config)
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), "delete from goose_db_version where version_id = $1", jobs)
		require.NoError(t, err)
		require.NoError(t, conn.Close(t.Context()))
		require.NoError(t, migrations.UpTo(t.Context(), config, jobs))
	})
}
