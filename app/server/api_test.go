package server_test

import (
	"flag"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server/contract"
	"github.com/quillium/quillium/public"
	"github.com/quillium/quillium/routes"
)

// TestAPI asks the whole program everything that the contract describes. Each
// answer is held against it; in the end every documented status of every
// operation was seen, and routes and contract hold the same set.
func TestAPI(t *testing.T) {
	t.Parallel()
	c, err := contract.Load([]byte(public.OpenAPI()))
	require.NoError(t, err)
	parts := func(w *world, parts map[string]func(*testing.T, *world)) func(*testing.T) {
		return func(t *testing.T) {
			for name, part := range parts {
				t.Run(name, func(t *testing.T) { t.Parallel(); part(t, w) })
			}
		}
	}
	t.Run("asked", func(t *testing.T) {
		t.Run("an ordinary server", func(t *testing.T) {
			t.Parallel()
			w := boot(t, c, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password, "OPENAI_BASE_URL", endpoint(t).URL+"/v1")
			t.Run("all", parts(w, map[string]func(*testing.T, *world){
				"accounts": testAccounts, "chats": testChats, "messages": testMessages, "members": testMembers, "invites": testInvites, "history": testHistory, "search": testSearch, "traces": testTraces, "models": testModels, "managed models": testManagedModels,
				"errors": testErrors, "sweeps": testSweeps, "sockets": testSockets, "ends": testEnds,
				"streams": testStreams, "rights": testRights, "elsewhere": testElsewhere, "crowd": testCrowd, "cursors": testCursors, "methods": testMethods,
				"usage": testUsage, "instance settings": testInstanceSettings, "audit": testAudit, "managed chats": testManagedChats, "jobs": testJobs, "backups": testBackups, "running": testRunning, "logs": testLogs, "system": testSystem,
			}))
		})
		t.Run("a server with limits", func(t *testing.T) {
			t.Parallel()
			w := boot(t, c, "RATE_LIMIT", "on", "TRUSTED_PROXIES", "127.0.0.0/8", "QUILLIUM_AUTODETECT", "off",
				"ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
			t.Run("all", parts(w, map[string]func(*testing.T, *world){"limits": testLimits, "sockets": testSocketLimit}))
		})
		t.Run("a server without administrator", func(t *testing.T) { t.Parallel(); testSetUp(t, boot(t, c)) })
		t.Run("a server beside models", func(t *testing.T) { t.Parallel(); testFoundModels(t, c) })
		t.Run("the instance", func(t *testing.T) { t.Parallel(); testInstance(t, c) })
		t.Run("accounts and their administrators", func(t *testing.T) {
			t.Parallel()
			testManagedUsers(t, boot(t, c, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password))
		})
		t.Run("the console", func(t *testing.T) { t.Parallel(); testConsole(t, c) })
		t.Run("accounts in the console", func(t *testing.T) { t.Parallel(); testConsoleUsers(t, c) })
		t.Run("a server that is closed", func(t *testing.T) { t.Parallel(); testClosed(t, boot(t, c, "ENABLE_SIGNUPS", "false")) })
		t.Run("a server without database", func(t *testing.T) { t.Parallel(); testOutage(t, boot(t, c)) })
		t.Run("a server that goes away", func(t *testing.T) {
			t.Parallel()
			testDrain(t, boot(t, c, "OPENAI_BASE_URL", endpoint(t).URL+"/v1", "DRAIN_TIMEOUT", "2s"))
		})
	})
	if run := flag.Lookup("test.run"); run != nil && strings.Contains(run.Value.String(), "/") {
		return // only a part was asked for
	}
	require.Empty(t, c.Missing(unprovoked), "documented, but never seen")
	require.Empty(t, c.Differences(served()))
}

// unprovoked are the documented statuses that no test can bring about.
func unprovoked(seen contract.Case) bool {
	switch {
	case seen.Status == 500:
		return true // whatever brings one about is a bug, and mended
	case (seen.OperationID == "getContract" || seen.OperationID == "getDocs") && seen.Status == 503:
		return true // only in the moment before the server is ready
	}
	return false
}

// served is the table of routes, as lines of method and path.
func served() (lines []string) {
	for _, route := range routes.Table(routes.Handlers{}) {
		lines = append(lines, route.Method+" "+route.Path)
	}
	return lines
}

// TestWild sends a hundred thousand bodies and frames that no client means to
// send: none makes a 500.
func TestWild(t *testing.T) {
	t.Parallel()
	c, err := contract.Load([]byte(public.OpenAPI()))
	require.NoError(t, err)
	testWild(t, boot(t, c))
}
