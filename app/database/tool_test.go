package database

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTool(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := "#!/bin/sh\necho 'pg_dump (PostgreSQL) 17.2'\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pg_dump"), []byte(script), 0o755))
	require.Equal(t, filepath.Join(dir, "pg_dump"), Tool(t.Context(), dir, "pg_dump", 17))
	require.Empty(t, Tool(t.Context(), dir, "pg_dump", 16), "another version is none")
	require.Empty(t, Tool(t.Context(), dir, "pg_restore", 17))
	wrapper := filepath.Join(t.TempDir(), "pg_wrapper")
	require.NoError(t, os.WriteFile(wrapper, []byte(script), 0o755))
	require.NoError(t, os.Symlink(wrapper, filepath.Join(dir, "pg_restore")))
	require.Empty(t, Tool(t.Context(), dir, "pg_restore", 17), "a wrapper may change its mind")
}

func TestExists(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	o := optionsFor(t, dir)
	o.shared = openFolder(t)
	there, err := Exists(o)
	require.NoError(t, err)
	require.False(t, there)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left, "looking makes nothing")
	start(t, o)
	there, err = Exists(o)
	require.NoError(t, err)
	require.True(t, there)
}
