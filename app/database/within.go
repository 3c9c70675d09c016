package database

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/quillium/quillium/app"
)

// within makes sure that the account gets to the programs. Those that were
// fetched into a clone in root's home are copied to where it does; a system's
// own lie open.
func (p place) within(o Options, found programs) (programs, error) {
	if p.account == nil {
		return found, nil
	}
	closed := p.account.closedAbove(found.postgres())
	if closed == "" {
		return found, nil
	}
	if !strings.HasSuffix(found.dir, fetched()) {
		return programs{}, app.Errorf(app.CodeUnavailable, "PostgreSQL in %s runs as user %s, to whom the folder %s is closed; open it with chmod o+x.",
			found.dir, p.account.name, closed)
	}
	info, err := os.Stat(found.postgres())
	if err != nil {
		return programs{}, fmt.Errorf("database: programs: %w", err)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", found.dir, info.Size(), info.ModTime().UnixNano()))
	home := filepath.Join(sharedFolder(o), "programs", hex.EncodeToString(sum[:])[:12])
	copied := programs{dir: filepath.Join(home, "bin"), major: found.major}
	if _, err := os.Stat(copied.postgres()); err == nil {
		return copied, nil
	}
	if err := copyPrograms(filepath.Dir(found.dir), home); err != nil {
		return programs{}, fmt.Errorf("database: copy programs: %w", err)
	}
	return copied, nil
}

// copyPrograms copies a folder beside its place, opens it for reading, and
// renames it when it is whole. Of several who copy at once, one wins.
func copyPrograms(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // programs are no secret
		return err
	}
	draft, err := os.MkdirTemp(filepath.Dir(to), "new-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(draft) }()
	if err := os.CopyFS(draft, os.DirFS(from)); err != nil {
		return err
	}
	err = filepath.WalkDir(draft, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		mode := info.Mode().Perm() | 0o444
		if mode&0o100 != 0 {
			mode |= 0o111
		}
		return os.Chmod(path, mode) //nolint:gosec // a copy of our own, for all to read
	})
	if err != nil {
		return err
	}
	if err := os.Rename(draft, to); err != nil {
		if _, lost := os.Stat(to); lost != nil {
			return err
		}
	}
	return nil
}
