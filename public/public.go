// Package public holds what browsers load: style sheets, ES modules, icons and
// the vendored libraries, embedded and served from memory. It imports the
// standard library only.
package public

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

//go:embed css/*.css js/*.js vendor/*.js vendor/*.LICENSE icons.svg favicon.svg
var tree embed.FS

// Prefix is where all assets live. One hash of the whole tree follows it, so
// that modules find each other by relative paths under any version.
const Prefix = "/assets/"

// Cache headers: a file under its tree's hash never changes; under another
// one (a page of an older version, mid-upgrade) it is asked for each time.
const (
	CacheForever = "public, max-age=31536000, immutable"
	CacheNever   = "no-cache"
)

// Files is the embedded tree, by name.
type Files struct {
	hash  string
	files map[string]*File
}

// File is one asset, whole in memory.
type File struct {
	Name        string
	ContentType string
	ETag        string
	Body        []byte
	gzip        func() []byte
}

// Gzip is the body compressed, made when first asked for; nil where that
// saves nothing.
func (f *File) Gzip() []byte { return f.gzip() }

// New reads the embedded tree. It fails only on a file whose kind it does not
// know, which a test would have told.
func New() (*Files, error) { return load(tree) }

// Base is the URL that every asset's name is appended to, with its slash.
func (f *Files) Base() string { return Prefix + f.hash + "/" }

// URL is where a browser gets the asset of this name ("css/base.css"). It
// changes when any asset does.
func (f *Files) URL(name string) string { return f.Base() + name }

// Text is the content of an asset, or empty where there is none of this name.
func (f *Files) Text(name string) string {
	if file, ok := f.files[name]; ok {
		return string(file.Body)
	}
	return ""
}

// Find gives the asset at a URL path, and for how long it may be cached. The
// path must be in its one canonical spelling.
func (f *Files) Find(url string) (file *File, cache string, ok bool) {
	hash, name, found := strings.Cut(strings.TrimPrefix(url, Prefix), "/")
	if !found || hash == "" || !strings.HasPrefix(url, Prefix) {
		return nil, "", false
	}
	file, ok = f.files[name]
	if !ok {
		return nil, "", false
	}
	if hash != f.hash {
		return file, CacheNever, true
	}
	return file, CacheForever, true
}

func load(from fs.FS) (*Files, error) {
	files := &Files{files: map[string]*File{}}
	sum := sha256.New()
	err := fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(from, name)
		if err != nil {
			return fmt.Errorf("public: read %s: %w", name, err)
		}
		file, err := newFile(name, body)
		if err != nil {
			return err
		}
		files.files[name] = file
		_, err = fmt.Fprintf(sum, "%s\x00%s\x00", name, file.ETag)
		return err
	})
	files.hash = hex.EncodeToString(sum.Sum(nil))[:12]
	return files, err
}

func newFile(name string, body []byte) (*File, error) {
	kind, ok := kinds[path.Ext(name)]
	if !ok {
		return nil, errors.New("public: no content type for " + name)
	}
	sum := sha256.Sum256(body)
	return &File{
		Name:        name,
		ContentType: kind,
		ETag:        `"` + hex.EncodeToString(sum[:12]) + `"`,
		Body:        body,
		// Compressed at the first request, not at start: starting stays quick.
		gzip: sync.OnceValue(func() []byte { return compress(body) }),
	}, nil
}

// kinds is every kind of file there is here. mime.TypeByExtension would ask
// the machine it runs on.
var kinds = map[string]string{
	".css":     "text/css; charset=utf-8",
	".js":      "text/javascript; charset=utf-8",
	".svg":     "image/svg+xml",
	".LICENSE": "text/plain; charset=utf-8",
}

func compress(body []byte) []byte {
	var out bytes.Buffer
	writer, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil
	}
	_, failed := writer.Write(body)
	if err := writer.Close(); err != nil || failed != nil || out.Len() >= len(body) {
		return nil
	}
	return out.Bytes()
}
