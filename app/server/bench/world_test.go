package bench

import (
	"context"
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

// built are the two programs, in a folder that PostgreSQL's user may pass too.
type built struct{ folder, quillium, bare string }

var programs = sync.OnceValues(func() (built, error) {
	folder, err := os.MkdirTemp("", "quillium-bench")
	if err != nil {
		return built{}, err
	}
	b := built{folder: folder, quillium: filepath.Join(folder, "quillium"), bare: filepath.Join(folder, "bare")}
	if err := os.Chmod(folder, 0o711); err != nil {
		return b, err
	}
	for path, source := range map[string]string{b.quillium: "../../..", b.bare: "./bare"} {
		build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, source)
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
	own, err := database.Start(b.Context(), database.Options{
		DataDir: folder(b), BinDir: os.Getenv("QUILLIUM_PG_BIN"), Password: strings.Repeat("p", 32),
	})
	require.NoError(b, err)
	b.Cleanup(func() { _ = own.Stop(context.Background()) })
	return own.URL()
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
