package server

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/quillium/quillium/app/doctor"
)

// failure is why a start did not work: a sentence that says what to do, and
// the words of the cause in brackets.
type failure struct {
	says  string
	cause error
}

// Error tells the sentence, and on the same line the cause: each of its lines
// once, since a database's driver tells every attempt, and the first of
// several only says that there were some.
func (f *failure) Error() string {
	lines := strings.Split(f.cause.Error(), "\n")
	if len(lines) > 1 {
		lines = lines[1:]
	}
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return f.says + " (" + strings.Join(slices.Compact(lines), "; ") + ")"
}

func (f *failure) Unwrap() error { return f.cause }

// noDatabase explains why the database of DATABASE_URL cannot be used.
func noDatabase(err error) error {
	says, do := doctor.WhyNoDatabase(err)
	if says == "" {
		says, do = "The database of DATABASE_URL cannot be used.", "Check the address and the log of PostgreSQL."
	}
	return &failure{says: says + " " + do, cause: err}
}

// noListener explains why nobody can listen at an address; hostIn and portIn
// name the variables that it comes from.
func noListener(address, hostIn, portIn string, err error) error {
	host, port, _ := net.SplitHostPort(address) // config.Validate has seen it
	var name *net.DNSError
	says := fmt.Sprintf("Quillium cannot listen on %s. Set %s to a port that it can use.", address, portIn)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		says = fmt.Sprintf("Port %s is taken, by another program or by a Quillium that runs already. Stop that one, or set %s to another port.", port, portIn)
	case errors.Is(err, syscall.EACCES):
		says = fmt.Sprintf("Port %s is not for this user. Set %s to one from 1024 on, and let a reverse proxy lead to it.", port, portIn)
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.As(err, &name):
		says = fmt.Sprintf("%s is no address of this machine. Set %s to 127.0.0.1 for this machine alone, or to 0.0.0.0 for everybody who reaches it.", host, hostIn)
	}
	return &failure{says: says, cause: err}
}
