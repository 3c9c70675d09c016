package pgtest

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for range 5 {
		t.Run("every test has a migrated database of its own", func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			db := New(t)
			t.Log(time.Since(begin))
			require.NoError(t, db.Ping(t.Context()))
			conn, err := pgx.ConnectConfig(t.Context(), db.ConnConfig())
			require.NoError(t, err)
			defer func() { _ = conn.Close(t.Context()) }()
			var count int
			require.NoError(t, conn.QueryRow(t.Context(), "select count(*) from users").Scan(&count))
			require.Zero(t, count)
			_, err = conn.Exec(t.Context(), "create table mine ()")
			require.NoError(t, err)
		})
	}
}
