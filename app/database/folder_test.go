package database

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// stranger is a user that is neither us nor in our group.
var stranger = &account{uid: 54321, gid: 54321, name: "stranger"}

func TestClosedFolders(t *testing.T) {
	t.Parallel()
	root := openFolder(t)
	home := filepath.Join(root, "home")
	data := filepath.Join(home, "quillium", "data")
	require.NoError(t, os.MkdirAll(data, 0o755))

	t.Run("the highest closed folder is named", func(t *testing.T) {
		require.Empty(t, stranger.closedAbove(data))
		require.NoError(t, os.Chmod(home, 0o700))
		require.Equal(t, home, stranger.closedAbove(data))
		require.Equal(t, home, openDataDir(data, stranger))
		require.NoError(t, os.Chmod(home, 0o755))
	})
	t.Run("the data folder itself is opened for passing only", func(t *testing.T) {
		require.NoError(t, os.Chmod(data, 0o700))
		require.Empty(t, openDataDir(data, stranger))
		info, err := os.Stat(data)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o711), info.Mode().Perm())
	})
	t.Run("owner and group pass by their own bits", func(t *testing.T) {
		info, err := os.Stat(data)
		require.NoError(t, err)
		uid, gid := idsOf(info)
		require.True(t, (&account{uid: uid}).mayPass(info))
		require.NoError(t, os.Chmod(data, 0o701))
		info, err = os.Stat(data)
		require.NoError(t, err)
		require.False(t, (&account{uid: uid + 1, gid: gid}).mayPass(info))
	})
}

func TestFolderForRoot(t *testing.T) {
	t.Parallel()
	// A cluster is recognised by this file.
	settle := func(t *testing.T, root string) {
		t.Helper()
		require.NoError(t, os.MkdirAll(filepath.Join(root, "data"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, "data", "PG_VERSION"), []byte("15\n"), 0o600))
	}
	prepare := func(t *testing.T, mode os.FileMode) (o Options, here string) {
		t.Helper()
		root := openFolder(t)
		o = Options{DataDir: filepath.Join(root, "home", "data"), shared: filepath.Join(root, "shared")}
		require.NoError(t, os.MkdirAll(o.DataDir, 0o755))
		require.NoError(t, os.Chmod(filepath.Dir(o.DataDir), mode))
		return o, filepath.Join(o.DataDir, "postgres")
	}

	t.Run("data is kept in QUILLIUM_DATA", func(t *testing.T) {
		t.Parallel()
		o, here := prepare(t, 0o755)
		p, err := locateForRoot(o, o.DataDir, here)
		require.NoError(t, err)
		require.Equal(t, here, p.root)
		require.NotZero(t, p.account.uid)
	})
	t.Run("below a closed folder it is kept where PostgreSQL gets to, a place for each clone", func(t *testing.T) {
		t.Parallel()
		o, here := prepare(t, 0o700)
		p, err := locateForRoot(o, o.DataDir, here)
		require.NoError(t, err)
		require.Equal(t, o.shared, filepath.Dir(p.root))
		require.Regexp(t, regexp.MustCompile("^[0-9a-f]{12}$"), filepath.Base(p.root))
		other, err := locateForRoot(o, o.DataDir+"2", here+"2")
		require.NoError(t, err)
		require.NotEqual(t, p.root, other.root)
	})
	t.Run("what is there stays in use when the folder is opened later", func(t *testing.T) {
		t.Parallel()
		o, here := prepare(t, 0o700)
		p, err := locateForRoot(o, o.DataDir, here)
		require.NoError(t, err)
		settle(t, p.root)
		require.NoError(t, os.Chmod(filepath.Dir(o.DataDir), 0o755))
		again, err := locateForRoot(o, o.DataDir, here)
		require.NoError(t, err)
		require.Equal(t, p.root, again.root)
	})
	t.Run("a folder closed later is no reason to begin anew", func(t *testing.T) {
		t.Parallel()
		root := openFolder(t)
		here := place{root: filepath.Join(root, "here"), account: stranger}
		settle(t, here.root)
		_, err := choosePlace(here, place{root: filepath.Join(root, "elsewhere")}, "/home")
		require.ErrorIs(t, err, app.ErrConflict)
		require.ErrorContains(t, err, "chmod o+x")
	})
}

func TestPrivateFolders(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	p := place{root: root}
	dir := filepath.Join(root, "dir")

	t.Run("one is made, and used again", func(t *testing.T) {
		require.NoError(t, p.makePrivate(dir))
		require.NoError(t, p.makePrivate(dir))
	})
	t.Run("one that others can enter is refused", func(t *testing.T) {
		require.NoError(t, os.Chmod(dir, 0o750))
		require.ErrorIs(t, p.makePrivate(dir), app.ErrConflict)
		require.NoError(t, os.Chmod(dir, 0o700))
	})
	t.Run("a link is refused", func(t *testing.T) {
		link := filepath.Join(root, "link")
		require.NoError(t, os.Symlink(dir, link))
		require.ErrorIs(t, p.makePrivate(link), app.ErrConflict)
	})
	t.Run("what is forbidden is told with the folder", func(t *testing.T) {
		err := p.forbidden(&os.PathError{Op: "open", Path: dir, Err: os.ErrPermission})
		require.ErrorIs(t, err, app.ErrUnavailable)
		require.ErrorContains(t, err, "QUILLIUM_DATA")
	})
}

func TestClosedParent(t *testing.T) {
	t.Parallel()
	// As root this runs in the shared folder, with copied programs where those
	// of the clone are closed; as anybody else, just here.
	o := optionsFor(t, filepath.Join(t.TempDir(), "data"))
	require.NoError(t, os.Chmod(filepath.Dir(o.DataDir), 0o700))
	o.shared = openFolder(t)
	server := start(t, o)
	require.Equal(t, 1, ask[int](t, server.URL(), "select 1"))
}
