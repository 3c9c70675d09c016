package pgtest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	// helperVariable makes this test binary another test process.
	helperVariable = "QUILLIUM_PGTEST_HELPER"
	// leftover is a database that a killed test has left.
	leftover = databasePrefix + "leftover"
	// soon is how long something may take that takes two seconds on an idle
	// machine.
	soon = time.Minute
)

func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) != "" {
		if err := help(); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// help joins the server for every line it reads, and says the server's number
// and how many leftovers it has; then it leaves one.
func help() error {
	ctx := context.Background()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		found, err := join(ctx)
		if err != nil {
			return err
		}
		conn, err := pgx.Connect(ctx, found.admin)
		if err != nil {
			return err
		}
		var count int
		if err := conn.QueryRow(ctx, "select count(*) from pg_database where datname = $1", leftover).Scan(&count); err != nil {
			return err
		}
		if lines.Text() == "leave" {
			_, err = conn.Exec(ctx, "create database "+leftover)
		}
		if err != nil {
			return err
		}
		if err := conn.Close(ctx); err != nil {
			return err
		}
		fmt.Println("server", found.pid, count)
	}
	return lines.Err()
}

// helper is another test process.
type helper struct {
	cmd    *exec.Cmd
	input  io.WriteCloser
	output *bufio.Reader
}

func startHelper(t *testing.T, temp string) *helper {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	h := &helper{cmd: exec.Command(self, "-test.run=^$")}
	h.cmd.Env = append(os.Environ(), helperVariable+"=1", "TMPDIR="+temp)
	h.input, err = h.cmd.StdinPipe()
	require.NoError(t, err)
	output, err := h.cmd.StdoutPipe()
	require.NoError(t, err)
	h.output = bufio.NewReader(output)
	require.NoError(t, h.cmd.Start())
	return h
}

func (h *helper) say(t *testing.T, word string) {
	t.Helper()
	_, err := fmt.Fprintln(h.input, word)
	require.NoError(t, err)
}

func (h *helper) hear(t *testing.T) (pid, leftovers int) {
	t.Helper()
	line, err := h.output.ReadString('\n')
	require.NoError(t, err)
	_, err = fmt.Sscanf(line, "server %d %d", &pid, &leftovers)
	require.NoError(t, err, line)
	return pid, leftovers
}

func (h *helper) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, h.cmd.Process.Kill())
	require.Error(t, h.cmd.Wait())
}

func TestProcesses(t *testing.T) {
	t.Parallel()
	// A folder of their own gives them a server of their own.
	temp, err := os.MkdirTemp("", "quillium-test-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(temp, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(temp)) })
	// A server that has ended in order has taken this file away.
	ended := func() {
		require.Eventually(t, func() bool {
			found, err := filepath.Glob(filepath.Join(temp, "*", "postgres", "data", "postmaster.pid"))
			return err == nil && len(found) == 0
		}, soon, 20*time.Millisecond)
	}

	said := func() int {
		all, err := filepath.Glob(filepath.Join(temp, "*", "users", "*"))
		require.NoError(t, err)
		return len(all)
	}

	helpers := []*helper{startHelper(t, temp), startHelper(t, temp), startHelper(t, temp)}
	for _, h := range helpers {
		h.say(t, "join")
	}
	server, _ := helpers[0].hear(t)
	for _, h := range helpers[1:] {
		other, _ := h.hear(t)
		require.Equal(t, server, other, "processes that start at once share one server")
	}
	helpers[0].kill(t)
	helpers[1].kill(t)
	require.Eventually(t, func() bool { return said() == 1 }, soon, 20*time.Millisecond, "the dead are no users, whoever gets their numbers")
	helpers[2].say(t, "leave")
	again, _ := helpers[2].hear(t)
	require.Equal(t, server, again, "it outlives those who are killed, the one that started it too")
	helpers[2].kill(t)
	ended()

	last := startHelper(t, temp)
	last.say(t, "join")
	next, leftovers := last.hear(t)
	require.NotEqual(t, server, next, "it ended after the last user, and starts again")
	require.Zero(t, leftovers, "what killed tests left is swept out")
	require.NoError(t, last.input.Close())
	require.NoError(t, last.cmd.Wait())
	ended()
}

func TestAwaitStopping(t *testing.T) {
	t.Parallel()
	b := base{dir: t.TempDir()}
	require.NoError(t, os.WriteFile(b.stopping(), nil, 0o600))

	t.Run("who comes while the server ends waits", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, b.awaitStopping(ctx), context.DeadlineExceeded)
		require.FileExists(t, b.stopping())
	})
	t.Run("until it has ended", func(t *testing.T) {
		waited := make(chan error, 1)
		go func() { waited <- b.awaitStopping(t.Context()) }()
		require.NoError(t, os.Remove(b.stopping()))
		require.NoError(t, <-waited)
	})
}

func TestModuleRoot(t *testing.T) {
	t.Parallel()
	root, err := moduleRoot()
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(root, "go.mod"))
}
