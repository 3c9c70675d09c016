package server

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/quillium/quillium/app/config"
)

// addressFile says where the server of a data folder is. That one holds a lock
// on it as long as it lives, even where it is killed; without the lock what
// the file says is a leftover.
const addressFile = "address"

// whereabouts are where people find a server, and where it listens.
type whereabouts struct {
	url     string
	listens netip.AddrPort
}

// tell leaves the whereabouts for commands, until remove is called. Where
// another server has the folder, that one stays the one to be found.
func (w whereabouts) tell(folder string) (remove func(context.Context) error, err error) {
	nothing := func(context.Context) error { return nil }
	path := filepath.Join(folder, addressFile)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nothing, err
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) //nolint:gosec // a file descriptor fits
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nothing, file.Close()
	}
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = file.WriteAt([]byte(w.url+"\n"+w.listens.String()+"\n"), 0)
	}
	if err != nil {
		return nothing, errors.Join(err, file.Close())
	}
	return func(context.Context) error { return errors.Join(os.Remove(path), file.Close()) }, nil
}

// findServer tells where the server of a data folder is; not ok where none
// runs.
func findServer(folder string) (found whereabouts, ok bool) {
	file, err := os.Open(filepath.Join(folder, addressFile))
	if err != nil {
		return found, false
	}
	defer func() { _ = file.Close() }()
	err = unix.Flock(int(file.Fd()), unix.LOCK_SH|unix.LOCK_NB) //nolint:gosec // a file descriptor fits
	if !errors.Is(err, unix.EWOULDBLOCK) {
		return found, false
	}
	text := make([]byte, 1024)
	n, _ := file.Read(text) // a file that is being written is no address
	first, second, _ := strings.Cut(strings.TrimSpace(string(text[:n])), "\n")
	at, err := url.Parse(first)
	if err != nil || at.Host == "" {
		return found, false
	}
	listens, err := netip.ParseAddrPort(second)
	return whereabouts{url: first, listens: listens}, err == nil
}

// urlOf is where people find the server of this configuration, as far as a
// command can know: the one that runs may have been told another port.
func urlOf(c config.Config) string {
	if c.PublicURL == "" {
		if found, ok := findServer(c.DataDir); ok {
			return found.url
		}
	}
	return publicURL(c, c.Port)
}
