package secret

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FileName is the file with the secrets, inside the data folder.
const FileName = "secrets.json"

// Kept are the secrets that a first start makes and every later one reads.
type Kept struct {
	JWTSecret        string `json:"jwt_secret"`
	EncryptionKey    string `json:"encryption_key"`
	DatabasePassword string `json:"database_password"`
}

// String shows nothing.
func (Kept) String() string { return "(hidden)" }

// GoString shows nothing.
func (Kept) GoString() string { return "(hidden)" }

// Keep reads the secrets of a data folder, and makes folder and secrets where
// there are none. Of several that start at once, all get the same. The file
// must be ours alone (mode 0600): any wider one is refused with a sentence.
func Keep(folder string) (Kept, error) {
	path := filepath.Join(folder, FileName)
	kept, err := read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return kept, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return Kept{}, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	if err := create(path); err != nil {
		return Kept{}, fmt.Errorf("the secrets cannot be written: %w", err)
	}
	return read(path)
}

// Replace changes the two secrets that keys are drawn from in a data folder,
// which then holds them and the database's password it had.
func Replace(folder, jwtSecret, encryptionKey string) error {
	kept, err := Keep(folder)
	if err != nil {
		return err
	}
	kept.JWTSecret, kept.EncryptionKey = jwtSecret, encryptionKey
	path := filepath.Join(folder, FileName)
	draft, err := write(path, kept)
	if err == nil {
		defer func() { _ = os.Remove(draft) }()
		err = os.Rename(draft, path)
	}
	if err == nil {
		err = syncFolder(folder)
	}
	if err != nil {
		return fmt.Errorf("the secrets cannot be written: %w", err)
	}
	return nil
}

func read(path string) (Kept, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return Kept{}, fmt.Errorf("the secrets cannot be read: %w", err)
	}
	if !info.Mode().IsRegular() {
		return Kept{}, fmt.Errorf("%s is not an ordinary file; Quillium keeps its secrets only in one", path)
	}
	if open := info.Mode().Perm() & 0o077; open != 0 {
		return Kept{}, fmt.Errorf("others on this machine can reach the secrets in %s; run `chmod 600 %s` and start again", path, path)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator's own folder
	if err != nil {
		return Kept{}, fmt.Errorf("the secrets cannot be read: %w", err)
	}
	var kept Kept
	if json.Unmarshal(text, &kept) != nil || kept.JWTSecret == "" || kept.EncryptionKey == "" || kept.DatabasePassword == "" {
		// Not the decoder's words: they may quote the file.
		return Kept{}, fmt.Errorf("%s is damaged; bring it back from a backup, for stored keys and the database of our own cannot be opened without it", path)
	}
	return kept, nil
}

// create writes fresh secrets so that the file is whole or not there, and
// never replaces one that another process made in the meantime.
func create(path string) error {
	draft, err := write(path, Kept{JWTSecret: fresh(), EncryptionKey: fresh(), DatabasePassword: fresh()})
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft) }()
	if err := os.Link(draft, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// write makes a whole file beside its place and tells its name.
func write(path string, kept Kept) (string, error) {
	text, err := json.MarshalIndent(kept, "", "  ") //nolint:gosec // this file is where they are kept, 0600
	if err != nil {
		return "", err
	}
	draft, err := os.CreateTemp(filepath.Dir(path), FileName+".") // CreateTemp gives 0600
	if err != nil {
		return "", err
	}
	if err := writeAll(draft, append(text, '\n')); err != nil {
		return "", errors.Join(err, os.Remove(draft.Name()))
	}
	return draft.Name(), nil
}

func writeAll(file *os.File, text []byte) error {
	_, err := file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// syncFolder makes the new name survive a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(path) //nolint:gosec // the operator's own folder
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// fresh is 256 random bits in 43 characters that need no quoting anywhere.
func fresh() string {
	bits := make([]byte, 32)
	_, _ = rand.Read(bits) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(bits)
}
