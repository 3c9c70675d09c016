package server

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/quillium/quillium/app"
)

// nodeFile holds the id of the node that a data folder belongs to.
const nodeFile = "node"

// claimNode gives this process the id that the life before it had here, so
// that it can take back at once what that one left. A second process on the
// same folder gets an id of its own.
func claimNode(folder string) (app.NodeID, func(context.Context) error, error) {
	nothing := func(context.Context) error { return nil }
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", nothing, err
	}
	file, err := os.OpenFile(filepath.Join(folder, nodeFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", nothing, err
	}
	release := func(context.Context) error { return file.Close() } // the lock goes with it
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)    //nolint:gosec // a file descriptor fits
	if errors.Is(err, unix.EWOULDBLOCK) {
		return app.NewID[app.NodeID](), nothing, file.Close()
	}
	if err != nil {
		return "", nothing, errors.Join(err, file.Close())
	}
	text := make([]byte, 64)
	n, _ := file.ReadAt(text, 0) // io.EOF is what a short file gives
	if id, err := app.ParseID[app.NodeID](strings.TrimSpace(string(text[:n]))); err == nil {
		return id, release, nil
	}
	id := app.NewID[app.NodeID]()
	if _, err := file.WriteAt([]byte(id+"\n"), 0); err != nil {
		return "", nothing, errors.Join(err, file.Close())
	}
	return id, release, nil
}
