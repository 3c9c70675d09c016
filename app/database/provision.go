package database

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/quillium/quillium/app"
)

// provision makes sure that the role can work in its database. Nearly always it
// can, and one connection tells; in a fresh cluster it cannot yet.
func (s *Server) provision(ctx context.Context) error {
	if s.fresh {
		return s.createRole(ctx)
	}
	err := s.try(ctx)
	switch sqlState(err) {
	case "28P01", "28000", "3D000":
		return s.createRole(ctx)
	default:
		return err
	}
}

// try connects as the role.
func (s *Server) try(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return fmt.Errorf("database: connect: %w", err)
	}
	return conn.Close(ctx)
}

// createRole makes the role and its database. Each step may have been done by
// a start that was cut short.
func (s *Server) createRole(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.AdminURL())
	if err != nil {
		return s.explainConnect(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	// Utility statements take no parameters; format quotes.
	var statement string
	err = conn.QueryRow(ctx, `select format(
			case when exists (select from pg_roles where rolname = $1) then 'alter' else 'create' end
			|| ' role %I login nosuperuser nocreatedb nocreaterole password %L', $1::text, $2::text)`,
		roleName, s.password).Scan(&statement)
	if err != nil {
		return fmt.Errorf("database: role: %w", err)
	}
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("database: role: %w", err)
	}
	_, err = conn.Exec(ctx, "create database "+roleName+" owner "+roleName)
	if err != nil && sqlState(err) != "42P04" { // 42P04: it is there
		return fmt.Errorf("database: create: %w", err)
	}
	return nil
}

// explainConnect makes a sentence of a refused connection.
func (s *Server) explainConnect(err error) error {
	if sqlState(err) == "28P01" {
		return app.Errorf(app.CodeConflict, "The database in %s was made with another password than the one in the secrets file; "+
			"put that file back, or move the folder away to begin anew. Nothing was changed.", s.place.root)
	}
	return fmt.Errorf("database: connect: %w", err)
}

func sqlState(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}
