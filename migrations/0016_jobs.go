package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// programmed are the migrations that are no SQL of our own. Each has a file
// with its number, as the others have.
func programmed() []*goose.Migration {
	return []*goose.Migration{
		goose.NewGoMigration(16, &goose.GoFunc{RunDB: jobsTo(8)}, nil),
	}
}

// jobsTo brings the tables of the job queue to a version of River's own
// migrations. A number in here never changes: a River that needs more gets a
// migration of its own. Done twice it does nothing.
func jobsTo(version int) func(context.Context, *sql.DB) error {
	return func(ctx context.Context, db *sql.DB) error {
		conn, err := db.Conn(ctx)
		if err != nil {
			return fmt.Errorf("jobs: connect: %w", err)
		}
		defer func() { _ = conn.Close() }()
		return conn.Raw(func(raw any) error {
			bare, is := raw.(*stdlib.Conn)
			if !is {
				return errors.New("jobs: this is no connection of pgx")
			}
			migrator, err := rivermigrate.New(riverpgxv5.New(nil), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				return fmt.Errorf("jobs: %w", err)
			}
			// One transaction each: the sixth uses a value that the fourth adds to
			// a type, which has to be committed first.
			for step := 1; step <= version; step++ {
				err := pgx.BeginFunc(ctx, bare.Conn(), func(tx pgx.Tx) error {
					_, err := migrator.MigrateTx(ctx, tx, rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{TargetVersion: step}) //nolint:staticcheck // several at once are what it is deprecated for
					return err
				})
				if err != nil {
					return fmt.Errorf("jobs: %w", err)
				}
			}
			return nil
		})
	}
}
