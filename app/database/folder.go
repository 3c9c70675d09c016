package database

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/quillium/quillium/app"
)

// place is the folder that everything of the database lives in, and whom
// PostgreSQL runs as there.
type place struct {
	root    string
	account *account
}

func (p place) data() string { return filepath.Join(p.root, "data") }

// hasCluster tells whether there is a whole cluster.
func (p place) hasCluster() bool {
	_, err := os.Lstat(filepath.Join(p.data(), "PG_VERSION"))
	return err == nil
}

// locate finds the folder for QUILLIUM_DATA and makes it, 0700. As root,
// PostgreSQL runs as somebody else, who has to get there: where a folder above
// QUILLIUM_DATA is closed to him, the database lives under /var/lib/quillium,
// under a name made from the path, so that two clones never share.
func locate(o Options) (place, error) {
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return place{}, fmt.Errorf("database: folder: %w", err)
	}
	p := place{root: filepath.Join(dir, "postgres")}
	if os.Geteuid() == 0 {
		if p, err = locateForRoot(o, dir, p.root); err != nil {
			return place{}, err
		}
	}
	if err := os.MkdirAll(filepath.Dir(p.root), 0o755); err != nil { //nolint:gosec // what is secret in there is 0700 and 0600
		return place{}, p.forbidden(err)
	}
	if err := p.makePrivate(p.root); err != nil {
		return place{}, err
	}
	return p, nil
}

func locateForRoot(o Options, dir, root string) (place, error) {
	here, err := pickAccount(root)
	if err != nil {
		return place{}, err
	}
	p := place{root: root, account: here}
	other := elsewhere(o, dir)
	if other.account, err = pickAccount(other.root); err != nil {
		return place{}, err
	}
	return choosePlace(p, other, openDataDir(dir, here))
}

// elsewhere is the place for a folder whose database cannot be in it.
func elsewhere(o Options, dir string) place {
	sum := sha256.Sum256([]byte(dir))
	return place{root: filepath.Join(sharedFolder(o), hex.EncodeToString(sum[:])[:12])}
}

// choosePlace takes the place where the data is, or else the first one that is
// not behind a closed folder.
func choosePlace(here, elsewhere place, closed string) (place, error) {
	switch {
	case closed == "" && (here.hasCluster() || !elsewhere.hasCluster()):
		return here, nil
	case closed != "" && here.hasCluster():
		return place{}, app.Errorf(app.CodeConflict, "The database in %s runs as user %s, to whom the folder %s is closed; open it with chmod o+x.",
			here.root, here.account.name, closed)
	default:
		return elsewhere, nil
	}
}

func sharedFolder(o Options) string {
	if o.shared != "" {
		return o.shared
	}
	return "/var/lib/quillium"
}

// closedAbove names a folder on the way to dir that the account cannot pass;
// empty is none. Folders that are still to be made are open.
func (a *account) closedAbove(dir string) string {
	for parent := filepath.Dir(dir); ; parent = filepath.Dir(parent) {
		if info, err := os.Stat(parent); err == nil && !a.mayPass(info) {
			return parent
		}
		if parent == filepath.Dir(parent) {
			return ""
		}
	}
}

// openDataDir names the folder that keeps the account out of QUILLIUM_DATA;
// empty is none. QUILLIUM_DATA itself is Quillium's own: where nothing above is
// in the way it is opened for passing, since in a container it is the volume,
// and what is written elsewhere would be lost.
func openDataDir(dir string, a *account) string {
	if closed := a.closedAbove(dir); closed != "" {
		return closed
	}
	info, err := os.Stat(dir)
	if err != nil || a.mayPass(info) {
		return ""
	}
	if err := os.Chmod(dir, info.Mode().Perm()|0o011); err != nil { //nolint:gosec // passing only, no listing
		return dir
	}
	return ""
}

// makePrivate makes a folder that only PostgreSQL's user can enter, or checks
// that the one there is such a folder and no link.
func (p place) makePrivate(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return p.account.own(dir)
	}
	if !errors.Is(err, fs.ErrExist) {
		return p.forbidden(err)
	}
	// A start that was killed between making and giving away.
	if uid, _, ok := ownerOf(dir); ok && p.account != nil && uid == 0 {
		if err := p.account.own(dir); err != nil {
			return fmt.Errorf("database: folder: %w", err)
		}
	}
	if isPrivate(dir, p.account.id()) {
		return nil
	}
	if uid, _, ok := ownerOf(dir); ok && uid != p.account.id() {
		return app.Errorf(app.CodeConflict, "The folder of the database, %s, belongs to the user id %d; start Quillium as that user or as root, "+
			"or set QUILLIUM_DATA to another folder.", dir, uid)
	}
	return app.Errorf(app.CodeConflict, "The folder of the database, %s, has to be a folder, no link, that nobody else can enter (chmod 700).", dir)
}

// isPrivate reports whether dir is a folder, no link, of this user, 0700.
func isPrivate(dir string, uid uint32) bool {
	info, err := os.Lstat(dir)
	if err != nil {
		return false
	}
	owner, _ := idsOf(info)
	return info.IsDir() && info.Mode().Perm() == 0o700 && owner == uid
}

// forbidden explains that the folder belongs to somebody else.
func (p place) forbidden(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return &app.Error{Code: app.CodeUnavailable, Cause: err, Message: fmt.Sprintf(
			"The folder of the database, %s, cannot be used by this user; start Quillium as the user who made it, or set QUILLIUM_DATA to another folder.", p.root)}
	}
	return fmt.Errorf("database: folder: %w", err)
}

// ownerOf tells whose a folder is; not ok where there is none.
func ownerOf(path string) (uid, gid uint32, ok bool) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, 0, false
	}
	uid, gid = idsOf(info)
	return uid, gid, true
}

func idsOf(info os.FileInfo) (uid, gid uint32) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Uid, stat.Gid
	}
	return 0, 0
}
