package database

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// commandMark follows the process id of a command-line tool in the owner file.
const commandMark = "command"

// holder is who has the owner file: a server, or a command that will soon be
// done.
type holder struct {
	pid     string
	command bool
}

// claim takes the owner file. It is held as long as this process lives, even
// when that is killed. Where somebody else has it, release is nil.
func (p place) claim(command bool) (release func(), other holder, err error) {
	path := filepath.Join(p.root, "owner")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, other, p.forbidden(err)
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) //nolint:gosec // a descriptor fits
	if errors.Is(err, unix.EWOULDBLOCK) {
		text, _ := os.ReadFile(path)
		_ = file.Close()
		pid, mark, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
		return nil, holder{pid: pid, command: mark == commandMark}, nil
	}
	if err == nil {
		err = p.account.own(path)
	}
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		text := strconv.Itoa(os.Getpid())
		if command {
			text += " " + commandMark
		}
		_, err = file.WriteAt([]byte(text+"\n"), 0)
	}
	if err != nil {
		_ = file.Close()
		return nil, other, fmt.Errorf("database: owner file: %w", err)
	}
	return func() {
		// Closing alone is not enough: a child between fork and exec still has
		// the file open.
		_ = unix.Flock(int(file.Fd()), unix.LOCK_UN) //nolint:gosec // a descriptor fits
		_ = file.Close()
	}, other, nil
}
