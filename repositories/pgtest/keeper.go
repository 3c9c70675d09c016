package pgtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/quillium/quillium/app/database"
)

// keeperScript ends the server when no registered process lives any more, also
// when all of them were killed. It says that it is about to before it looks a
// last time, and who joins registers before he looks for that word: so one of
// the two always sees the other.
const keeperScript = `
base=$1 pidfile=$2 pid=$3
running() { read -r now 2>/dev/null <"$pidfile" && [ "$now" = "$pid" ] && kill -0 "$pid" 2>/dev/null; }
used() {
    any=1
    for user in "$base"/users/*; do
        of=${user##*/}
        # At once, before its number is somebody else's.
        if kill -0 "${of%%.*}" 2>/dev/null; then any=0; else rm -f "$user"; fi
    done
    return $any
}
while sleep 1 && running; do
    used && continue
    : >"$base/stopping"
    if used; then
        rm -f "$base/stopping"
        continue
    fi
    kill -INT "$pid"
    tries=0
    while running && [ $tries -lt 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    rm -f "$base/stopping"
done
`

// keep starts a keeper for this server where it has none.
func (b base) keep(server *database.Server) error {
	note := filepath.Join(b.dir, "keeper")
	want := strconv.Itoa(server.PID())
	if text, err := os.ReadFile(note); err == nil {
		keeper, kept, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
		if pid, err := strconv.Atoi(keeper); err == nil && kept == want && syscall.Kill(pid, 0) == nil {
			return nil
		}
	}
	pidFile := filepath.Join(server.DataDir(), "data", "postmaster.pid")
	cmd := exec.Command("/bin/sh", "-c", keeperScript, "keeper", b.dir, pidFile, want) //nolint:gosec,noctx // outlives us
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("keeper: %w", err)
	}
	pid := cmd.Process.Pid
	if err := cmd.Process.Release(); err != nil {
		return fmt.Errorf("keeper: %w", err)
	}
	return os.WriteFile(note, []byte(strconv.Itoa(pid)+" "+want+"\n"), 0o600)
}

// awaitStopping waits while a keeper is ending the server. A word that nobody
// takes back was left by a keeper that was killed.
func (b base) awaitStopping(ctx context.Context) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for begin := time.Now(); time.Since(begin) < 15*time.Second; {
		if _, err := os.Stat(b.stopping()); err != nil {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return os.Remove(b.stopping())
}
