package database

import (
	"os"
	"os/user"
	"strconv"

	"github.com/quillium/quillium/app"
)

// account is whom PostgreSQL runs as where this process is root's: it refuses
// to run as root itself.
type account struct {
	uid, gid uint32
	name     string
}

// pickAccount chooses for a process of root: the owner of the folder where it
// exists already, else postgres, else nobody.
func pickAccount(folder string) (*account, error) {
	if uid, gid, ok := ownerOf(folder); ok && uid != 0 {
		return &account{uid: uid, gid: gid, name: strconv.Itoa(int(uid))}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if found, err := user.Lookup(name); err == nil {
			uid, errUID := strconv.ParseUint(found.Uid, 10, 32)
			gid, errGID := strconv.ParseUint(found.Gid, 10, 32)
			if errUID == nil && errGID == nil && uid != 0 {
				return &account{uid: uint32(uid), gid: uint32(gid), name: name}, nil
			}
		}
	}
	return nil, app.Errorf(app.CodeUnavailable, "PostgreSQL does not run as root, and there is neither a user postgres nor nobody; "+
		"start Quillium as an ordinary user, or set DATABASE_URL.")
}

// own gives a file to the account; nil is ourselves.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// id is the user id that PostgreSQL runs with.
func (a *account) id() uint32 {
	if a == nil {
		return uint32(os.Geteuid()) //nolint:gosec // a user id is not negative where flock exists
	}
	return a.uid
}

// mayPass reports whether the account can go through a folder.
func (a *account) mayPass(info os.FileInfo) bool {
	uid, gid := idsOf(info)
	switch {
	case uid == a.uid:
		return info.Mode()&0o100 != 0
	case gid == a.gid:
		return info.Mode()&0o010 != 0
	default:
		return info.Mode()&0o001 != 0
	}
}
