package server

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/config"
)

func TestWhereabouts(t *testing.T) {
	t.Parallel()
	here := whereabouts{url: "http://localhost:8888", listens: netip.MustParseAddrPort("[::]:8888")}
	t.Run("a server is found while it runs", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		remove, err := here.tell(folder)
		require.NoError(t, err)
		found, ok := findServer(folder)
		require.True(t, ok)
		require.Equal(t, here, found)
		require.Equal(t, "http://localhost:8888", urlOf(config.Config{DataDir: folder, Host: "127.0.0.1", Port: 8787}))
		require.Equal(t, "[::1]:8888", localAddress(config.Config{DataDir: folder, Host: "127.0.0.1", Port: 8787}))
		info, err := os.Stat(filepath.Join(folder, addressFile))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())
		require.NoError(t, remove(t.Context()))
		require.NoFileExists(t, filepath.Join(folder, addressFile))
		require.Equal(t, "http://127.0.0.1:8787", urlOf(config.Config{DataDir: folder, Host: "127.0.0.1", Port: 8787}))
	})
	t.Run("what is configured for people, or asked for by its port, wins", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		remove, err := here.tell(folder)
		require.NoError(t, err)
		require.Equal(t, "https://a.example", urlOf(config.Config{DataDir: folder, PublicURL: "https://a.example"}))
		given := map[string]string{"QUILLIUM_DATA": folder, "PORT": "8787"}
		c, err := config.Load(func(name string) (string, bool) { value, found := given[name]; return value, found })
		require.NoError(t, err)
		require.Equal(t, "127.0.0.1:8787", localAddress(c))
		require.NoError(t, remove(t.Context()))
	})
	t.Run("what a server left that was killed counts for nothing, and the next one writes over it", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		path := filepath.Join(folder, addressFile)
		require.NoError(t, os.WriteFile(path, []byte("http://chat.example:9999/and/much/longer/than/the/next\n127.0.0.1:9999\n"), 0o600))
		_, ok := findServer(folder)
		require.False(t, ok)
		remove, err := here.tell(folder)
		require.NoError(t, err)
		found, ok := findServer(folder)
		require.True(t, ok)
		require.Equal(t, here, found)
		require.NoError(t, remove(t.Context()))
	})
	t.Run("of two on one folder the first stays the one to be found", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		remove, err := here.tell(folder)
		require.NoError(t, err)
		second, err := whereabouts{url: "http://localhost:1"}.tell(folder)
		require.NoError(t, err)
		require.NoError(t, second(t.Context()))
		found, ok := findServer(folder)
		require.True(t, ok)
		require.Equal(t, here, found)
		require.NoError(t, remove(t.Context()))
	})
	t.Run("a file that says something else is no address", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{"", "rubbish", "http://a.example", "http://a.example\nrubbish", "\n127.0.0.1:1"} {
			folder := t.TempDir()
			remove, err := here.tell(folder)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, addressFile), []byte(text), 0o600))
			_, ok := findServer(folder)
			require.False(t, ok, text)
			require.NoError(t, remove(t.Context()))
		}
	})
	t.Run("a folder that is not there is told", func(t *testing.T) {
		t.Parallel()
		_, err := here.tell(filepath.Join(t.TempDir(), "none"))
		require.Error(t, err)
	})
}
