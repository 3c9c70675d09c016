package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What is set on one node holds on the others at once: nothing is restarted,
// and nobody waits until they would look by themselves.
func TestSettingsElsewhere(t *testing.T) {
	t.Parallel()
	nodes := worldOf(t, 2, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
	here, there := nodes[0], nodes[1]
	eve, ada := here.signIn(t, "admin@example.org"), here.join(t, "Ada")
	chat := here.open(t, ada, "Ours")
	soon := func(what string, is func() bool) {
		t.Helper()
		require.Eventually(t, is, hint, 10*time.Millisecond, what)
	}
	here.want(t, 200, eve, "PUT /settings/admin", object("banner", "Away at noon", "signups", "closed", "max_message_bytes", 1024))
	soon("pages", func() bool {
		page := there.ask(t, nil, "GET /sign-up", "").body
		return strings.Contains(page, "Away at noon") && strings.Contains(page, "Sign-ups are closed")
	})
	require.Equal(t, 403, there.ask(t, nil, "POST /auth/register", object("email", "bob@example.org", "password", password, "name", "Bob")).status)
	require.Equal(t, 413, there.ask(t, ada, "POST /chats/"+chat+"/messages", object("content", strings.Repeat("x", 2000))).status)
	require.Contains(t, there.want(t, 200, eve, "GET /settings/admin", "").body, `"value":"Away at noon","source":"database"`)
	there.want(t, 200, eve, "PUT /settings/admin", object("banner", nil))
	soon("and back", func() bool { return !strings.Contains(here.ask(t, nil, "GET /sign-in", "").body, "Away at noon") })
}
