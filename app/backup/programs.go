package backup

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"github.com/quillium/quillium/app"
)

// Programs are pg_dump and pg_restore for one database. Its password is handed
// to them in their environment, which others on the machine cannot see.
type Programs struct {
	// DumpPath and RestorePath are where they are; empty is nowhere.
	DumpPath, RestorePath string
	// URL is the address of the database.
	URL string
}

var (
	_ Dumper   = Programs{}
	_ Restorer = Programs{}
)

// Dump runs pg_dump: everything but which database it is, what was to be done
// in the background, and owners and comments, which only a superuser could
// bring back.
func (p Programs) Dump(ctx context.Context, snapshot string, to io.Writer) error {
	return p.run(ctx, p.DumpPath, nil, to, "--format=custom", "--no-owner", "--no-privileges", "--no-comments",
		"--exclude-table-data=instance", "--exclude-table-data=river_(job|leader|queue|notification)", "--snapshot="+snapshot)
}

// Restore runs pg_restore in one transaction that ends at the first mistake.
func (p Programs) Restore(ctx context.Context, from io.Reader) error {
	return p.run(ctx, p.RestorePath, from, nil, "--format=custom", "--no-owner", "--no-privileges",
		"--single-transaction", "--exit-on-error")
}

func (p Programs) run(ctx context.Context, program string, from io.Reader, to io.Writer, args ...string) error {
	address, password, err := p.connection()
	if err != nil {
		return err
	}
	var said tail
	cmd := exec.CommandContext(ctx, program, append(args, "--dbname="+address, "--no-password")...) //nolint:gosec // found in folders of programs
	cmd.Stdin, cmd.Stdout, cmd.Stderr = from, to, &said
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "LC_ALL=C", "PGPASSWORD=" + password, "PGAPPNAME=quillium backup"}
	if err := cmd.Run(); err != nil {
		return &app.Error{
			Code:    app.CodeUnavailable,
			Message: fmt.Sprintf("%s failed: %s", program, strings.TrimSpace(said.String())),
			Cause:   err,
		}
	}
	return nil
}

// connection is the address without its password and without what only pgx
// knows.
func (p Programs) connection() (address, password string, err error) {
	at, err := url.Parse(p.URL)
	if err != nil {
		return "", "", app.Errorf(app.CodeInvalidInput, "The address of the database cannot be read.")
	}
	if at.User != nil {
		password, _ = at.User.Password()
		at.User = url.User(at.User.Username())
	}
	query := at.Query()
	if query.Has("password") {
		password = query.Get("password")
	}
	for name := range query {
		if strings.HasPrefix(name, "pool_") || strings.HasPrefix(name, "statement_cache_") || strings.HasPrefix(name, "description_cache_") ||
			name == "default_query_exec_mode" || name == "application_name" || name == "password" {
			query.Del(name)
		}
	}
	at.RawQuery = query.Encode()
	return at.String(), password, nil
}

// tail keeps the last of what a program says.
type tail struct{ bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	const longest = 4 << 10
	n, err := t.Buffer.Write(p)
	if over := t.Len() - longest; over > 0 {
		t.Next(over)
	}
	return n, err
}
