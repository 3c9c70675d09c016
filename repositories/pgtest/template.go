package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/migrations"
)

const (
	// databasePrefix begins the names of tests' databases.
	databasePrefix = "test_"
	// templatePrefix begins the names of what they are copied from.
	templatePrefix = "migrated_"
)

// ensureTemplate makes the database that tests' databases are copied from. Its
// name is drawn from the migrations, so one of older ones is never used. The
// start lock is held.
func ensureTemplate(ctx context.Context, found shared, fresh bool) (string, error) {
	name, err := templateName(migrations.Files())
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, found.admin)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	if fresh {
		if err := sweep(ctx, conn, name); err != nil {
			return "", err
		}
	}
	// A template is closed once it is whole.
	var whole bool
	err = conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1 and not datallowconn)", name).Scan(&whole)
	if err != nil || whole {
		return name, err
	}
	for _, statement := range []string{
		"drop database if exists " + name + " with (force)",
		"create database " + name + " owner quillium",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return "", fmt.Errorf("template: %w", err)
		}
	}
	config, err := pgx.ParseConfig(withDatabase(found.url, name))
	if err != nil {
		return "", err
	}
	if _, err := migrations.Up(ctx, config); err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "alter database "+name+" allow_connections false")
	return name, err
}

// sweep drops what killed tests and older migrations left. The server has just
// started, so nobody uses them.
func sweep(ctx context.Context, conn *pgx.Conn, template string) error {
	rows, err := conn.Query(ctx, "select datname from pg_database where datname <> $1 and (starts_with(datname, $2) or starts_with(datname, $3))",
		template, databasePrefix, templatePrefix)
	if err != nil {
		return fmt.Errorf("leftovers: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("leftovers: %w", err)
	}
	for _, name := range names {
		if _, err := conn.Exec(ctx, "drop database "+name+" with (force)"); err != nil {
			return fmt.Errorf("leftovers: %w", err)
		}
	}
	return nil
}

// templateName is drawn from the names and the texts of all migrations.
func templateName(files fs.FS) (string, error) {
	names, err := fs.Glob(files, "*")
	if err != nil {
		return "", err
	}
	var all strings.Builder
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&all, "%s %d\n%s", name, len(text), text)
	}
	sum := sha256.Sum256([]byte(all.String()))
	return templatePrefix + hex.EncodeToString(sum[:6]), nil
}
