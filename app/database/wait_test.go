package database

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

// heard is a log that tells once somebody waits.
type heard struct{ waiting chan struct{} }

func (h heard) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("waiting for a command")) {
		close(h.waiting)
	}
	return len(p), nil
}

func TestACommandHasTheDatabase(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	o := optionsFor(t, dir)
	o.Command, o.Adopt = true, true
	command, err := Start(t.Context(), o)
	require.NoError(t, err)
	stopped := false
	t.Cleanup(func() {
		if !stopped {
			_ = command.Stop(context.Background())
		}
	})
	t.Run("another command uses it too", func(t *testing.T) {
		other := start(t, o)
		require.Equal(t, command.PID(), other.PID())
	})
	t.Run("one that has to be alone is refused", func(t *testing.T) {
		alone := optionsFor(t, dir)
		alone.Command = true
		_, err := Start(t.Context(), alone)
		require.ErrorContains(t, err, "A command, pid ")
	})
	t.Run("a server waits for it, and then has a database of its own", func(t *testing.T) {
		told := make(chan struct{})
		waiting := optionsFor(t, dir)
		waiting.Log = slog.New(slog.NewTextHandler(heard{told}, nil))
		started := make(chan error, 1)
		var server *Server
		go func() {
			var err error
			server, err = Start(t.Context(), waiting)
			started <- err
		}()
		<-told
		stopped = true
		require.NoError(t, command.Stop(t.Context()))
		require.NoError(t, <-started)
		require.NotEqual(t, command.PID(), server.PID())
		require.NoError(t, server.Stop(t.Context()))
	})
}
