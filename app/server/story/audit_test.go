package story

import (
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/repositories/pgtest"
)

var headOf = regexp.MustCompile(`Head: (\d+:[0-9a-f]{64})`)

// Somebody checks the audit log of a server from the command line, and changes
// it behind its back.
func TestAuditVerify(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	p := newProgram(t, "DATABASE_URL="+database)
	p.start()
	p.join("ada")
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	do := func(sql string) {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	verify := func(status int, args ...string) string {
		t.Helper()
		cmd := p.command(append([]string{"audit", "verify"}, args...)...)
		said, err := cmd.CombinedOutput()
		var ended *exec.ExitError
		if status != 0 {
			require.ErrorAs(t, err, &ended)
		}
		require.Equal(t, status, cmd.ProcessState.ExitCode(), string(said))
		return string(said)
	}
	var head string
	require.Eventually(t, func() bool {
		found := headOf.FindStringSubmatch(verify(0))
		if found != nil {
			head = found[1]
		}
		var waiting int
		require.NoError(t, conn.QueryRow(t.Context(), "select count(*) from audit_events where seq is null").Scan(&waiting))
		return head != "" && waiting == 0
	}, 20*time.Second, 100*time.Millisecond)
	t.Run("what a server sealed is right, also with its head", func(t *testing.T) {
		require.Contains(t, verify(0, "--head", head), "are what was sealed")
	})
	t.Run("the server logs the head", func(t *testing.T) {
		text, err := os.ReadFile(p.log.Name())
		require.NoError(t, err)
		require.Contains(t, string(text), "audit log sealed")
	})
	t.Run("what is no head is told", func(t *testing.T) {
		require.Contains(t, verify(1, "--head", "3"), "64 hexadecimal digits")
	})
	t.Run("another key first, then the old one no more", func(t *testing.T) {
		for _, settings := range [][]string{
			{"ENCRYPTION_KEY=a third text of more than thirty-two characters", "ENCRYPTION_KEY_PREVIOUS=another text of more than thirty-two characters"},
			{"ENCRYPTION_KEY=a third text of more than thirty-two characters"},
		} {
			p.kill()
			p.settings = append(p.settings, settings...)
			p.start()
			if len(settings) == 2 {
				said, err := p.command("rekey").CombinedOutput()
				require.NoError(t, err, string(said))
				p.settings = append(p.settings, "ENCRYPTION_KEY_PREVIOUS=")
			}
			require.Contains(t, verify(0, "--head", head), "are what was sealed")
		}
	})
	t.Run("a row that was changed is named, with another status", func(t *testing.T) {
		do("update audit_events set ip = '203.0.113.9' where seq = 1")
		require.Contains(t, verify(2), "Row 1 is not what was sealed.")
	})
	t.Run("rows without a seal are told once a server should have sealed them", func(t *testing.T) {
		p.kill()
		do("delete from audit_events")
		do("insert into audit_events (id, action, at) values (gen_random_uuid(), 'user.renamed', now() - interval '2 minutes')")
		require.Contains(t, verify(2), "1 rows have waited")
	})
	t.Run("an end that was cut off is found with a head", func(t *testing.T) {
		do("delete from audit_events")
		verify(0)
		require.Contains(t, verify(2, "--head", head), "Row 1 is missing")
	})
}
