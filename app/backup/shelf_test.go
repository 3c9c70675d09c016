package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func TestShelf(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	write := func(_ context.Context, path string) error { return os.WriteFile(path, []byte("kept"), 0o600) }
	open := func(t *testing.T) (*Shelf, string) {
		folder := filepath.Join(t.TempDir(), "backups")
		return NewShelf(folder), folder
	}
	t.Run("is empty before the first one", func(t *testing.T) {
		t.Parallel()
		s, _ := open(t)
		list, err := s.List()
		require.NoError(t, err)
		require.Empty(t, list)
	})
	t.Run("keeps the newest seven, for its owner alone", func(t *testing.T) {
		t.Parallel()
		s, folder := open(t)
		for i := range 10 {
			name := NameOf(began, int64(i))
			require.NoError(t, s.Add(t.Context(), name, write))
			at := began.Add(time.Duration(i) * time.Minute)
			require.NoError(t, os.Chtimes(filepath.Join(folder, name), at, at))
		}
		list, err := s.List()
		require.NoError(t, err)
		require.Len(t, list, Keep)
		require.Equal(t, File{Name: NameOf(began, 9), Bytes: 4, MadeAt: began.Add(9 * time.Minute)}, list[0])
		require.Equal(t, NameOf(began, 3), list[6].Name)
		info, err := os.Stat(folder)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	})
	t.Run("asked twice for one, it makes one", func(t *testing.T) {
		t.Parallel()
		s, _ := open(t)
		require.NoError(t, s.Add(t.Context(), NameOf(began, 1), write))
		require.NoError(t, s.Add(t.Context(), NameOf(began, 1), func(context.Context, string) error { return errors.New("once more") }))
	})
	t.Run("what a crash left half-written goes, and what is not ours stays and is not shown", func(t *testing.T) {
		t.Parallel()
		s, folder := open(t)
		require.NoError(t, os.MkdirAll(filepath.Join(folder, NameOf(began, 5)), 0o700))
		draft, mine := filepath.Join(folder, "."+NameOf(began, 1)+".123"), filepath.Join(folder, "mine.quillium")
		for _, path := range []string{draft, mine} {
			require.NoError(t, os.WriteFile(path, nil, 0o600))
		}
		require.NoError(t, os.Symlink(mine, filepath.Join(folder, NameOf(began, 6))))
		require.NoError(t, s.Add(t.Context(), NameOf(began, 2), write))
		require.NoFileExists(t, draft)
		require.FileExists(t, mine)
		list, err := s.List()
		require.NoError(t, err)
		require.Len(t, list, 1)
		for _, name := range []string{"mine.quillium", "../node", "", ".", NameOf(began, 5), NameOf(began, 6), NameOf(began, 7), NameOf(began, 2) + "\n"} {
			_, _, err := s.Open(name)
			require.ErrorIs(t, err, app.ErrNotFound, name)
			require.ErrorIs(t, s.Remove(name), app.ErrNotFound, name)
		}
	})
	t.Run("one that could not be written pushes none out", func(t *testing.T) {
		t.Parallel()
		s, _ := open(t)
		require.NoError(t, s.Add(t.Context(), NameOf(began, 1), write))
		require.Error(t, s.Add(t.Context(), NameOf(began, 2), func(context.Context, string) error { return errors.New("full") }))
		list, err := s.List()
		require.NoError(t, err)
		require.Len(t, list, 1)
	})
}
