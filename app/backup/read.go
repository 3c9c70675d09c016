package backup

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/quillium/quillium/app"
)

// maxManifest bounds the manifest, and the secrets, in bytes.
const maxManifest = 16 << 20

// Archive is a backup that has been read once, and is whole.
type Archive struct {
	Manifest Manifest
	file     *zip.ReadCloser
}

// Open reads a backup from end to end and holds every entry against the
// manifest. One that is not whole, or is no backup, is invalid_input; one that
// is not there not_found. Close it in the end.
func Open(path string) (*Archive, error) {
	file, err := zip.OpenReader(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, app.Errorf(app.CodeNotFound, "There is no file %s.", path)
	case errors.Is(err, fs.ErrPermission):
		return nil, app.Errorf(app.CodeForbidden, "The file %s may not be read; see who owns it.", path)
	case err != nil:
		return nil, damaged(path, "it is no backup, or its end is missing", err)
	}
	a := &Archive{file: file}
	if err := a.check(path); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return a, nil
}

// Close lets go of the file.
func (a *Archive) Close() error { return a.file.Close() }

func (a *Archive) check(path string) error {
	text, err := a.small(manifestEntry)
	if err != nil {
		return damaged(path, "it has no manifest", err)
	}
	if json.Unmarshal(text, &a.Manifest) != nil {
		return damaged(path, "its manifest cannot be read", nil)
	}
	if len(a.file.File) != len(a.Manifest.Entries)+1 {
		return damaged(path, "it holds other entries than its manifest names", nil)
	}
	for _, name := range a.Manifest.expected() {
		if _, found := a.Manifest.entry(name); !found {
			return damaged(path, "it has no "+name, nil)
		}
	}
	for _, entry := range a.Manifest.Entries {
		if err := a.verify(entry); err != nil {
			return damaged(path, entry.Name+" is not what it was", err)
		}
	}
	return nil
}

// verify holds one entry against its size and checksum.
func (a *Archive) verify(entry Entry) error {
	from, err := a.open(entry.Name)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(from, entry.Bytes+1))
	switch {
	case err != nil:
		return err
	case n != entry.Bytes:
		return fmt.Errorf("backup: %d bytes instead of %d", n, entry.Bytes)
	case hex.EncodeToString(sum.Sum(nil)) != entry.SHA256:
		return errors.New("backup: another checksum")
	}
	return nil
}

// open unpacks an entry.
func (a *Archive) open(name string) (io.ReadCloser, error) {
	for _, file := range a.file.File {
		if file.Name == name {
			return file.Open()
		}
	}
	return nil, fmt.Errorf("backup: no entry %q", name)
}

// small is the whole of a small entry.
func (a *Archive) small(name string) ([]byte, error) {
	from, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }()
	text, err := io.ReadAll(io.LimitReader(from, maxManifest+1))
	if err == nil && len(text) > maxManifest {
		err = errors.New("backup: too long")
	}
	return text, err
}

// Secrets are the secrets that were in use; nil where the backup has none.
func (a *Archive) Secrets() (*Secrets, error) {
	if !a.Manifest.HasSecrets() {
		return nil, nil
	}
	text, err := a.small(secretsEntry)
	if err != nil {
		return nil, err
	}
	var secrets Secrets
	decoder := json.NewDecoder(bytes.NewReader(text))
	if decoder.Decode(&secrets) != nil || secrets.JWTSecret == "" || secrets.EncryptionKey == "" {
		// Not the decoder's words: they may quote a secret.
		return nil, app.Errorf(app.CodeInvalidInput, "The secrets in the backup cannot be read.")
	}
	return &secrets, nil
}

func damaged(path, what string, cause error) error {
	return &app.Error{Code: app.CodeInvalidInput, Message: fmt.Sprintf("%s cannot be restored: %s. Nothing was changed.", path, what), Cause: cause}
}
