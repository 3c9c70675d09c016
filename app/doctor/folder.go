package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// How much room a disk should have, in bytes.
const (
	littleRoom = 1 << 30
	noRoom     = 100 << 20
)

// Folder looks at QUILLIUM_DATA: whether it is there, ours, closed to others
// where it has secrets, and on a disk with room. secretsFile is the name of the
// file with the secrets.
func (r *Report) Folder(dir, secretsFile string) {
	const check = "data folder"
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.ok(check, "%s is not there yet; the first start makes it.", dir)
		dir = existing(dir)
	case err != nil:
		r.fail(check, "Start as the user that it belongs to, or set QUILLIUM_DATA.", "%s cannot be looked into.", dir)
		return
	case !info.IsDir():
		r.fail(check, "Move the file away, or set QUILLIUM_DATA.", "%s is no folder.", dir)
		return
	case !writable(dir):
		r.fail(check, "Give it to the user that Quillium runs as (chown), or set QUILLIUM_DATA.", "%s cannot be written to.", dir)
	default:
		r.ok(check, "%s can be written to.", dir)
	}
	r.secretsFile(filepath.Join(dir, secretsFile))
	r.disk(dir)
}

// existing is the closest folder above that is there.
func existing(dir string) string {
	for {
		parent := filepath.Dir(dir)
		if _, err := os.Stat(parent); err == nil || parent == dir {
			return parent
		}
		dir = parent
	}
}

func writable(dir string) bool {
	file, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return false
	}
	return errors.Join(file.Close(), os.Remove(file.Name())) == nil
}

func (r *Report) secretsFile(path string) {
	const check = "secrets"
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil || !info.Mode().IsRegular():
		r.fail(check, "Bring it back from a backup.", "%s is not an ordinary file that can be read.", path)
	case info.Mode().Perm()&0o077 != 0:
		r.fail(check, "Run `chmod 600 "+path+"`; if others have read it, set new secrets.", "Others on this machine can reach the secrets in %s.", path)
	default:
		r.ok(check, "%s is closed to others.", path)
	}
}

// Unreadable says why the secrets cannot be used, where that is not said yet.
func (r *Report) Unreadable(err error) {
	const check = "secrets"
	for _, finding := range r.Findings {
		if finding.Check == check && finding.Mark == Fail {
			return
		}
	}
	r.fail(check, "Bring the file back from a backup; the database could not be looked at without it.", "%s.", err)
}

// disk looks at how much room there is for those who are not root.
func (r *Report) disk(dir string) {
	const check = "disk"
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		r.warn(check, "Look by hand, with df.", "How much room the disk of %s has cannot be seen.", dir)
		return
	}
	r.room(check, dir, disk.Bavail*uint64(disk.Bsize)) //nolint:gosec,unconvert // sizes are not negative; types differ between systems
}

func (r *Report) room(check, dir string, free uint64) {
	const do = "Make room, or move the folder to a larger disk."
	megabytes := free >> 20
	switch {
	case free < noRoom:
		r.fail(check, do, "The disk of %s has %d MiB left; PostgreSQL stops when it is full.", dir, megabytes)
	case free < littleRoom:
		r.warn(check, do, "The disk of %s has only %d MiB left.", dir, megabytes)
	default:
		r.ok(check, "The disk of %s has %d MiB left.", dir, megabytes)
	}
}
