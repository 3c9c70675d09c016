// Package database runs Quillium's own PostgreSQL, for when no DATABASE_URL is
// set: it finds the programs, makes the cluster, starts the server as a child
// of this process behind a Unix socket, and stops it again. It may import pgx,
// and speaks SQL only about roles and databases.
package database

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/quillium/quillium/app"
)

const (
	// roleName is what Quillium works as: no superuser, owner of its database.
	roleName = "quillium"
	// superuser made the cluster; it is used only to make the role.
	superuser = "postgres"
	// attachPatience is how long a command-line tool waits for a server that
	// somebody else is just starting.
	attachPatience = 30 * time.Second
	// commandPatience is how long a server waits for a command to be done.
	commandPatience = 20 * time.Second
)

// Options say where the database lives and how it is to be run.
type Options struct {
	// DataDir is QUILLIUM_DATA; the database makes a folder of its own in it.
	DataDir string
	// BinDir is QUILLIUM_PG_BIN, a folder with initdb and postgres; empty
	// searches for them.
	BinDir string
	// Password is that of the database's roles. The caller keeps it.
	Password string
	// Adopt lets a command-line tool use a server that another process owns.
	// Without it, such a server is a conflict.
	Adopt bool
	// Command says that this is a command-line tool, which will soon be done: a
	// server that is started meanwhile waits for it.
	Command bool
	// Detached makes a server that outlives this process and has no owner;
	// whoever starts it has to see that it ends. For test servers.
	Detached bool
	// Settings are added to, and win over, the settings PostgreSQL is started
	// with.
	Settings map[string]string
	// Log hears what happens; nil is silence.
	Log *slog.Logger

	// shared replaces /var/lib/quillium in tests.
	shared string
}

// Server is a running PostgreSQL.
type Server struct {
	place    place
	socket   string
	password string
	pid      int
	exited   <-chan struct{}
	// fresh is a cluster that this start has made.
	fresh  bool
	signal func(sig stopSignal) error
	// unwatch ends the look-out for the end of a server that is no child.
	unwatch func()
	// release gives the owner file free; nil where somebody else owns it.
	release func()
	log     *slog.Logger
}

// Start makes the cluster where there is none, starts PostgreSQL and answers
// once the role quillium can work in its database. A server that another
// process owns is a conflict, unless Options.Adopt is set. A cluster of another
// major version is a conflict too, and is left as it is. Where no program is
// found, or PostgreSQL does not start, the error is unavailable and says what
// to do.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Password == "" || strings.ContainsFunc(o.Password, func(r rune) bool { return r < ' ' }) {
		return nil, app.Errorf(app.CodeInvalidInput, "The password of the database has to be one line of text.")
	}
	p, err := locate(o)
	if err != nil {
		return nil, err
	}
	begin, told := time.Now(), false
	for {
		release, other, err := p.claim(o.Command)
		switch {
		case err != nil:
			return nil, err
		case release != nil:
			return own(ctx, o, p, release)
		case o.Adopt:
			server, err := p.adopt(ctx, o)
			if err == nil || errors.Is(err, app.ErrConflict) || time.Since(begin) > attachPatience {
				return server, err
			}
		case o.Command || !other.command || time.Since(begin) > commandPatience:
			return nil, p.taken(other)
		case !told:
			o.Log.Info("database: waiting for a command to be done with it", "pid", other.pid, "folder", p.root)
			told = true
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// adopt uses a server that another process owns.
func (p place) adopt(ctx context.Context, o Options) (*Server, error) {
	server, err := attach(ctx, o, p)
	if err != nil {
		return nil, err
	}
	if err := server.try(ctx); err != nil {
		server.unwatch()
		return nil, err
	}
	return server, nil
}

// taken says who keeps us from the database.
func (p place) taken(by holder) error {
	if by.command {
		return app.Errorf(app.CodeConflict, "A command, pid %s, uses the database in %s; try again when it is done.", by.pid, p.root)
	}
	return app.Errorf(app.CodeConflict, "Quillium is already running here, pid %s; its database is in %s.", by.pid, p.root)
}

// Running finds a server that runs on these options' data, whoever owns it. It
// starts nothing: where none runs, or it is not ready yet, the error is
// unavailable.
func Running(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p, err := locate(o)
	if err != nil {
		return nil, err
	}
	return attach(ctx, o, p)
}

// URL is the address of the database quillium for the role quillium. It holds
// the password.
func (s *Server) URL() string { return address(s.socket, roleName, s.password, roleName) }

// AdminURL is the address of the database postgres for the superuser. It holds
// the password. For test servers, which make databases.
func (s *Server) AdminURL() string { return address(s.socket, superuser, s.password, superuser) }

// DataDir is the folder that everything of this database lives in.
func (s *Server) DataDir() string { return s.place.root }

// PID is the process id of the postmaster.
func (s *Server) PID() int { return s.pid }

// Exited is closed when PostgreSQL has ended, asked to or not; after Stop, only
// where this process owned it.
func (s *Server) Exited() <-chan struct{} { return s.exited }

func address(socket, role, password, name string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(role, password), Path: "/" + name,
		RawQuery: url.Values{"host": {socket}, "port": {port}, "sslmode": {"disable"}}.Encode(),
	}
	return u.String()
}

// pause waits, or fails with the context.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
