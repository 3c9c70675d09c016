package database

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// helperVariable makes this test binary a program that owns a database: its
// value is the data folder.
const helperVariable = "QUILLIUM_DATABASE_TEST_OWNER"

// helperPrograms names the programs it uses.
const helperPrograms = "QUILLIUM_DATABASE_TEST_PROGRAMS"

const password = `p'as\s "word" %41`

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperVariable); dir != "" {
		os.Exit(ownAsHelper(dir))
	}
	goleak.VerifyTestMain(m)
}

// ownAsHelper starts the database, says its number, and stops it when its input
// ends.
func ownAsHelper(dir string) int {
	server, err := Start(context.Background(), Options{DataDir: dir, BinDir: os.Getenv(helperPrograms), Password: password})
	if err != nil {
		fmt.Println("failed:", err)
		return 1
	}
	fmt.Println("ready", server.PID())
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := server.Stop(context.Background()); err != nil {
		fmt.Println("failed:", err)
		return 1
	}
	return 0
}

// owner is another process that owns a database.
type owner struct {
	cmd   *exec.Cmd
	input io.Closer
	// pid is that of its postmaster.
	pid int
}

// startOwner starts one from this program, or a copy of it, as a user.
func startOwner(t *testing.T, program, dir string, as *syscall.Credential) *owner {
	t.Helper()
	o := Options{shared: openFolder(t)}
	found, err := find(t.Context(), o, 0)
	require.NoError(t, err)
	if as != nil {
		found, err = place{account: &account{uid: as.Uid, gid: as.Gid}}.within(o, found)
		require.NoError(t, err)
	}
	cmd := exec.Command(program, "-test.run=^$")
	cmd.Env = append(os.Environ(), helperVariable+"="+dir, helperPrograms+"="+found.dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	input, err := cmd.StdinPipe()
	require.NoError(t, err)
	output, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)
	other := &owner{cmd: cmd, input: input}
	_, err = fmt.Sscanf(line, "ready %d", &other.pid)
	require.NoError(t, err, line)
	return other
}

// openFolder is a folder that every user can pass, which t.TempDir is not.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "quillium-test-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

func optionsFor(t *testing.T, dir string) Options {
	t.Helper()
	return Options{DataDir: dir, Password: password, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

// start starts a server that ends with the test at the latest.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	server, err := Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	return server
}

func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func execute(t *testing.T, server *Server, statement string) {
	t.Helper()
	_, err := connect(t, server.URL()).Exec(t.Context(), statement)
	require.NoError(t, err)
}

// ask asks for one value.
func ask[T any](t *testing.T, address, question string) (answer T) {
	t.Helper()
	require.NoError(t, connect(t, address).QueryRow(t.Context(), question).Scan(&answer))
	return answer
}

// fakePrograms writes an initdb and a postgres that claim a version; initdb
// says something and fails.
func fakePrograms(t *testing.T, dir, version, says string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	script := "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "postgres"), []byte(script), 0o755))
	script = "#!/bin/sh\necho '" + strings.ReplaceAll(says, "'", "") + "' >&2\nexit 1\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "initdb"), []byte(script), 0o755))
	return dir
}

// gone reports whether a process has ended.
func gone(pid int) bool {
	found, alive := inspectProcess(pid)
	return !alive || found.zombie
}
