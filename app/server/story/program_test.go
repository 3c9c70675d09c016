package story

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// built is the program, built once for all stories.
var built = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "quillium-story")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "quillium")
	out, err := exec.Command("go", "build", "-o", path, "../../..").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// TestMain takes the built program away again.
func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := built(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// program is a running server process that can be killed and started again
// with the same settings on the same port.
type program struct {
	t   *testing.T
	url string
	// data is its folder.
	data     string
	settings []string
	cmd      *exec.Cmd
	// ended is closed when the present process is gone.
	ended  chan struct{}
	log    *os.File
	access string
	user   string
	// from changes where and as whom the program runs; nil changes nothing.
	from func(*exec.Cmd)
}

func newProgram(t *testing.T, settings ...string) *program {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	p := &program{t: t, url: fmt.Sprintf("http://127.0.0.1:%d", port), data: openFolder(t), log: log}
	p.settings = append([]string{
		fmt.Sprint("PORT=", port), "QUILLIUM_DATA=" + p.data, "RATE_LIMIT=off", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"),
		"JWT_SECRET=a text of more than thirty-two characters", "ENCRYPTION_KEY=another text of more than thirty-two characters",
	}, settings...)
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			p.tail()
		}
		_ = log.Close()
	})
	return p
}

// openFolder is a folder that the database's own user can get into too: when
// tests run as root, that is somebody else.
func openFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "quillium-story")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(folder, 0o755))
	t.Cleanup(func() {
		// A database whose server was killed takes a moment to go.
		for range 100 {
			if os.RemoveAll(folder) == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	return folder
}

func (p *program) tail() {
	text, _ := os.ReadFile(p.log.Name())
	lines := strings.Split(string(text), "\n")
	p.t.Log(strings.Join(lines[max(0, len(lines)-40):], "\n"))
}

// start runs the program and waits until it is ready.
func (p *program) start() {
	p.t.Helper()
	p.cmd = p.command()
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	require.NoError(p.t, p.cmd.Start())
	p.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) {
		defer close(ended)
		_ = cmd.Wait()
	}(p.cmd, p.ended)
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		if answer, err := http.Get(p.url + "/readyz"); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	p.tail()
	p.t.Fatal("the program does not become ready")
}

// address is host and port.
func (p *program) address() string { return strings.TrimPrefix(p.url, "http://") }

// command is one of the program's, with the same settings.
func (p *program) command(args ...string) *exec.Cmd {
	p.t.Helper()
	path, err := built()
	require.NoError(p.t, err)
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = filepath.Dir(p.log.Name()), p.settings
	if p.from != nil {
		p.from(cmd)
	}
	return cmd
}

// kill ends the program as a power cut would.
func (p *program) kill() {
	if p.ended != nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// call does one request and reads its answer; status 0 takes any.
func (p *program) call(method, path string, body any, status int, into any) {
	p.t.Helper()
	got, text, err := p.try(method, path, body)
	require.NoError(p.t, err)
	if status != 0 {
		require.Equal(p.t, status, got, string(text))
	}
	if into != nil {
		require.NoError(p.t, json.Unmarshal(text, into), string(text))
	}
}

func (p *program) try(method, path string, body any) (int, []byte, error) {
	return request(p.url, p.access, method, path, body)
}

// request calls a server, as whom a token says.
func request(server, access, method, path string, body any) (int, []byte, error) {
	var payload io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		payload = strings.NewReader(string(text))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, server+"/api/v1"+path, payload)
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if access != "" {
		request.Header.Set("Authorization", "Bearer "+access)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(bufio.NewReader(answer.Body))
	return answer.StatusCode, text, err
}

type object map[string]any

// join signs somebody up and keeps the token.
func (p *program) join(name string) {
	p.t.Helper()
	var tokens struct {
		User        struct{ ID string }
		AccessToken string `json:"access_token"`
	}
	p.call("POST", "/auth/register", object{"email": name + "@example.org", "password": "correct horse battery", "name": name}, 201, &tokens)
	p.access, p.user = tokens.AccessToken, tokens.User.ID
}

// open makes a chat that asks this model.
func (p *program) open(model string) string {
	p.t.Helper()
	var chat struct{ ID string }
	p.call("POST", "/chats", object{"title": "A story", "model": model}, 201, &chat)
	return chat.ID
}
