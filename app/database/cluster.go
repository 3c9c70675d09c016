package database

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/quillium/quillium/app"
)

// clusterMajor is the version that made the cluster.
func (p place) clusterMajor() (int, error) {
	text, err := os.ReadFile(filepath.Join(p.data(), "PG_VERSION"))
	if err != nil {
		return 0, p.forbidden(err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, app.Errorf(app.CodeConflict, "The folder %s does not say which PostgreSQL made it; nothing was changed.", p.data())
	}
	return major, nil
}

// createCluster makes a cluster beside its place and renames it when it is
// whole, so that a half-made one never looks whole.
func (p place) createCluster(ctx context.Context, found programs, password string, locales [][]string) error {
	// A folder without PG_VERSION is no cluster; whose it is we do not know.
	if _, err := os.Lstat(p.data()); err == nil {
		return app.Errorf(app.CodeConflict, "The folder %s is there but holds no database; move it away. Nothing was changed.", p.data())
	}
	draft := filepath.Join(p.root, "data.init")
	secret := filepath.Join(p.root, "password.init")
	defer func() { _ = os.Remove(secret) }()
	if err := p.writeFor(secret, password+"\n"); err != nil {
		return err
	}
	var said string
	var err error
	for _, locale := range locales {
		if err := os.RemoveAll(draft); err != nil {
			return fmt.Errorf("database: half-made cluster: %w", err)
		}
		args := append([]string{"-N", "-D", draft, "-U", superuser, "--pwfile", secret,
			"--auth=scram-sha-256", "--encoding=UTF8"}, locale...)
		said, err = p.run(ctx, found.initdb(), args...)
		if err == nil || ctx.Err() != nil || !strings.Contains(said, "locale") {
			break
		}
	}
	if err != nil {
		_ = os.RemoveAll(draft)
		return explain(found.initdb(), said, err)
	}
	if err := os.Rename(draft, p.data()); err != nil {
		return fmt.Errorf("database: new cluster: %w", err)
	}
	return nil
}

// locales lists how initdb is asked for a locale that knows all letters, best
// first: what one system lacks, the next offers. Plain C is never among them,
// as ILIKE would know ASCII only. The classes of letters outside the collation
// (lc_ctype) matter too: the trigrams of pg_trgm look at them.
func locales(major int) [][]string {
	var list [][]string
	if major >= 17 {
		for _, libc := range []string{"C.UTF-8", "en_US.UTF-8"} {
			list = append(list, []string{"--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=" + libc, "--lc-collate=C"})
		}
		list = append(list, []string{"--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"})
	}
	return append(list,
		[]string{"--locale=C.UTF-8"},
		[]string{"--locale-provider=icu", "--icu-locale=und", "--locale=en_US.UTF-8"},
		[]string{"--locale-provider=icu", "--icu-locale=und", "--locale=C"},
	)
}

// writeFor writes a file that PostgreSQL's user alone can read.
func (p place) writeFor(path, text string) error {
	_ = os.Remove(path)
	err := os.WriteFile(path, []byte(text), 0o600)
	if err == nil {
		err = p.account.own(path)
	}
	if err != nil {
		return fmt.Errorf("database: write for PostgreSQL: %w", err)
	}
	return nil
}

// explain makes a sentence of what a program said before it failed.
func explain(program, said string, err error) error {
	said = strings.TrimSpace(said)
	unavailable := func(format string, args ...any) error {
		e := app.Errorf(app.CodeUnavailable, format, args...)
		e.Cause = fmt.Errorf("%w: %s", err, said)
		return e
	}
	switch {
	case strings.Contains(said, "could not look up effective user ID"):
		return unavailable("The user id %d has no entry in /etc/passwd, and PostgreSQL does not start without one; add one, "+
			"start Quillium as another user, or set DATABASE_URL.", os.Geteuid())
	case strings.Contains(said, "No space left on device"):
		return unavailable("The disk is full; PostgreSQL cannot start.")
	case said == "":
		return unavailable("%s did not start.", program)
	default:
		return unavailable("%s failed: %s", program, reason(said))
	}
}

// reason picks the line that tells why: the last complaint, or the last line.
func reason(said string) string {
	lines := strings.Split(said, "\n")
	for _, line := range slices.Backward(lines) {
		for _, word := range []string{"FATAL", "PANIC", "error:"} {
			if strings.Contains(line, word) {
				return line
			}
		}
	}
	return lines[len(lines)-1]
}
