package story

import (
	"context"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/quillium/quillium/repositories/pgtest"
)

const (
	top = "../../../"
	// largestImage is what all files of the image may have together, in bytes.
	largestImage = 40_000_000
	// imageUser is whom the image runs as.
	imageUser = 10001
)

// TestImage does without an engine what the Dockerfile has one do: its files in
// a folder, its user, its environment, and compose's.
func TestImage(t *testing.T) {
	t.Parallel()
	steps := instructions(t)
	root := openFolder(t)
	made := exec.Command(top+"packaging/rootfs", root)
	made.Env = append(os.Environ(), "VERSION=v9.8.7", "COMMIT=abcdef")
	said, err := made.CombinedOutput()
	require.NoError(t, err, string(said))

	t.Run("holds what packaging/rootfs makes, and nothing else", func(t *testing.T) {
		require.Contains(t, steps, "RUN packaging/rootfs /out")
		last := steps[strings.LastIndex(steps, "FROM "):]
		require.True(t, strings.HasPrefix(last, "FROM scratch\nCOPY --from=build /out/ /\n"), last)
		require.Equal(t, 2, strings.Count(last, "COPY "), "the other one only gives /data to the user")
		require.Contains(t, last, "USER 10001:10001\n")
	})
	t.Run("is at most 40 MB", func(t *testing.T) {
		total := int64(0)
		require.NoError(t, filepath.WalkDir(root, func(_ string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			info, err := entry.Info()
			total += info.Size()
			return err
		}))
		require.Less(t, total, int64(largestImage))
		t.Logf("%.1f MB", float64(total)/1e6)
	})
	t.Run("starts with compose's environment, migrated, and is set up from the link it printed", func(t *testing.T) {
		p := newProgram(t)
		port := p.url[strings.LastIndex(p.url, ":")+1:]
		p.settings = append(environmentOf(t, steps), composeEnvironment(t, pgtest.Empty(t))...)
		p.settings = append(p.settings, "HOST=127.0.0.1", "PORT="+port) // the network of an engine is not there
		p.from = inside(t, root, p)
		p.start()
		var text []byte
		var link []string
		require.Eventually(t, func() bool {
			var err error
			text, err = os.ReadFile(p.log.Name())
			link = regexp.MustCompile(`/setup#(\S{43})\n`).FindStringSubmatch(string(text))
			return err == nil && link != nil
		}, 5*time.Second, 5*time.Millisecond, "a set-up link is printed")
		var answer struct{ User struct{ Role string } }
		p.call("POST", "/auth/register", object{"email": "ada@example.org", "password": "correct horse battery", "name": "Ada", "setup_token": link[1]}, 201, &answer)
		require.Equal(t, "admin", answer.User.Role)
		require.Contains(t, string(text), "v9.8.7")

		check := p.command("healthcheck")
		said, err := check.CombinedOutput()
		require.NoError(t, err, string(said))
		p.kill()
		check = p.command("healthcheck")
		said, err = check.CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(said), "is not running")
	})
}

// instructions is the Dockerfile without comments.
func instructions(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(top + "Dockerfile")
	require.NoError(t, err)
	return regexp.MustCompile(`(?m)^(#.*)?\n`).ReplaceAllString(string(text), "")
}

// environmentOf is what the Dockerfile sets.
func environmentOf(t *testing.T, steps string) []string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^ENV (.+)$`).FindStringSubmatch(steps)
	require.NotEmpty(t, found)
	return strings.Fields(found[1])
}

// composeEnvironment is what compose hands in: the file that
// packaging/compose-env writes, with another database, and compose.yaml's own.
func composeEnvironment(t *testing.T, database string) []string {
	t.Helper()
	folder := t.TempDir()
	said, err := exec.Command(top+"packaging/compose-env", folder).CombinedOutput()
	require.NoError(t, err, string(said))
	for _, service := range compose(t).Services {
		info, err := os.Stat(filepath.Join(folder, service.EnvFile))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	text, err := os.ReadFile(filepath.Join(folder, "compose.env"))
	require.NoError(t, err)
	_, err = exec.Command(top+"packaging/compose-env", folder).CombinedOutput()
	require.Error(t, err, "secrets that are in use are not replaced")
	var list []string
	for line := range strings.Lines(string(text)) {
		if name, _, is := strings.Cut(strings.TrimSpace(line), "="); is && !strings.HasPrefix(name, "#") && name != "DATABASE_URL" {
			list = append(list, strings.TrimSpace(line))
		}
	}
	require.Len(t, list, 5)
	for name, value := range compose(t).Services["quillium"].Environment {
		list = append(list, name+"="+value)
	}
	return append(list, "DATABASE_URL="+overTCP(t, database))
}

// inside gives the folder what the image's user may do with it, and makes the
// program run there as that user, who sees nothing else. Who may not do that
// runs it where it lies.
func inside(t *testing.T, root string, p *program) func(*exec.Cmd) {
	t.Helper()
	if os.Geteuid() != 0 {
		p.settings = append(p.settings, "QUILLIUM_DATA="+filepath.Join(root, "data"))
		return func(cmd *exec.Cmd) { cmd.Path, cmd.Args[0] = filepath.Join(root, "quillium"), "quillium" }
	}
	require.NoError(t, os.Chown(filepath.Join(root, "data"), imageUser, imageUser))
	return func(cmd *exec.Cmd) {
		cmd.Path, cmd.Args[0], cmd.Dir = "/quillium", "quillium", "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: imageUser, Gid: imageUser, NoSetGroups: true}}
	}
}

// overTCP is the address of a database behind a port, as it is beside a
// container; it listens on a socket in a folder of its own.
func overTCP(t *testing.T, address string) string {
	t.Helper()
	at, err := url.Parse(address)
	require.NoError(t, err)
	socket := filepath.Join(at.Query().Get("host"), ".s.PGSQL."+at.Query().Get("port"))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { cancel(); _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go pass(ctx, client, socket)
		}
	}()
	at.Host, at.RawQuery = listener.Addr().String(), "sslmode=disable"
	return at.String()
}

// pass hands on what two ends say to each other until one of them leaves.
func pass(ctx context.Context, client net.Conn, socket string) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = client.Close(); _ = server.Close() })
	defer stop()
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
}

type composeFile struct {
	Services map[string]struct {
		Environment map[string]string
		EnvFile     string   `yaml:"env_file"`
		ReadOnly    bool     `yaml:"read_only"`
		SecurityOpt []string `yaml:"security_opt"`
		CapDrop     []string `yaml:"cap_drop"`
		Ports       []string
		Volumes     []string
		Healthcheck struct{ Test []string }
		DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	}
	Volumes map[string]any
}

func compose(t *testing.T) composeFile {
	t.Helper()
	text, err := os.ReadFile(top + "compose.yaml")
	require.NoError(t, err)
	var file composeFile
	require.NoError(t, yaml.Unmarshal(text, &file))
	return file
}

func TestCompose(t *testing.T) {
	t.Parallel()
	file := compose(t)
	require.Len(t, file.Services, 2)
	for name, service := range file.Services {
		require.True(t, service.ReadOnly, name)
		require.Equal(t, []string{"no-new-privileges:true"}, service.SecurityOpt, name)
		require.Equal(t, []string{"ALL"}, service.CapDrop, name)
		require.NotEmpty(t, service.Healthcheck.Test, name)
		require.NotEmpty(t, service.Volumes, name)
		for variable, value := range service.Environment {
			require.NotRegexp(t, `(?i)secret|password|key`, variable, "secrets come from compose.env")
			require.NotContains(t, value, "@", "no address with a password")
		}
		for _, port := range service.Ports {
			require.True(t, strings.HasPrefix(port, "127.0.0.1:"), "others come through a proxy")
		}
	}
	require.Equal(t, "compose.env", file.Services["quillium"].EnvFile)
	require.Equal(t, "compose.database.env", file.Services["database"].EnvFile, "it does not need to know the other secrets")
	require.Empty(t, file.Services["database"].Ports, "nobody reaches the database from elsewhere")
	require.Equal(t, "service_healthy", file.Services["quillium"].DependsOn["database"].Condition)
	for _, never := range []string{".gitignore", ".dockerignore"} {
		text, err := os.ReadFile(top + never)
		require.NoError(t, err)
		require.Contains(t, string(text), "compose*.env\n", never)
	}
}

func TestService(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(top + "packaging/quillium.service")
	require.NoError(t, err)
	for _, line := range []string{
		"User=quillium", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes",
		"CapabilityBoundingSet=", "SystemCallFilter=@system-service", "KillMode=mixed", "StateDirectory=quillium",
	} {
		require.Contains(t, string(text), "\n"+line+"\n")
	}
	verifier, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("systemd is not here to read the unit too")
		return
	}
	// The program is not installed here, so another one stands for it.
	path, err := built()
	require.NoError(t, err)
	copied := filepath.Join(t.TempDir(), "quillium.service")
	unit := strings.ReplaceAll(string(text), "/usr/local/bin/quillium", path)
	require.NoError(t, os.WriteFile(copied, []byte(unit), 0o600))
	said, err := exec.Command(verifier, "verify", "--man=no", copied).CombinedOutput()
	require.NoError(t, err, string(said))
	require.NotContains(t, string(said), copied)
}
