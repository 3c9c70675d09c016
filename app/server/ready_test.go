package server_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server"
	"github.com/quillium/quillium/migrations"
	"github.com/quillium/quillium/repositories/pgtest"
)

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s, stop := h.start(t)
	c, _ := h.settings(t)
	c.Port = int(s.Addr().Port())
	t.Run("a server that is ready is told", func(t *testing.T) {
		require.NoError(t, server.Healthcheck(t.Context(), c))
	})
	t.Run("one that listens on every address is asked on this machine", func(t *testing.T) {
		everywhere := c
		everywhere.Host = "0.0.0.0"
		require.NoError(t, server.Healthcheck(t.Context(), everywhere))
	})
	t.Run("one that is not there is a failure with a sentence", func(t *testing.T) {
		stop()
		require.EqualError(t, server.Healthcheck(t.Context(), c),
			"nobody answers at 127.0.0.1:"+strconv.Itoa(c.Port)+"; the server is not running")
	})
}

func TestSchemaVersion(t *testing.T) {
	t.Parallel()
	status, err := migrations.Status(t.Context(), pgtest.New(t).ConnConfig())
	require.NoError(t, err)
	require.Equal(t, status[len(status)-1].Source.Version, server.SchemaVersion())
}
