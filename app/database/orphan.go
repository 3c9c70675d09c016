package database

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
)

const (
	// settleTime is how long an orphan has to stay ready before it is believed
	// to stay: one whose owner was just killed is about to end.
	settleTime = 500 * time.Millisecond
	// zombiePatience is how long an ended postmaster may go unburied.
	zombiePatience = 5 * time.Second
	// look is how often an orphan is looked at.
	look = 20 * time.Millisecond
)

// adoptOrphan deals with what an earlier owner left behind. A server that
// stays, on our data and of our user, is adopted; one that is ending is waited
// for, and so is a zombie. Where nothing is left, both results are nil.
func adoptOrphan(ctx context.Context, o Options, p place) (*Server, error) {
	begin, readySince := time.Now(), time.Time{}
	for {
		file, ok := p.readPidFile()
		if !ok {
			return nil, nil
		}
		found, alive := p.postmaster(file.pid)
		switch {
		case !alive, found.zombie && time.Since(begin) > zombiePatience:
			return nil, p.disown()
		case found.uid != p.account.id():
			return nil, app.Errorf(app.CodeConflict, "A PostgreSQL of the user id %d, pid %d, runs on %s; end it first.", found.uid, file.pid, p.data())
		case found.zombie || file.status != "ready":
			readySince = time.Time{}
		case readySince.IsZero():
			readySince = time.Now()
		case time.Since(readySince) > settleTime:
			server, err := attach(ctx, o, p)
			if err == nil {
				o.Log.Info("database: took over a running PostgreSQL", "folder", p.root, "pid", server.pid)
			}
			return server, err
		}
		if err := pause(ctx, look); err != nil {
			return nil, err
		}
	}
}

// attach makes a Server of a postmaster that runs already, after checking that
// it is the one of this place.
func attach(ctx context.Context, o Options, p place) (*Server, error) {
	file, ok := p.readPidFile()
	if !ok || file.status != "ready" {
		return nil, app.Errorf(app.CodeUnavailable, "The database in %s is not running, or not ready yet.", p.root)
	}
	found, alive := p.postmaster(file.pid)
	if !alive || found.zombie || found.uid != p.account.id() || !isPrivate(file.socket, p.account.id()) {
		return nil, app.Errorf(app.CodeUnavailable, "The PostgreSQL that runs on %s, pid %d, is not Quillium's.", p.root, file.pid)
	}
	server := &Server{place: p, socket: file.socket, password: o.Password, pid: file.pid, log: o.Log,
		signal: func(sig stopSignal) error { return p.signal(file.pid, sig) }}
	if err := server.checkData(ctx); err != nil {
		return nil, err
	}
	server.exited, server.unwatch = p.watch(file.pid)
	return server, nil
}

// signal signals a postmaster that is no child of ours, if it is still that.
func (p place) signal(pid int, sig stopSignal) error {
	if _, alive := p.postmaster(pid); !alive {
		return nil
	}
	return syscall.Kill(pid, sig)
}

// checkData asks the server itself which data it serves.
func (s *Server) checkData(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.AdminURL())
	if err != nil {
		return s.explainConnect(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var dir string
	if err := conn.QueryRow(ctx, "show data_directory").Scan(&dir); err != nil {
		return fmt.Errorf("database: data directory: %w", err)
	}
	if real, err := filepath.EvalSymlinks(dir); err != nil || real != s.place.realData() {
		return app.Errorf(app.CodeUnavailable, "The PostgreSQL at %s serves other data, %s.", s.socket, dir)
	}
	return nil
}

// watch closes its channel when a postmaster that is no child of ours has
// ended, and looks until then or until it is told not to.
func (p place) watch(pid int) (<-chan struct{}, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan struct{})
	go func() {
		for pause(ctx, look) == nil {
			if found, alive := p.postmaster(pid); !alive || found.zombie {
				close(gone)
				return
			}
		}
	}()
	return gone, cancel
}
