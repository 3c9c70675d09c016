package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/quillium/quillium/app/database"
)

// shared is what a test needs to know of the server.
type shared struct {
	url, admin, template string
	pid                  int
}

// base is the folder of the shared server: one for each user and clone.
type base struct{ dir string }

// join makes this process a user of the server and starts it where none runs.
// Processes and tests take turns at the start lock.
func join(ctx context.Context) (shared, error) {
	b, err := openBase()
	if err != nil {
		return shared{}, err
	}
	unlock, err := b.lock()
	if err != nil {
		return shared{}, err
	}
	defer unlock()
	ours, err := b.register()
	if err != nil {
		return shared{}, err
	}
	if err := b.awaitStopping(ctx); err != nil {
		return shared{}, err
	}
	options, err := b.options()
	if err != nil {
		return shared{}, err
	}
	server, err := database.Running(ctx, options)
	fresh := err != nil
	if fresh {
		if err := b.forget(ours); err != nil {
			return shared{}, err
		}
		server, err = database.Start(ctx, options)
	}
	if err != nil {
		return shared{}, err
	}
	// Detached: this ends the handle, not the server.
	defer func() { _ = server.Stop(ctx) }()
	found := shared{url: server.URL(), admin: server.AdminURL(), pid: server.PID()}
	if err := b.keep(server); err != nil {
		return shared{}, err
	}
	found.template, err = ensureTemplate(ctx, found, fresh)
	return found, err
}

// openBase makes the folder. Its name is known to all, so it has to be ours.
func openBase() (base, error) {
	module, err := moduleRoot()
	if err != nil {
		return base{}, err
	}
	sum := sha256.Sum256([]byte(module))
	name := fmt.Sprintf("quillium-pgtest-%d-%s", os.Geteuid(), hex.EncodeToString(sum[:4]))
	b := base{dir: filepath.Join(os.TempDir(), name)}
	if err := os.Mkdir(b.dir, 0o711); err != nil && !errors.Is(err, fs.ErrExist) { //nolint:gosec // PostgreSQL's user passes
		return base{}, err
	}
	info, err := os.Lstat(b.dir)
	if err != nil {
		return base{}, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(stat.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
		return base{}, fmt.Errorf("%s is not a folder of ours", b.dir)
	}
	return b, os.MkdirAll(b.users(), 0o700)
}

// moduleRoot walks up to the folder with go.mod: tests run in the folder of
// their package.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod above the working folder")
		}
		dir = filepath.Dir(dir)
	}
}

func (b base) users() string    { return filepath.Join(b.dir, "users") }
func (b base) stopping() string { return filepath.Join(b.dir, "stopping") }

// lock takes the start lock and waits for it.
func (b base) lock() (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(b.dir, "start.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX) //nolint:gosec // a descriptor fits
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return func() {
		// A child between fork and exec may still have the file open.
		_ = unix.Flock(int(file.Fd()), unix.LOCK_UN) //nolint:gosec // a descriptor fits
		_ = file.Close()
	}, nil
}

// register says that this process uses the server, until it ends. Every word has
// a name of its own, so that the keeper, who takes away those of the dead, never
// takes away a new one.
func (b base) register() (string, error) {
	path := filepath.Join(b.users(), strconv.Itoa(os.Getpid())+"."+rand.Text())
	return path, os.WriteFile(path, nil, 0o600)
}

// forget takes away what users of an earlier server said, but for ours.
func (b base) forget(ours string) error {
	all, err := filepath.Glob(filepath.Join(b.users(), "*"))
	for _, path := range all {
		if path == ours {
			continue
		}
		// A keeper may be at it, too.
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}

// options are those of a server whose data may be lost at any time.
func (b base) options() (database.Options, error) {
	path := filepath.Join(b.dir, "password")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(rand.Text())
		err = os.WriteFile(path, text, 0o600)
	}
	return database.Options{
		DataDir: b.dir, BinDir: os.Getenv("QUILLIUM_PG_BIN"),
		Password: strings.TrimSpace(string(text)), Detached: true,
		Settings: map[string]string{
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
			"max_connections": "200", "shared_buffers": "64MB",
		},
	}, err
}
