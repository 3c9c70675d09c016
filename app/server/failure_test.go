package server

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

func TestFailure(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ cause, want string }{
		"one line":          {"refused", "No. (refused)"},
		"several attempts":  {"attempts:\n\ta refused\n\ta refused\n\tb refused", "No. (a refused; b refused)"},
		"only once, in two": {"attempts:\n\trefused", "No. (refused)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cause := errors.New(row.cause)
			err := error(&failure{says: "No.", cause: cause})
			require.EqualError(t, err, row.want)
			require.ErrorIs(t, err, cause)
		})
	}
}

func TestNoDatabase(t *testing.T) {
	t.Parallel()
	there := strings.ReplaceAll(pgtest.URL(t), "sslmode=disable", "")
	for name, row := range map[string]struct{ url, want string }{
		"nobody listens":            {"postgres://u:hunter2@127.0.0.1:1/d", "nothing listens there. Start what should listen"},
		"two, and neither listens":  {"postgres://u:hunter2@127.0.0.1:1,127.0.0.1:2/d", "nothing listens there. Start what should listen"},
		"no such name":              {"postgres://u:hunter2@database.invalid/d", "the name database.invalid is not known. Correct the name"},
		"an option that is not one": {"postgres://u:hunter2@127.0.0.1:1/d?sslmode=hunter", "The database of DATABASE_URL cannot be used. Check the address and the log of PostgreSQL. (database: the address cannot be read: sslmode is invalid)"},
		"a password as an option":   {"postgres://u@127.0.0.1:1/d?password=hunter2&pool_max_conns=many", "Check the address"},
		"no such database":          {there[:strings.LastIndex(there, "/")] + "/none" + there[strings.LastIndex(there, "?"):], "does not exist. Make it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := repositories.Open(t.Context(), row.url, 2)
			require.Error(t, err)
			said := noDatabase(err).Error()
			require.Contains(t, said, row.want)
			require.NotContains(t, said, "hunter2")
			require.NotContains(t, said, "\n")
		})
	}
}

func TestNoListener(t *testing.T) {
	t.Parallel()
	for want, cause := range map[string]error{
		"Port 80 is taken, by another program or by a Quillium that runs already. Stop that one, or set PORT to another port.": syscall.EADDRINUSE,
		"Port 80 is not for this user. Set PORT to one from 1024 on, and let a reverse proxy lead to it.":                      syscall.EACCES,
		"a.example is no address of this machine. Set HOST to 127.0.0.1 for this machine alone":                                syscall.EADDRNOTAVAIL,
		"a.example is no address of this machine.":                                                                             &net.DNSError{Name: "a.example"},
		"Quillium cannot listen on a.example:80. Set PORT to":                                                                  syscall.EMFILE,
	} {
		t.Run(cause.Error(), func(t *testing.T) {
			t.Parallel()
			err := noListener("a.example:80", "HOST", "PORT", &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", cause)})
			require.ErrorContains(t, err, want)
			require.ErrorIs(t, err, cause)
		})
	}
}
