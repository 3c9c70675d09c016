package database

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func TestFind(t *testing.T) {
	t.Parallel()
	root := openFolder(t)
	dirs := []string{
		filepath.Join(root, "nothing"),
		fakePrograms(t, filepath.Join(root, "14"), "14.2", ""),
		fakePrograms(t, filepath.Join(root, "16"), "16.3 (Debian 16.3-1)", ""),
		fakePrograms(t, filepath.Join(root, "18"), "18beta1", ""),
		fakePrograms(t, filepath.Join(root, "18-again"), "18.1", ""),
		fakePrograms(t, filepath.Join(root, "17"), "17.0", ""),
	}
	odd := filepath.Join(root, "odd")
	require.NoError(t, os.Mkdir(odd, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(odd, "postgres"), []byte("#!/bin/sh\necho hello\n"), 0o755))
	dirs = append(dirs, odd)

	t.Run("the newest is taken, the first of equal ones", func(t *testing.T) {
		t.Parallel()
		best, _ := choose(t.Context(), dirs, 0)
		require.Equal(t, programs{dir: dirs[3], major: 18}, best)
	})
	t.Run("the data decides", func(t *testing.T) {
		t.Parallel()
		best, _ := choose(t.Context(), dirs, 16)
		require.Equal(t, programs{dir: dirs[2], major: 16}, best)
	})
	t.Run("what is too old or something else does not count", func(t *testing.T) {
		t.Parallel()
		best, others := choose(t.Context(), []string{dirs[1], odd}, 0)
		require.Zero(t, best)
		require.Empty(t, others)
	})
	t.Run("without the version of the data it names what is there", func(t *testing.T) {
		t.Parallel()
		_, err := find(t.Context(), Options{BinDir: dirs[5]}, 16)
		require.ErrorIs(t, err, app.ErrConflict)
		require.ErrorContains(t, err, "PostgreSQL 16")
		require.ErrorContains(t, err, "only PostgreSQL 17")
	})
	t.Run("a folder that was named is the only one", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []string{"/here"}, searchPath(Options{BinDir: "/here"}))
	})
	t.Run("what was fetched for a clone is found there", func(t *testing.T) {
		t.Parallel()
		above, err := filepath.Abs("../..")
		require.NoError(t, err)
		require.Contains(t, homes(), above)
		dir := fakePrograms(t, filepath.Join(root, "clone", fetched()), "18.4", "")
		require.True(t, trusted(dir))
		require.False(t, trusted(filepath.Join(root, "nothing")))
	})
	t.Run("a folder that was named from here is found from everywhere", func(t *testing.T) {
		t.Parallel()
		here, err := os.Getwd()
		require.NoError(t, err)
		relative, err := filepath.Rel(here, dirs[5])
		require.NoError(t, err)
		best, _ := choose(t.Context(), []string{relative}, 0)
		require.Equal(t, dirs[5], best.dir)
	})
	t.Run("every system gets advice", func(t *testing.T) {
		t.Parallel()
		require.Contains(t, advice("darwin"), "brew")
		require.Contains(t, advice("linux"), "install it with")
	})
}

func TestWithin(t *testing.T) {
	t.Parallel()
	root := openFolder(t)
	clone := filepath.Join(root, "clone")
	found := programs{dir: fakePrograms(t, filepath.Join(clone, fetched()), "18.4", ""), major: 18}
	library := filepath.Join(filepath.Dir(found.dir), "lib", "libpq.so.5.18")
	require.NoError(t, os.MkdirAll(filepath.Dir(library), 0o700))
	require.NoError(t, os.WriteFile(library, []byte("code"), 0o600))
	require.NoError(t, os.Symlink("libpq.so.5.18", filepath.Join(filepath.Dir(library), "libpq.so.5")))
	o := Options{shared: filepath.Join(root, "shared")}
	p := place{account: stranger}

	t.Run("programs that lie open are used where they are", func(t *testing.T) {
		used, err := p.within(o, found)
		require.NoError(t, err)
		require.Equal(t, found, used)
	})
	require.NoError(t, os.Chmod(clone, 0o700))
	t.Run("ourselves, we get everywhere", func(t *testing.T) {
		used, err := place{}.within(o, found)
		require.NoError(t, err)
		require.Equal(t, found, used)
	})
	t.Run("those of a closed clone are copied, once, for all to read", func(t *testing.T) {
		used, err := p.within(o, found)
		require.NoError(t, err)
		require.Equal(t, 18, used.major)
		require.Empty(t, stranger.closedAbove(used.postgres()))
		info, err := os.Stat(used.postgres())
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o755), info.Mode().Perm())
		info, err = os.Stat(filepath.Join(filepath.Dir(used.dir), "lib", "libpq.so.5"))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o644), info.Mode().Perm())
		again, err := p.within(o, found)
		require.NoError(t, err)
		require.Equal(t, used, again)
	})
	t.Run("others are not ours to copy", func(t *testing.T) {
		other := programs{dir: fakePrograms(t, filepath.Join(clone, "bin"), "17.0", ""), major: 17}
		_, err := p.within(o, other)
		require.ErrorIs(t, err, app.ErrUnavailable)
		require.ErrorContains(t, err, "chmod o+x")
	})
}
