package repositories

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/quillium/quillium/app"
)

// translate is where pgx errors stop. No row is not_found; a unique key that
// is taken is conflict; what a client's text could cause is invalid_input; a
// database that is away, or gives up for lack of something, is unavailable.
// Whatever is left keeps its cause and is nobody's fault but ours.
func translate(what string, err error) error {
	if err == nil {
		return nil
	}
	var domain *app.Error
	if errors.As(err, &domain) {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return app.ErrNotFound
	}
	wrapped := fmt.Errorf("%s: %w", what, err)
	// First: a connection that is refused carries a SQLSTATE of its own, which
	// is about no statement.
	if isAway(err) {
		return with(app.ErrUnavailable, wrapped)
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return fromState(refused.Code, wrapped)
	}
	return wrapped
}

// isAway tells whether a connection could not be had, broke off in the middle
// of a statement, or was given up.
func isAway(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) {
		return true
	}
	for _, sign := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, sign) {
			return true
		}
	}
	return false
}

// fromState maps a SQLSTATE (PostgreSQL, appendix A) to a domain error.
func fromState(state string, cause error) error {
	switch state {
	case "23505":
		return with(app.ErrConflict, cause)
	case "23503":
		return with(app.ErrNotFound, cause)
	case "22021", "22P02", "22P05", "22001", "23514":
		return with(app.ErrInvalidInput, cause)
	}
	// Connections, resources, operator intervention and conflicts between
	// transactions; and a primary that has become somebody's replica.
	for _, class := range []string{"08", "53", "57", "40", "25006"} {
		if strings.HasPrefix(state, class) {
			return with(app.ErrUnavailable, cause)
		}
	}
	return cause
}

func with(kind *app.Error, cause error) error {
	return &app.Error{Code: kind.Code, Message: kind.Message, Cause: cause}
}

// ignore turns one kind of refusal into nothing.
func ignore(err error, kind *app.Error) error {
	if errors.Is(err, kind) {
		return nil
	}
	return err
}
