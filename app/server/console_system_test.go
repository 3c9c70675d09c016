package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// testConsoleSystem is what an administrator reads without JavaScript.
func testConsoleSystem(t *testing.T, w *world) {
	b := w.atConsole(t, "admin@example.org")
	t.Run("configuration without secrets, tables, connections, migrations", func(t *testing.T) {
		t.Parallel()
		page := b.get(t, "/admin/system").body
		for _, part := range []string{"ADMIN_PASSWORD", "(hidden)", "DATABASE_URL", "not set", "messages", "Connections to the database", "usage", "PostgreSQL "} {
			require.Contains(t, page, part)
		}
		require.NotContains(t, page, password)
		require.NotContains(t, page, w.database)
	})
	t.Run("the level of the log is changed there, and one that there is not is refused beside the field", func(t *testing.T) {
		t.Parallel()
		got := b.post(t, "/admin/system/log-level", "level", "warn")
		require.Equal(t, "/admin/system?done=log_level.changed", got.head.Get("Location"))
		require.Contains(t, b.get(t, got.head.Get("Location")).body, "All servers log from this level on.")
		require.Contains(t, b.get(t, "/admin/system").body, `<option value="warn" selected`)
		got = b.post(t, "/admin/system/log-level", "level", "loud")
		require.Equal(t, 400, got.status)
		require.Contains(t, got.body, "debug, info, warn or error")
		require.Equal(t, 403, b.do(t, "POST", "/admin/system/log-level", form("level", "debug")).status, "without the form's token")
	})
	t.Run("licences of what is shipped", func(t *testing.T) {
		t.Parallel()
		page := b.get(t, "/admin/system/licences").body
		for _, part := range []string{"github.com/gofiber/fiber", "htmx", "Permission is hereby granted", "Apache-2.0"} {
			require.Contains(t, page, part)
		}
	})
}
