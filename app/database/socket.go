package database

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	// port only names the socket's file; nothing listens on a network.
	port = "5432"
	// socketFile is what PostgreSQL calls its socket.
	socketFile = ".s.PGSQL." + port
	// longestSocket is how many bytes a socket's path may have on every
	// system: macOS has room for 103 and the closing zero.
	longestSocket = 103
)

// fits tells whether a socket can be there. PostgreSQL and its clients read a
// comma as the end of one folder and the start of another.
func fits(dir string) bool {
	return len(filepath.Join(dir, socketFile)) <= longestSocket && !strings.ContainsAny(dir, `,"`)
}

// socketFolder makes the folder for the socket: in the database's own, or, where
// that path does not fit, a temporary one that a note in it remembers.
func (p place) socketFolder() (string, error) {
	dir := filepath.Join(p.root, "run")
	if fits(dir) {
		return dir, p.makePrivate(dir)
	}
	if text, err := os.ReadFile(p.socketNote()); err == nil {
		if dir := strings.TrimSpace(string(text)); fits(dir) && isPrivate(dir, p.account.id()) {
			return dir, nil
		}
	}
	parent := os.TempDir()
	if !fits(filepath.Join(parent, "quillium-0123456789")) {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "quillium-")
	if err == nil {
		err = p.account.own(dir)
	}
	if err == nil {
		err = p.writeFor(p.socketNote(), dir+"\n")
	}
	if err != nil {
		return "", fmt.Errorf("database: socket folder: %w", err)
	}
	return dir, nil
}

func (p place) socketNote() string { return filepath.Join(p.root, "socket") }

// forgetSocket removes the temporary folder, where there is one.
func (p place) forgetSocket(dir string) {
	if dir != filepath.Join(p.root, "run") && isPrivate(dir, p.account.id()) {
		_ = os.Remove(dir)
		_ = os.Remove(p.socketNote())
	}
}
