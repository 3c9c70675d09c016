package repositories_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/migrations"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

func TestSystem(t *testing.T) {
	t.Parallel()
	r := repositories.NewSystemRepository(pgtest.New(t))
	d, err := r.Database(t.Context())
	require.NoError(t, err)
	require.Regexp(t, `^\d+`, d.Version)
	require.Positive(t, d.Bytes)
	require.Positive(t, d.MaxConnections)
	t.Run("every migration, the newest first, with its name and its time", func(t *testing.T) {
		t.Parallel()
		require.Len(t, d.Migrations, int(migrations.Newest()))
		require.Equal(t, migrations.Newest(), d.Migrations[0].Version)
		for _, m := range d.Migrations {
			require.NotEmpty(t, m.Name)
			require.WithinDuration(t, time.Now(), m.AppliedAt, 30*24*time.Hour)
			require.Equal(t, time.UTC, m.AppliedAt.Location())
		}
		require.Empty(t, migrations.Name(9999))
	})
	t.Run("every table with its size, the largest first", func(t *testing.T) {
		t.Parallel()
		names := map[string]bool{}
		for i, table := range d.Tables {
			names[table.Name] = true
			require.GreaterOrEqual(t, table.Bytes, table.IndexBytes)
			if i > 0 {
				require.GreaterOrEqual(t, d.Tables[i-1].Bytes, table.Bytes)
			}
		}
		require.True(t, names["messages"] && names["users"])
	})
	t.Run("connections, at least our own", func(t *testing.T) {
		t.Parallel()
		total := 0
		for _, c := range d.Connections {
			total += c.Count
		}
		require.Positive(t, total)
	})
	t.Run("statements that cannot be read are none", func(t *testing.T) {
		t.Parallel()
		require.False(t, d.Measured)
		list, err := r.Slowest(t.Context(), 5)
		require.NoError(t, err)
		require.Empty(t, list)
	})
}
