package database

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/quillium/quillium/app"
)

// Tool finds a client program, such as pg_dump, of one major version: in
// QUILLIUM_PG_BIN where that is set, else where PostgreSQL's own programs are.
// Empty is that there is none.
func Tool(ctx context.Context, binDir, name string, major int) string {
	for _, dir := range searchPath(Options{BinDir: binDir}) {
		path, err := filepath.Abs(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		// Debian's wrapper chooses a version by itself; the real ones follow.
		if real, err := filepath.EvalSymlinks(path); err != nil || filepath.Base(real) == "pg_wrapper" {
			continue
		}
		cmd := exec.CommandContext(ctx, path, "--version") //nolint:gosec // in the folders of programs
		cmd.Env = environment()
		text, err := cmd.Output()
		if err != nil {
			continue
		}
		if match := versionPattern.FindSubmatch(text); match != nil && string(match[1]) == strconv.Itoa(major) {
			return path
		}
	}
	return ""
}

// Exists tells whether there is a cluster for these options, without making
// anything.
func Exists(o Options) (bool, error) {
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return false, err
	}
	places := []place{{root: filepath.Join(dir, "postgres")}}
	if os.Geteuid() == 0 {
		places = append(places, elsewhere(o, dir))
	}
	for _, p := range places {
		_, err := os.Lstat(filepath.Join(p.data(), "PG_VERSION"))
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, fs.ErrPermission):
			return false, app.Errorf(app.CodeForbidden, "The folder of the database, %s, may not be looked into; start as the user that it belongs to.", p.root)
		}
	}
	return false, nil
}
