// Package pgtest gives every test a PostgreSQL database of its own. All test
// processes of one user and clone share a server, which starts with the first
// and ends a moment after the last of them. It may import app/database,
// migrations and repositories, and is imported by tests only.
package pgtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/repositories"
)

const (
	// patience bounds everything that is asked of the server.
	patience = time.Minute
	// poolSize is how many connections a test's pool may open.
	poolSize = 4
)

// New opens a migrated database that nobody else uses. It is closed and dropped
// when the test ends.
func New(t testing.TB) *repositories.DB {
	t.Helper()
	address := URL(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	db, err := repositories.Open(ctx, address, poolSize)
	if err != nil {
		t.Fatalf("pgtest: open: %v", err)
	}
	t.Cleanup(db.Close)
	return db
}

// URL is the address of a migrated database that nobody else uses, for tests
// that start a whole program. It is dropped when the test ends, whoever is
// connected.
func URL(t testing.TB) string {
	t.Helper()
	return create(t, true)
}

// Empty is the address of a database with nothing in it, for tests of the
// migrations themselves. It is dropped like that of URL.
func Empty(t testing.TB) string {
	t.Helper()
	return create(t, false)
}

func create(t testing.TB, migrated bool) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	found, err := join(ctx)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	template := "template0"
	if migrated {
		template = found.template
	}
	name := databasePrefix + strconv.Itoa(os.Getpid()) + "_" + strings.ToLower(rand.Text())
	// Copying files beats writing everything to the log first: there is no fsync.
	if err := execute(ctx, found.admin, "create database "+name+" template "+template+" owner quillium strategy file_copy"); err != nil {
		t.Fatalf("pgtest: create: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := execute(ctx, found.admin, "drop database "+name+" with (force)"); err != nil {
			t.Errorf("pgtest: drop: %v", err)
		}
	})
	return withDatabase(found.url, name)
}

// execute runs one statement on a connection of its own.
func execute(ctx context.Context, address, statement string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

// withDatabase is an address with the name of another database.
func withDatabase(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.Path = "/" + name
	return u.String()
}
