// Package migrations holds the schema of the database and brings a database
// up to it. Files are numbered, and only grow: one that has landed is never
// edited. It may import pgx, goose and River, whose tables it makes.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed 0*
var files embed.FS

// Files are the migrations themselves, for those who only want to read them.
func Files() fs.FS { return files }

// Newest is the version of the newest migration; 0 where there is none.
func Newest() int64 {
	names, _ := fs.Glob(files, "*") // the pattern is a good one
	newest := int64(0)
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err == nil {
			newest = max(newest, version)
		}
	}
	return newest
}

// Name is what a migration is about, from the name of its file; empty where
// there is none of this version.
func Name(version int64) string {
	names, _ := fs.Glob(files, fmt.Sprintf("%04d_*", version)) // the pattern is a good one
	for _, name := range names {
		name, _, _ = strings.Cut(name[strings.IndexByte(name, '_')+1:], ".")
		return strings.ReplaceAll(name, "_", " ")
	}
	return ""
}

// Up brings the database at this address to the newest schema and tells how
// many migrations ran. Many processes may call it at once: a session lock
// lets one work while the others wait.
func Up(ctx context.Context, config *pgx.ConnConfig) (int, error) {
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }()
	provider, err := newProvider(db)
	if err != nil {
		return 0, err
	}
	pending, err := provider.HasPending(ctx)
	if err == nil && !pending {
		return 0, nil
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return 0, explain(err)
	}
	return len(results), nil
}

// explain says what to do where a database of somebody else lacks what Quillium
// needs of it.
func explain(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) && strings.Contains(refused.Message, "pg_trgm") {
		switch refused.Code {
		case "42501":
			return fmt.Errorf("the role of Quillium may not add the extension pg_trgm to this database; run \"create extension pg_trgm\" "+
				"in it once as a superuser, or grant the role CREATE on the database, and start again: %w", err)
		case "0A000", "58P01":
			return fmt.Errorf("this PostgreSQL lacks the extension pg_trgm, which comes with it (some systems have it in a package "+
				"called postgresql-contrib); install it, and start again: %w", err)
		}
	}
	return fmt.Errorf("migrations: %w", err)
}

// UpTo brings the database at this address to the schema of one version, and
// no further; one that is there already stays.
func UpTo(ctx context.Context, config *pgx.ConnConfig, version int64) error {
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }()
	provider, err := newProvider(db)
	if err != nil {
		return err
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	return nil
}

// State is a migration, and when it was applied; never is the zero time.
type State = goose.MigrationStatus

// Status lists every migration, in order, with when it was applied.
func Status(ctx context.Context, config *pgx.ConnConfig) ([]*State, error) {
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }()
	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	return provider.Status(ctx)
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("migrations: lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker), goose.WithGoMigrations(programmed()...))
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return provider, nil
}
