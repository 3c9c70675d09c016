package database

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "quillium-test-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

func TestStart(t *testing.T) {
	dir := openFolder(t)
	o := Options{DataDir: dir, Password: "a-Password", Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	for range 2 {
		begin := time.Now()
		s, err := Start(t.Context(), o)
		require.NoError(t, err)
		t.Log("start", time.Since(begin))
		conn, err := pgx.Connect(t.Context(), s.URL())
		require.NoError(t, err)
		require.NoError(t, conn.Close(t.Context()))
		begin = time.Now()
		require.NoError(t, s.Stop(t.Context()))
		t.Log("stop", time.Since(begin))
	}
}
