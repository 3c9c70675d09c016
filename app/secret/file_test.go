package secret

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKeep(t *testing.T) {
	t.Parallel()
	t.Run("the first start makes secrets, the second finds them", func(t *testing.T) {
		t.Parallel()
		folder := filepath.Join(t.TempDir(), "new", "data")
		first, err := Keep(folder)
		require.NoError(t, err)
		require.Len(t, first.JWTSecret, 43)
		require.NotEqual(t, first.JWTSecret, first.EncryptionKey)
		info, err := os.Stat(filepath.Join(folder, FileName))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		second, err := Keep(folder)
		require.NoError(t, err)
		require.True(t, first == second)
		left, err := os.ReadDir(folder)
		require.NoError(t, err)
		require.Len(t, left, 1, "no draft is left behind")
	})
	t.Run("many that start at once get the same", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		var all [16]Kept
		var group sync.WaitGroup
		for i := range all {
			group.Go(func() {
				kept, err := Keep(folder)
				if err == nil {
					all[i] = kept
				}
			})
		}
		group.Wait()
		require.NotEmpty(t, all[0].JWTSecret)
		for _, kept := range all {
			require.True(t, all[0] == kept)
		}
	})
	t.Run("a file that others may read is refused", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		_, err := Keep(folder)
		require.NoError(t, err)
		require.NoError(t, os.Chmod(filepath.Join(folder, FileName), 0o640))
		_, err = Keep(folder)
		require.ErrorContains(t, err, "chmod 600")
	})
	t.Run("a link is refused", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		require.NoError(t, os.Symlink("/dev/null", filepath.Join(folder, FileName)))
		_, err := Keep(folder)
		require.ErrorContains(t, err, "not an ordinary file")
	})
	t.Run("a damaged file is not replaced, and not quoted", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		path := filepath.Join(folder, FileName)
		require.NoError(t, os.WriteFile(path, []byte(`{"jwt_secret":"hunter2"}`), 0o600))
		_, err := Keep(folder)
		require.ErrorContains(t, err, "damaged")
		require.NotContains(t, err.Error(), "hunter2")
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Contains(t, string(text), "hunter2")
	})
	t.Run("a folder that cannot be made is told", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(file, nil, 0o600))
		_, err := Keep(filepath.Join(file, "data"))
		require.Error(t, err)
	})
	t.Run("printing shows nothing", func(t *testing.T) {
		t.Parallel()
		kept := Kept{JWTSecret: "hunter2", EncryptionKey: "hunter2", DatabasePassword: "hunter2"}
		require.NotContains(t, fmt.Sprintf("%s %v %+v %#v", kept, kept, kept, kept), "hunter2")
		_, err := json.Marshal(kept)
		require.NoError(t, err)
	})
}

func TestReplace(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	before, err := Keep(folder)
	require.NoError(t, err)
	require.NoError(t, Replace(folder, "jot", "ink"))
	after, err := Keep(folder)
	require.NoError(t, err)
	require.Equal(t, Kept{JWTSecret: "jot", EncryptionKey: "ink", DatabasePassword: before.DatabasePassword}, after)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, left, 1, "no draft is left")
}
