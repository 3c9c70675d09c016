package database

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// process is what the system tells about one.
type process struct {
	name   string
	uid    uint32
	zombie bool
	// dir is the folder it works in; empty where that is not told.
	dir string
}

// pidFile is what a postmaster writes about itself.
type pidFile struct {
	pid    int
	socket string
	// status is starting, stopping, ready or standby.
	status string
}

func (p place) pidPath() string { return filepath.Join(p.data(), "postmaster.pid") }

// readPidFile reads postmaster.pid; not ok where there is none, or it is being
// written.
func (p place) readPidFile() (pidFile, bool) {
	text, err := os.ReadFile(p.pidPath())
	if err != nil {
		return pidFile{}, false
	}
	lines := strings.Split(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 0 {
		return pidFile{}, false
	}
	found := pidFile{pid: pid}
	if len(lines) > 4 {
		found.socket = lines[4]
	}
	if len(lines) > 7 {
		found.status = strings.TrimSpace(lines[7])
	}
	return found, true
}

// postmaster looks at the process that a pid file names; not ok where it is
// gone, or the number now belongs to something else.
func (p place) postmaster(pid int) (process, bool) {
	found, ok := inspectProcess(pid)
	if !ok || found.name != "postgres" {
		return process{}, false
	}
	if found.dir != "" && found.dir != p.realData() {
		return process{}, false
	}
	return found, true
}

// realData is the data folder without links, as processes see it.
func (p place) realData() string {
	if real, err := filepath.EvalSymlinks(p.data()); err == nil {
		return real
	}
	return p.data()
}

// disown writes our own number into a dead postmaster's pid file. PostgreSQL
// refuses to start while the number is somebody's, which in a container it often
// is, but it takes its own parent's for a leftover. The file has to stay: it
// also names the shared memory that must have no user any more.
func (p place) disown() error {
	text, err := os.ReadFile(p.pidPath())
	if err != nil {
		return fmt.Errorf("database: pid file: %w", err)
	}
	_, rest, _ := strings.Cut(string(text), "\n")
	err = os.WriteFile(p.pidPath(), []byte(strconv.Itoa(os.Getpid())+"\n"+rest), 0o600)
	if err != nil {
		return fmt.Errorf("database: pid file: %w", err)
	}
	return nil
}
