package database

import (
	"io"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDeathOfTheOwner(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	self, err := os.Executable()
	require.NoError(t, err)
	p, err := locate(Options{DataDir: dir})
	require.NoError(t, err)

	t.Run("PostgreSQL ends in order when its owner is killed", func(t *testing.T) {
		other := startOwner(t, self, dir, nil)
		server, err := Running(t.Context(), optionsFor(t, dir))
		require.NoError(t, err)
		require.Equal(t, other.pid, server.PID())
		execute(t, server, "create table kept as select 7 as n")
		require.NoError(t, server.Stop(t.Context()))
		require.NoError(t, other.cmd.Process.Kill())
		require.Error(t, other.cmd.Wait())
		require.Eventually(t, func() bool { return gone(other.pid) }, soon, look)
		// It removes this only when it has ended in order.
		require.NoFileExists(t, p.pidPath())
	})
	t.Run("the next owner need not wait for that", func(t *testing.T) {
		other := startOwner(t, self, dir, nil)
		require.NoError(t, other.cmd.Process.Kill())
		require.Error(t, other.cmd.Wait())
		server := start(t, optionsFor(t, dir))
		require.NotEqual(t, other.pid, server.PID())
		require.Equal(t, 7, ask[int](t, server.URL(), "select n from kept"))
		require.NoError(t, server.Stop(t.Context()))
	})
	t.Run("both killed, nothing is lost", func(t *testing.T) {
		other := startOwner(t, self, dir, nil)
		server, err := Running(t.Context(), optionsFor(t, dir))
		require.NoError(t, err)
		execute(t, server, "insert into kept values (8)")
		require.NoError(t, server.Stop(t.Context()))
		require.NoError(t, syscall.Kill(other.pid, syscall.SIGKILL))
		require.NoError(t, other.cmd.Process.Kill())
		require.Error(t, other.cmd.Wait())
		server = start(t, optionsFor(t, dir))
		require.Equal(t, 2, ask[int](t, server.URL(), "select count(*) from kept"))
	})
}

func TestUsers(t *testing.T) {
	t.Parallel()
	// As root, an ordinary user is tried as well; he cannot get at this program
	// where it was built.
	program := filepath.Join(openFolder(t), "owner")
	copyFile(t, "/proc/self/exe", program)
	users := map[string]*syscall.Credential{"ourselves": nil}
	if os.Geteuid() == 0 {
		nobody, err := user.Lookup("nobody")
		require.NoError(t, err)
		uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
		require.NoError(t, err)
		gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
		require.NoError(t, err)
		users["nobody"] = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	for name, credential := range users {
		t.Run("PostgreSQL runs for "+name, func(t *testing.T) {
			t.Parallel()
			dir := openFolder(t)
			if credential != nil {
				require.NoError(t, os.Chown(dir, int(credential.Uid), int(credential.Gid)))
			}
			other := startOwner(t, program, dir, credential)
			found, alive := inspectProcess(other.pid)
			require.True(t, alive)
			require.NotZero(t, found.uid)
			// Root may use what belongs to somebody else, as whom it belongs to.
			o := optionsFor(t, dir)
			o.Adopt = true
			server := start(t, o)
			require.Equal(t, other.pid, server.PID())
			require.NoError(t, server.Stop(t.Context()))
			require.NoError(t, other.input.Close())
			require.NoError(t, other.cmd.Wait())
			require.True(t, gone(other.pid))
			server = start(t, o)
			now, alive := inspectProcess(server.PID())
			require.True(t, alive)
			require.Equal(t, found.uid, now.uid)
		})
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	source, err := os.Open(from)
	require.NoError(t, err)
	defer func() { require.NoError(t, source.Close()) }()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	require.NoError(t, err)
	_, err = io.Copy(target, source)
	require.NoError(t, err)
	require.NoError(t, target.Close())
}
