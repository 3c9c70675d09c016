package database

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// startPatience is how long a start is tried again while the remains of a
// killed server are still going away.
const startPatience = 10 * time.Second

// own makes this process the server's owner. What it was given to hold the
// place with is released where that fails.
func own(ctx context.Context, o Options, p place, release func()) (server *Server, err error) {
	defer func() {
		if err != nil {
			release()
		}
	}()
	if p.account != nil && p.account.name == "nobody" {
		o.Log.Warn("database: there is no user postgres, so PostgreSQL runs as nobody", "folder", p.root)
	}
	begin := time.Now()
	server, err = adoptOrphan(ctx, o, p)
	if err != nil {
		return nil, err
	}
	if server == nil {
		if server, err = p.launch(ctx, o); err != nil {
			return nil, err
		}
	}
	server.release = release
	if err := server.provision(ctx); err != nil {
		_ = server.Stop(context.WithoutCancel(ctx))
		return nil, err
	}
	o.Log.Info("database: PostgreSQL is ready", "folder", p.root, "pid", server.pid, "took", time.Since(begin).Round(time.Millisecond))
	if o.Detached {
		release()
		server.release = nil
	}
	return server, nil
}

// launch makes the cluster where there is none and starts PostgreSQL on it.
func (p place) launch(ctx context.Context, o Options) (*Server, error) {
	major := 0
	if p.hasCluster() {
		var err error
		if major, err = p.clusterMajor(); err != nil {
			return nil, err
		}
	}
	found, err := find(ctx, o, major)
	if err != nil {
		return nil, err
	}
	if found, err = p.within(o, found); err != nil {
		return nil, err
	}
	if major == 0 {
		if err := p.createCluster(ctx, found, o.Password, locales(found.major)); err != nil {
			return nil, err
		}
	}
	socket, err := p.socketFolder()
	if err != nil {
		return nil, err
	}
	patience := time.Now().Add(startPatience)
	for {
		c, said, err := p.tryLaunch(ctx, o, found, socket)
		if err == nil {
			return &Server{
				place: p, socket: socket, password: o.Password, pid: c.pid, exited: c.done, fresh: major == 0, log: o.Log,
				signal: c.signal, unwatch: func() {},
			}, nil
		}
		if ctx.Err() != nil || !leftover(said) || time.Now().After(patience) {
			return nil, err
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// leftover recognises the complaint that processes of a killed server are
// still there.
func leftover(said string) bool {
	return strings.Contains(said, "pre-existing shared memory block") || strings.Contains(said, "lock file")
}

// tryLaunch starts a postmaster and waits until it is ready. When it fails, what
// it said is returned too.
func (p place) tryLaunch(ctx context.Context, o Options, found programs, socket string) (*child, string, error) {
	// Nobody else can be at this socket: the owner file is ours and no
	// postmaster runs. Its lock file may name a number that is in use again.
	_ = os.Remove(filepath.Join(socket, socketFile))
	_ = os.Remove(filepath.Join(socket, socketFile+".lock"))
	log, err := p.openLog()
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = log.Close() }()
	begin, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, "", fmt.Errorf("database: log: %w", err)
	}
	cmd := p.command(found.postgres(), p.arguments(o, found.major, socket)...)
	cmd.Stdout, cmd.Stderr = log, log
	death := fastStop
	if o.Detached {
		death = 0
	}
	cmd.SysProcAttr = attributes(p.account, death)
	c, err := spawn(cmd)
	if err != nil {
		return nil, "", explain(found.postgres(), "", err)
	}
	if err := p.awaitReady(ctx, c); err != nil {
		said := make([]byte, 8192)
		n, _ := log.ReadAt(said, begin)
		return nil, string(said[:n]), explain(found.postgres(), string(said[:n]), err)
	}
	return c, "", nil
}

// awaitReady waits until the postmaster takes connections. A recovery may take
// its time; a context that ends stops it.
func (p place) awaitReady(ctx context.Context, c *child) error {
	ticker := time.NewTicker(3 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-c.done:
			return fmt.Errorf("database: PostgreSQL ended while it started: %w", c.err)
		case <-ctx.Done():
			_ = c.signal(quickStop)
			<-c.done
			return context.Cause(ctx)
		case <-ticker.C:
		}
		if file, ok := p.readPidFile(); ok && file.pid == c.pid && file.status == "ready" {
			return nil
		}
	}
}

// arguments are what postgres is started with: small, silent about content,
// deaf to the network.
func (p place) arguments(o Options, major int, socket string) []string {
	settings := map[string]string{
		"listen_addresses": "", "port": port,
		"unix_socket_directories": socket, "unix_socket_permissions": "0700",
		"shared_buffers": "16MB", "max_connections": "50", "huge_pages": "off",
		"max_wal_senders": "0", "wal_level": "minimal", "min_wal_size": "32MB", "max_wal_size": "512MB",
		"max_logical_replication_workers": "0", "max_parallel_workers_per_gather": "0", "jit": "off",
		"timezone": "UTC", "log_timezone": "UTC", "lc_messages": "C", "cluster_name": "quillium",
		// Errors go to whoever asked. Their text can hold what people wrote, so
		// the log has only what the server says of itself.
		"logging_collector": "off", "log_destination": "stderr", "log_min_messages": "log",
		"log_min_error_statement": "panic", "log_error_verbosity": "terse", "log_checkpoints": "off",
	}
	if major >= 18 {
		// The other way keeps three more processes.
		settings["io_method"] = "sync"
	}
	maps.Copy(settings, o.Settings)
	args := []string{"-D", p.data()}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

// openLog opens PostgreSQL's log to write at its end, and begins anew where it
// has grown long.
func (p place) openLog() (*os.File, error) {
	path := filepath.Join(p.root, "postgres.log")
	flags := os.O_RDWR | os.O_CREATE | os.O_APPEND
	if info, err := os.Stat(path); err == nil && info.Size() > 1<<20 {
		flags |= os.O_TRUNC
	}
	file, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, p.forbidden(err)
	}
	// Whoever the folder belongs to may start it next time.
	if err := p.account.own(path); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("database: log: %w", err)
	}
	return file, nil
}
