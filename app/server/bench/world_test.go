package bench

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/database"
)

// built are the programs, in a folder that PostgreSQL's user may pass too.
type built struct{ folder, quillium, chats, broadcast, insert string }

var programs = sync.OnceValues(func() (built, error) {
	folder, err := os.MkdirTemp("", "quillium-bench")
	if err != nil {
		return built{}, err
	}
	b := built{folder: folder}
	if err := os.Chmod(folder, 0o711); err != nil {
		return b, err
	}
	for path, source := range map[*string]string{&b.quillium: "../../..", &b.chats: "./bare/chats", &b.broadcast: "./bare/broadcast", &b.insert: "./bare/insert"} {
		*path = filepath.Join(folder, filepath.Base(source))
		if source == "../../.." {
			*path = filepath.Join(folder, "quillium")
		}
		build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", *path, source)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if said, err := build.CombinedOutput(); err != nil {
			return b, fmt.Errorf("go build: %w: %s", err, said)
		}
	}
	return b, nil
})

// TestMain takes away what was built.
func TestMain(m *testing.M) {
	var b built
	if listed("test.bench") != "" {
		b, _ = programs() // whoever needs it is told what failed
	}
	code := m.Run()
	if b.folder != "" {
		_ = os.RemoveAll(b.folder)
	}
	os.Exit(code)
}

// folder makes one that is gone when the benchmark ends. b.TempDir would be
// closed to PostgreSQL's user.
func folder(b *testing.B) string {
	b.Helper()
	p, err := programs()
	require.NoError(b, err)
	path, err := os.MkdirTemp(p.folder, "data")
	require.NoError(b, err)
	require.NoError(b, os.Chmod(path, 0o711))
	b.Cleanup(func() { _ = os.RemoveAll(path) })
	return path
}

// newDatabase starts a PostgreSQL with the settings that Quillium's own has,
// durable as there, and tells its address.
func newDatabase(b *testing.B) string {
	b.Helper()
	return start(b, folder(b))
}

func start(b *testing.B, folder string) string {
	b.Helper()
	own, err := database.Start(b.Context(), database.Options{
		DataDir: folder, BinDir: os.Getenv("QUILLIUM_PG_BIN"), Password: strings.Repeat("p", 32),
	})
	require.NoError(b, err)
	b.Cleanup(func() { _ = own.Stop(context.Background()) })
	return own.URL()
}

// keptDatabase starts one that is still there in later runs, because what is in
// it takes long to make; whole says that it is all there. One that was left
// half full, or is of other migrations, is made anew.
func keptDatabase(b *testing.B, name string) (address string, whole func()) {
	b.Helper()
	root, err := filepath.Abs("../../../.cache/bench")
	require.NoError(b, err)
	files, err := filepath.Glob("../../../migrations/*.sql")
	require.NoError(b, err)
	sum := sha256.New()
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(b, err)
		_, _ = sum.Write(text)
	}
	kept := filepath.Join(root, fmt.Sprintf("%s-%x", name, sum.Sum(nil)[:4]))
	mark := kept + ".whole"
	before, err := filepath.Glob(filepath.Join(root, name+"-*"))
	require.NoError(b, err)
	_, missing := os.Stat(mark)
	for _, path := range before {
		if missing != nil || path != kept && path != mark {
			require.NoError(b, os.RemoveAll(path))
		}
	}
	require.NoError(b, os.MkdirAll(kept, 0o711))
	return start(b, kept), func() { require.NoError(b, os.WriteFile(mark, nil, 0o600)) }
}

// withPool is an address that tells pgx how large its pool may be.
func withPool(b *testing.B, address string, size int) string {
	b.Helper()
	parsed, err := url.Parse(address)
	require.NoError(b, err)
	query := parsed.Query()
	query.Set("pool_max_conns", fmt.Sprint(size))
	parsed.RawQuery = query.Encode()
	return parsed.String()
}
