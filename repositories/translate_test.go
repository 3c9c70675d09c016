package repositories

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func TestTranslate(t *testing.T) {
	t.Parallel()
	state := func(code string) error { return fmt.Errorf("scan: %w", &pgconn.PgError{Code: code, Message: "said"}) }
	for name, c := range map[string]struct {
		err  error
		want app.Code
	}{
		"no row":                           {pgx.ErrNoRows, app.CodeNotFound},
		"a taken key":                      {state("23505"), app.CodeConflict},
		"a reference to nothing":           {state("23503"), app.CodeNotFound},
		"a text with NUL":                  {state("22021"), app.CodeInvalidInput},
		"no uuid":                          {state("22P02"), app.CodeInvalidInput},
		"a value out of bounds":            {state("23514"), app.CodeInvalidInput},
		"a deadlock":                       {state("40P01"), app.CodeUnavailable},
		"too many connections":             {state("53300"), app.CodeUnavailable},
		"a full disk":                      {state("53100"), app.CodeUnavailable},
		"ended by an administrator":        {state("57P01"), app.CodeUnavailable},
		"starting up":                      {state("57P03"), app.CodeUnavailable},
		"a connection that failed":         {state("08006"), app.CodeUnavailable},
		"a replica":                        {state("25006"), app.CodeUnavailable},
		"a mistake of ours":                {state("42601"), app.CodeInternal},
		"no state at all":                  {state(""), app.CodeInternal},
		"nobody listens":                   {&pgconn.ConnectError{}, app.CodeUnavailable},
		"broken off":                       {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), app.CodeUnavailable},
		"hung up":                          {io.EOF, app.CodeUnavailable},
		"reset by the peer":                {&net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, app.CodeUnavailable},
		"closed under our hands":           {net.ErrClosed, app.CodeUnavailable},
		"too slow":                         {context.DeadlineExceeded, app.CodeUnavailable},
		"given up":                         {context.Canceled, app.CodeUnavailable},
		"anything else":                    {errors.New("what?"), app.CodeInternal},
		"what has a code keeps it":         {fmt.Errorf("chats: %w", app.ErrForbidden), app.CodeForbidden},
		"what has a code is not looked at": {fmt.Errorf("%w: %w", app.ErrTooLarge, io.EOF), app.CodeTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := translate("chats: get", c.err)
			require.Equal(t, c.want, app.AsError(got).Code)
			require.NotContains(t, app.AsError(got).Message, "said", "what the database says is for the log")
			if c.want != app.CodeNotFound {
				require.ErrorIs(t, got, c.err)
			}
		})
	}
	require.NoError(t, translate("chats: get", nil))
	require.ErrorContains(t, translate("chats: get", errors.New("what?")), "chats: get: what?")
}
