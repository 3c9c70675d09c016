package backup

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/quillium/quillium/app"
)

// Snapshot is a database as it was at one moment, whatever happens to it
// meanwhile.
type Snapshot interface {
	// Facts tells about the database.
	Facts(ctx context.Context) (Facts, error)
	// Copy writes a table in the text format of COPY and counts its rows.
	Copy(ctx context.Context, table Table, to io.Writer) (int64, error)
	// Name is what another connection sees the same moment by.
	Name() string
}

// Dumper writes a snapshot as pg_dump does.
type Dumper interface {
	Dump(ctx context.Context, snapshot string, to io.Writer) error
}

// Options are what a backup is to be like.
type Options struct {
	// Version is the program's.
	Version string
	// Dumper is pg_dump; nil copies every table over SQL.
	Dumper Dumper
	// Secrets go into the backup unless they are nil.
	Secrets *Secrets
	// Written is told how many bytes of the database there are by now, unless
	// it is nil.
	Written func(bytes int64)
}

// Write makes a backup at path, which only its owner can read, and which is
// there whole or not at all. A file that is there already is a conflict, and
// so is a database without Quillium in it.
func Write(ctx context.Context, path string, snapshot Snapshot, options Options) (Manifest, error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, app.Errorf(app.CodeConflict, "%s is there already; choose another name.", path)
	}
	facts, err := snapshot.Facts(ctx)
	if err != nil {
		return Manifest{}, err
	}
	if facts.Schema == 0 {
		return Manifest{}, app.Errorf(app.CodeConflict, "There is nothing in the database that could be backed up.")
	}
	draft, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // CreateTemp gives 0600
	if err != nil {
		return Manifest{}, fmt.Errorf("the backup cannot be written: %w", err)
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	w := &writer{zip: zip.NewWriter(draft), told: options.Written, manifest: Manifest{
		Format: format, Quillium: options.Version, Made: time.Now().UTC().Truncate(time.Second), Way: WayCopy, Facts: facts,
	}}
	err = w.all(ctx, snapshot, options)
	if err == nil {
		err = draft.Sync()
	}
	if err = errors.Join(err, draft.Close()); err != nil {
		return Manifest{}, err
	}
	if err := os.Rename(draft.Name(), path); err != nil {
		return Manifest{}, fmt.Errorf("the backup cannot be written: %w", err)
	}
	return w.manifest, syncFolder(filepath.Dir(path))
}

// writer fills the file, an entry after the other.
type writer struct {
	zip      *zip.Writer
	manifest Manifest
	// bytes is how many there are, and told who is told.
	bytes int64
	told  func(bytes int64)
}

func (w *writer) grow(n int) {
	w.bytes += int64(n)
	if w.told != nil {
		w.told(w.bytes)
	}
}

func (w *writer) all(ctx context.Context, snapshot Snapshot, options Options) error {
	if options.Secrets != nil {
		if err := w.json(secretsEntry, options.Secrets); err != nil {
			return err
		}
	}
	if options.Dumper != nil {
		w.manifest.Way = WayDump
		// What pg_dump writes is compressed.
		err := w.entry(dumpEntry, zip.Store, func(to io.Writer) error { return options.Dumper.Dump(ctx, snapshot.Name(), to) })
		if err != nil {
			return err
		}
	} else if err := w.tables(ctx, snapshot); err != nil {
		return err
	}
	text, err := json.MarshalIndent(w.manifest, "", "  ")
	if err != nil {
		return fmt.Errorf("backup: manifest: %w", err)
	}
	err = w.entry(manifestEntry, zip.Deflate, func(to io.Writer) error {
		_, err := to.Write(append(text, '\n'))
		return err
	})
	return errors.Join(err, w.zip.Close())
}

func (w *writer) tables(ctx context.Context, snapshot Snapshot) error {
	for i := range w.manifest.Tables {
		table := &w.manifest.Tables[i]
		err := w.entry(tablesFolder+table.Name, zip.Deflate, func(to io.Writer) (err error) {
			table.Rows, err = snapshot.Copy(ctx, *table, to)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) json(name string, value any) error {
	return w.entry(name, zip.Deflate, func(to io.Writer) error { return json.NewEncoder(to).Encode(value) })
}

// entry adds one part and remembers its size and checksum.
func (w *writer) entry(name string, method uint16, fill func(io.Writer) error) error {
	to, err := w.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: w.manifest.Made})
	if err != nil {
		return fmt.Errorf("the backup cannot be written: %w", err)
	}
	sum := &measured{to: to, hash: sha256.New(), grow: w.grow}
	if err := fill(sum); err != nil {
		return err
	}
	w.manifest.Entries = append(w.manifest.Entries, Entry{Name: name, Bytes: sum.bytes, SHA256: hex.EncodeToString(sum.hash.Sum(nil))})
	return nil
}

// measured counts and sums what passes.
type measured struct {
	to    io.Writer
	hash  hash.Hash
	bytes int64
	grow  func(n int)
}

func (m *measured) Write(p []byte) (int, error) {
	n, err := m.to.Write(p)
	_, _ = m.hash.Write(p[:n]) // never fails
	m.bytes += int64(n)
	m.grow(n)
	if err != nil {
		return n, fmt.Errorf("the backup cannot be written: %w", err)
	}
	return n, nil
}

// syncFolder makes the new name survive a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("backup: folder: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}
