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

// claim takes the owner file. It is held as long as this process lives, even
// when that is killed. Where somebody else has it, release is nil and holder is
// his process id.
func (p place) claim() (release func(), holder string, err error) {
	path := filepath.Join(p.root, "owner")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, "", p.forbidden(err)
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) //nolint:gosec // a descriptor fits
	if errors.Is(err, unix.EWOULDBLOCK) {
		text, _ := os.ReadFile(path)
		_ = file.Close()
		return nil, strings.TrimSpace(string(text)), nil
	}
	if err == nil {
		err = p.account.own(path)
	}
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		_ = file.Close()
		return nil, "", fmt.Errorf("database: owner file: %w", err)
	}
	return func() {
		// Closing alone is not enough: a child between fork and exec still has
		// the file open.
		_ = unix.Flock(int(file.Fd()), unix.LOCK_UN) //nolint:gosec // a descriptor fits
		_ = file.Close()
	}, "", nil
}
