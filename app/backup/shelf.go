package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/quillium/quillium/app"
)

// Keep is how many backups a shelf holds; a new one pushes out the oldest.
const Keep = 7

// File is a backup on a shelf.
type File struct {
	Name   string    `json:"name"`
	Bytes  int64     `json:"bytes"`
	MadeAt time.Time `json:"made_at"`
}

// Shelf is a folder of backups, which only its owner can read.
type Shelf struct{ folder string }

// NewShelf makes a shelf of a folder, which need not be there.
func NewShelf(folder string) *Shelf { return &Shelf{folder: folder} }

// shelved is how the files are called: when they were asked for, and by which
// job. Nothing else in the folder is ours.
var shelved = regexp.MustCompile(`^quillium-\d{8}-\d{6}-\d{1,19}\.quillium$`)

// NameOf is what the backup of a job is called.
func NameOf(made time.Time, id int64) string {
	return fmt.Sprintf("quillium-%s-%d.quillium", made.UTC().Format("20060102-150405"), id)
}

// List tells which backups there are, the newest first.
func (s *Shelf) List() ([]File, error) {
	entries, err := os.ReadDir(s.folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("backups: list: %w", err)
	}
	list := []File{}
	for _, entry := range entries {
		if file, err := s.find(entry.Name()); err == nil {
			list = append(list, file)
		}
	}
	slices.SortFunc(list, func(a, b File) int { return -cmp.Or(a.MadeAt.Compare(b.MadeAt), cmp.Compare(a.Name, b.Name)) })
	return list, nil
}

// find looks at one file; not_found for any name that is not one of ours.
func (s *Shelf) find(name string) (File, error) {
	if !shelved.MatchString(name) {
		return File{}, noBackup()
	}
	info, err := os.Lstat(filepath.Join(s.folder, name))
	if err != nil || !info.Mode().IsRegular() {
		return File{}, noBackup()
	}
	return File{Name: name, Bytes: info.Size(), MadeAt: info.ModTime().UTC()}, nil
}

func noBackup() error {
	return app.Errorf(app.CodeNotFound, "There is no such backup on this node.")
}

// Open reads a backup; not_found. Close it in the end.
func (s *Shelf) Open(name string) (*os.File, File, error) {
	file, err := s.find(name)
	if err != nil {
		return nil, file, err
	}
	from, err := os.Open(filepath.Join(s.folder, name))
	if err != nil {
		return nil, file, fmt.Errorf("backups: open: %w", err)
	}
	return from, file, nil
}

// Remove deletes a backup; not_found.
func (s *Shelf) Remove(name string) error {
	if _, err := s.find(name); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(s.folder, name)); err != nil {
		return fmt.Errorf("backups: remove: %w", err)
	}
	return nil
}

// Add has a backup written and takes the oldest away. One that is there
// already is left as it is: whoever asks again was not told. What a crash left
// half-written goes first; so only one may be added at a time.
func (s *Shelf) Add(ctx context.Context, name string, write func(ctx context.Context, path string) error) error {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return fmt.Errorf("backups: folder: %w", err)
	}
	if err := s.sweep(); err != nil {
		return err
	}
	if _, err := s.find(name); err != nil {
		if err := write(ctx, filepath.Join(s.folder, name)); err != nil {
			return err
		}
	}
	list, err := s.List()
	if err != nil {
		return err
	}
	for _, old := range list[min(Keep, len(list)):] {
		if err := s.Remove(old.Name); err != nil {
			return err
		}
	}
	return nil
}

// sweep removes drafts.
func (s *Shelf) sweep() error {
	drafts, err := filepath.Glob(filepath.Join(s.folder, ".quillium-*.quillium.*"))
	if err != nil {
		return fmt.Errorf("backups: drafts: %w", err)
	}
	for _, draft := range drafts {
		if err := os.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("backups: drafts: %w", err)
		}
	}
	return nil
}
