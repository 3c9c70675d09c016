package story

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/repositories/pgtest"
)

// Somebody looks after a server from the command line: what it is, how it is,
// a backup while it runs, and a move to a new machine.
func TestCommands(t *testing.T) {
	t.Parallel()
	old := newProgram(t)
	old.start()
	old.join("ada")
	chat := old.open("guide")
	old.call("PATCH", "/chats/"+chat, object{"title": "Moved"}, 200, nil)
	file := filepath.Join(t.TempDir(), "all.zip")

	t.Run("version tells what it is", func(t *testing.T) {
		said, err := old.command("version").Output()
		require.NoError(t, err)
		require.Regexp(t, `^Quillium \S+\n  commit  .+\n  built   with go1\.\S+ for \S+\n  schema  \d+ of PostgreSQL 15 or newer\n$`, string(said))
		again, err := old.command("--version").Output()
		require.NoError(t, err)
		require.Equal(t, string(said), string(again))
	})
	t.Run("a set-up link leads to the server that runs, also where nobody tells the command its port", func(t *testing.T) {
		cmd := old.command("setup-link")
		cmd.Env = slices.DeleteFunc(slices.Clone(cmd.Env), func(setting string) bool { return strings.HasPrefix(setting, "PORT=") })
		said, err := cmd.Output()
		require.NoError(t, err)
		require.Contains(t, string(said), old.url+"/setup#")
	})
	t.Run("doctor finds a server that is well", func(t *testing.T) {
		said, err := old.command("doctor", "--json").Output()
		require.NoError(t, err, string(said))
		var report struct {
			Findings []struct{ Check, Mark, Says string }
		}
		require.NoError(t, json.Unmarshal(said, &report))
		require.NotEmpty(t, report.Findings)
	})
	t.Run("doctor has another status where something fails, and works with a file that cannot be read", func(t *testing.T) {
		ill := newProgram(t, "DATABASE_URL=postgres://u:hunter2@127.0.0.1:1/d")
		cmd := ill.command("doctor")
		require.NoError(t, os.WriteFile(filepath.Join(cmd.Dir, ".env"), []byte("no line like this\n'"), 0o600))
		said, err := cmd.CombinedOutput()
		require.Equal(t, 1, cmd.ProcessState.ExitCode(), "%v", err)
		require.Contains(t, string(said), ".env cannot be read")
		require.Contains(t, string(said), "nothing listens there")
		require.NotContains(t, string(said), "hunter2")
	})
	t.Run("admin refuses what it does not know, and alone says what it can do", func(t *testing.T) {
		said, err := old.command("admin", "delete").CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(said), `there is no command "delete"; quillium admin --help lists`)
		said, err = old.command("admin").CombinedOutput()
		require.NoError(t, err, string(said))
		require.Contains(t, string(said), "promote")
	})
	t.Run("backup works while it runs, and another one never replaces it", func(t *testing.T) {
		said, err := old.command("backup", file).CombinedOutput()
		require.NoError(t, err, string(said))
		require.Contains(t, string(said), "are not in it; keep them elsewhere")
		said, err = old.command("backup", file).CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(said), "is there already")
	})
	t.Run("restore says what it did, and the new server has everything", func(t *testing.T) {
		fresh := newProgram(t, "DATABASE_URL="+pgtest.Empty(t))
		said, err := fresh.command("restore", file).CombinedOutput()
		require.NoError(t, err, string(said))
		require.Contains(t, string(said), "Everybody has to sign in again.")
		fresh.start()
		fresh.access = old.access
		fresh.call("GET", "/chats/"+chat, nil, 401, nil)
		var tokens struct {
			AccessToken string `json:"access_token"`
		}
		fresh.call("POST", "/auth/login", object{"email": "ada@example.org", "password": "correct horse battery"}, 200, &tokens)
		fresh.access = tokens.AccessToken
		var found struct{ Title string }
		fresh.call("GET", "/chats/"+chat, nil, 200, &found)
		require.Equal(t, "Moved", found.Title)
	})
}
