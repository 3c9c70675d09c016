package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
)

// shelf is a database of texts, a table each.
type shelf struct {
	facts Facts
	texts map[string]string
	fails error
}

func newShelf() *shelf {
	return &shelf{
		facts: Facts{Schema: 3, PostgreSQL: 15, Store: "s", EncryptionFingerprint: "e", Tables: []Table{{Name: "users", Columns: []string{"id"}}, {Name: "chats", Columns: []string{"id"}}}},
		texts: map[string]string{"users": "1\n2\n", "chats": ""},
	}
}

func (s *shelf) Facts(context.Context) (Facts, error) { return s.facts, nil }

func (s *shelf) Name() string { return "00000003-1" }

func (s *shelf) Copy(_ context.Context, table Table, to io.Writer) (int64, error) {
	text := s.texts[table.Name]
	_, err := io.WriteString(to, text)
	return int64(bytes.Count([]byte(text), []byte("\n"))), errors.Join(err, s.fails)
}

// room is a database that something is restored into; it writes down what is
// done to it.
type room struct {
	there Residents
	done  []string
	fails string
}

func (r *room) did(what string) error {
	r.done = append(r.done, what)
	if what == r.fails {
		return errors.New("stuck")
	}
	return nil
}

func (r *room) Residents(context.Context) (Residents, error) { return r.there, nil }
func (r *room) Clear(context.Context) error                  { return r.did("clear") }
func (r *room) MigrateTo(_ context.Context, schema int64) error {
	return r.did(fmt.Sprint("migrate to ", schema))
}
func (r *room) Settle(_ context.Context, identity Identity) error {
	return r.did("settle " + identity.EncryptionFingerprint)
}

func (r *room) Load(_ context.Context, tables []Table, open func(Table) (io.ReadCloser, error), identity Identity) error {
	for _, table := range tables {
		from, err := open(table)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(from)
		if err != nil {
			return err
		}
		if err := r.did(fmt.Sprintf("load %s %q", table.Name, text)); err != nil {
			return err
		}
	}
	return r.Settle(context.Background(), identity)
}

// press writes and reads the same text as pg_dump and pg_restore.
type press struct{ text string }

func (p *press) Dump(_ context.Context, snapshot string, to io.Writer) error {
	_, err := io.WriteString(to, "dump of "+snapshot)
	return err
}

func (p *press) Restore(_ context.Context, from io.Reader) error {
	text, err := io.ReadAll(from)
	p.text = string(text)
	return err
}

func written(t *testing.T, s *shelf, options Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "one.quillium")
	_, err := Write(t.Context(), path, s, options)
	require.NoError(t, err)
	return path
}

func opened(t *testing.T, path string) *Archive {
	t.Helper()
	archive, err := Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, archive.Close()) })
	return archive
}

func TestWrite(t *testing.T) {
	t.Parallel()
	t.Run("a failure leaves no file behind", func(t *testing.T) {
		t.Parallel()
		folder, s := t.TempDir(), newShelf()
		s.fails = errors.New("broke off")
		_, err := Write(t.Context(), filepath.Join(folder, "one"), s, Options{})
		require.ErrorContains(t, err, "broke off")
		left, err := os.ReadDir(folder)
		require.NoError(t, err)
		require.Empty(t, left)
	})
	t.Run("a database without Quillium is nothing to keep", func(t *testing.T) {
		t.Parallel()
		_, err := Write(t.Context(), filepath.Join(t.TempDir(), "one"), &shelf{}, Options{})
		require.ErrorIs(t, err, app.ErrConflict)
	})
	t.Run("secrets are in it where they were asked for, and shown nowhere", func(t *testing.T) {
		t.Parallel()
		secrets, err := opened(t, written(t, newShelf(), Options{})).Secrets()
		require.NoError(t, err)
		require.Nil(t, secrets)
		asked := Secrets{JWTSecret: "jot", EncryptionKey: "ink"}
		secrets, err = opened(t, written(t, newShelf(), Options{Secrets: &asked})).Secrets()
		require.NoError(t, err)
		require.Equal(t, asked, *secrets)
		require.NotContains(t, fmt.Sprintf("%v %#v %+v %s", asked, asked, asked, asked), "jot")
	})
}

func TestOpen(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(written(t, newShelf(), Options{}))
	require.NoError(t, err)
	t.Run("what is changed anywhere is refused, or says the same", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		rapid.Check(t, func(t *rapid.T) {
			text := bytes.Clone(whole)
			if rapid.Bool().Draw(t, "cut") {
				text = text[:rapid.IntRange(0, len(text)-1).Draw(t, "length")]
			} else {
				text[rapid.IntRange(0, len(text)-1).Draw(t, "at")] ^= rapid.ByteRange(1, 255).Draw(t, "by")
			}
			path := filepath.Join(folder, "damaged")
			require.NoError(t, os.WriteFile(path, text, 0o600))
			archive, err := Open(path)
			if err != nil {
				require.ErrorIs(t, err, app.ErrInvalidInput)
				return
			}
			defer func() { _ = archive.Close() }()
			target := &room{}
			plan, err := Check(context.Background(), archive, target, Here{Schema: 5})
			if err == nil {
				require.NoError(t, plan.Run(context.Background()))
				require.Equal(t, []string{"clear", "migrate to 3", `load users "1\n2\n"`, `load chats ""`, "settle e", "migrate to 5"}, target.done)
			}
		})
	})
	t.Run("a file that is not there is told", func(t *testing.T) {
		t.Parallel()
		_, err := Open(filepath.Join(t.TempDir(), "none"))
		require.ErrorIs(t, err, app.ErrNotFound)
	})
}

func TestCheck(t *testing.T) {
	t.Parallel()
	copied := written(t, newShelf(), Options{Version: "v2.0.0"})
	dumped := written(t, newShelf(), Options{Dumper: &press{}})
	for name, each := range map[string]struct {
		path  string
		there Residents
		here  Here
		says  string
	}{
		"a newer one is refused":               {path: copied, here: Here{Schema: 2}, says: "made by a newer Quillium, v2.0.0 (schema 3; this one knows 2)"},
		"one of pg_dump wants pg_restore":      {path: dumped, here: Here{Schema: 3, PostgreSQL: 16}, says: "there is no pg_restore of PostgreSQL 16 here"},
		"one of pg_dump wants no older one":    {path: dumped, here: Here{Schema: 3, PostgreSQL: 14, Restorer: &press{}}, says: "pg_dump of PostgreSQL 15, and the database is of 14"},
		"a database with people in it is kept": {path: copied, here: Here{Schema: 3}, there: Residents{Filled: []string{"users", "chats"}}, says: "there are rows in users, chats"},
		"one that a server uses is kept":       {path: copied, here: Here{Schema: 3}, there: Residents{Servers: 1}, says: "stop it first"},
		"an empty one is taken":                {path: copied, here: Here{Schema: 3}},
		"so are the remains of a restore": {path: dumped, here: Here{Schema: 3, PostgreSQL: 15, Restorer: &press{}},
			there: Residents{Filled: []string{"users"}, Unfinished: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := &room{there: each.there}
			_, err := Check(t.Context(), opened(t, each.path), target, each.here)
			if each.says == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, each.says)
			}
			require.Empty(t, target.done, "nothing is changed")
		})
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	dumped := written(t, newShelf(), Options{Dumper: &press{}})
	run := func(t *testing.T, target *room) (*press, error) {
		restorer := &press{}
		plan, err := Check(t.Context(), opened(t, dumped), target, Here{Schema: 4, PostgreSQL: 15, Restorer: restorer})
		require.NoError(t, err)
		return restorer, plan.Run(t.Context())
	}
	t.Run("what pg_dump wrote, pg_restore reads", func(t *testing.T) {
		t.Parallel()
		target := &room{}
		restorer, err := run(t, target)
		require.NoError(t, err)
		require.Equal(t, "dump of 00000003-1", restorer.text)
		require.Equal(t, []string{"clear", "settle e", "migrate to 4"}, target.done)
	})
	for _, step := range []string{"settle e", "migrate to 4"} {
		t.Run("a failure at "+step+" empties the database again", func(t *testing.T) {
			t.Parallel()
			target := &room{fails: step}
			_, err := run(t, target)
			require.ErrorContains(t, err, "stuck")
			require.Equal(t, "clear", target.done[len(target.done)-1])
		})
	}
}

func TestPrograms(t *testing.T) {
	t.Parallel()
	t.Run("the password is in no argument, and what only pgx knows is left out", func(t *testing.T) {
		t.Parallel()
		for _, address := range []string{
			"postgres://ada:hunter2@db.example:5433/name?sslmode=require&pool_max_conns=3&default_query_exec_mode=exec",
			"postgres://ada@db.example:5433/name?sslmode=require&password=hunter2",
		} {
			shown, password, err := Programs{URL: address}.connection()
			require.NoError(t, err)
			require.Equal(t, "postgres://ada@db.example:5433/name?sslmode=require", shown)
			require.Equal(t, "hunter2", password)
		}
	})
	t.Run("what a program says before it fails is told", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "pg_dump")
		require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\necho no such table >&2\nexit 3\n"), 0o700))
		err := Programs{DumpPath: path, URL: "postgres://u:hunter2@h/d"}.Dump(t.Context(), "1", io.Discard)
		require.ErrorIs(t, err, app.ErrUnavailable)
		require.ErrorContains(t, err, "no such table")
		require.NotContains(t, err.Error(), "hunter2")
	})
}
