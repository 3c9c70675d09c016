package story

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Somebody looks after accounts from the command line, and each command says
// what it did.
func TestAccounts(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start()
	p.join("ada")
	secret := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(secret, []byte("correct horse battery\n"), 0o600))
	for _, row := range []struct {
		name string
		args []string
		says string
		ok   bool
	}{
		{"promote says so", []string{"promote", "ada@example.org"}, "ada@example.org is an administrator now.\n", true},
		{"create with a password says so", []string{"create", "grace@example.org", "--password-file", secret}, "grace@example.org is an administrator now.\n", true},
		{"create points to promote where the account is there", []string{"create", "ada@example.org"},
			"quillium: There is an account with this e-mail address already. To make it an administrator: quillium admin promote ada@example.org\n", false},
		{"create without an address asks for one", []string{"create"}, "quillium: Say whose account it is, by one e-mail address: quillium admin create EMAIL\n", false},
		{"and so does promote with two", []string{"promote", "a", "b"}, "quillium: Say whose account it is, by one e-mail address: quillium admin promote EMAIL\n", false},
		{"disable says so", []string{"disable", "ada@example.org"}, "ada@example.org is disabled and signed out everywhere.\n", true},
		{"enable says so", []string{"enable", "ada@example.org"}, "ada@example.org may sign in.\n", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			said, err := p.command(append([]string{"admin"}, row.args...)...).CombinedOutput()
			require.Equal(t, row.ok, err == nil, "%v", err)
			require.Equal(t, row.says, string(said))
		})
	}
}
