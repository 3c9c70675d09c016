package database

import (
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func TestOrphan(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	o := optionsFor(t, dir)
	detached := o
	detached.Detached = true
	orphan, err := Start(t.Context(), detached)
	require.NoError(t, err)
	require.NoError(t, orphan.Stop(t.Context()), "which does not stop it, for nobody owns it")

	t.Run("it can be found", func(t *testing.T) {
		found, err := Running(t.Context(), o)
		require.NoError(t, err)
		require.Equal(t, orphan.PID(), found.PID())
		require.NoError(t, found.Stop(t.Context()))
	})
	t.Run("that of another user is not touched", func(t *testing.T) {
		p := orphan.place
		p.account = &account{uid: p.account.id() + 1}
		_, err := adoptOrphan(t.Context(), o, p)
		require.ErrorIs(t, err, app.ErrConflict)
		_, err = attach(t.Context(), o, p)
		require.ErrorIs(t, err, app.ErrUnavailable)
	})
	t.Run("one that serves other data is not ours", func(t *testing.T) {
		other := *orphan
		other.place.root = t.TempDir()
		require.ErrorIs(t, other.checkData(t.Context()), app.ErrUnavailable)
	})
	t.Run("the next owner takes it over, and its end is noticed", func(t *testing.T) {
		server := start(t, o)
		require.Equal(t, orphan.PID(), server.PID())
		require.Equal(t, 1, ask[int](t, server.URL(), "select 1"))
		require.NoError(t, server.Stop(t.Context()))
		<-server.Exited()
		<-orphan.Exited()
	})
	t.Run("a dead one that nobody has buried is waited for", func(t *testing.T) {
		server := start(t, o)
		found, err := find(t.Context(), o, 0)
		require.NoError(t, err)
		p := server.place
		found, err = p.within(o, found)
		require.NoError(t, err)
		require.NoError(t, server.Stop(t.Context()))

		cmd := p.command(found.postgres(), p.arguments(o, found.major, server.socket)...)
		cmd.SysProcAttr = attributes(p.account, syscall.SIGKILL)
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool {
			file, ok := p.readPidFile()
			return ok && file.pid == cmd.Process.Pid && file.status == "ready"
		}, soon, look)
		require.NoError(t, cmd.Process.Kill())
		require.Eventually(t, func() bool { return gone(cmd.Process.Pid) }, soon, look)

		buried := make(chan error, 1)
		go func(cmd *exec.Cmd) { buried <- cmd.Wait() }(cmd)
		server = start(t, o)
		require.Error(t, <-buried)
		require.NotEqual(t, cmd.Process.Pid, server.PID())
	})
}
