// Package backup writes a database into one file and brings it back: what the
// file looks like, what is checked before anything changes, and in which order
// things are done; and it keeps those that administrators have made. It speaks
// no SQL; what does is handed in. It imports app, app/audit, app/job, app/rule
// and the standard library only.
package backup

import (
	"time"

	"github.com/quillium/quillium/app"
)

// format is the version of the file's own form.
const format = 1

// The entries of the file, which is a ZIP archive: the manifest comes last.
const (
	manifestEntry = "manifest.json"
	dumpEntry     = "database.dump"
	secretsEntry  = "secrets.json"
	tablesFolder  = "tables/"
)

// Way is how the contents of the database are kept.
type Way string

const (
	// WayDump is an archive of pg_dump in its custom format.
	WayDump Way = "pg_dump"
	// WayCopy is a file a table, in the text format of COPY.
	WayCopy Way = "copy"
)

// Manifest tells what a backup holds. Every other entry of the file stands in
// it with size and checksum.
type Manifest struct {
	Format int `json:"format"`
	// Quillium is the version of the program that made it.
	Quillium string    `json:"quillium"`
	Made     time.Time `json:"made"`
	Way      Way       `json:"way"`
	Facts
	Entries []Entry `json:"entries"`
}

// Facts are what is known of a database besides its contents.
type Facts struct {
	// Schema is the number of the newest migration it has.
	Schema int64 `json:"schema"`
	// PostgreSQL is the major version it is kept by.
	PostgreSQL int `json:"postgresql"`
	// Store is the random id of the database; a restored one gets another.
	Store string `json:"store"`
	// The fingerprints of the secrets it was used with.
	JWTFingerprint        string `json:"jwt_fingerprint"`
	EncryptionFingerprint string `json:"encryption_fingerprint"`
	// Tables are in an order in which they can be filled: none refers to a
	// later one.
	Tables []Table `json:"tables"`
}

// Table is a table and those of its columns that are stored.
type Table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	// Rows is how many there are, where the way is copy.
	Rows int64 `json:"rows"`
}

// Entry is one part of the file, as it is when unpacked.
type Entry struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Secrets are what keys are drawn from. They are in a backup only where that
// was asked for.
type Secrets struct {
	JWTSecret     string `json:"jwt_secret"`
	EncryptionKey string `json:"encryption_key"`
}

// String shows nothing.
func (Secrets) String() string { return "(hidden)" }

// GoString shows nothing.
func (Secrets) GoString() string { return "(hidden)" }

// HasSecrets tells whether the secrets are in the backup.
func (m Manifest) HasSecrets() bool {
	_, found := m.entry(secretsEntry)
	return found
}

func (m Manifest) entry(name string) (Entry, bool) {
	for _, entry := range m.Entries {
		if entry.Name == name {
			return entry, true
		}
	}
	return Entry{}, false
}

// expected are the entries that a backup of this kind has to have.
func (m Manifest) expected() []string {
	if m.Way == WayDump {
		return []string{dumpEntry}
	}
	names := make([]string, 0, len(m.Tables))
	for _, table := range m.Tables {
		names = append(names, tablesFolder+table.Name)
	}
	return names
}

// readable tells why this program cannot read such a backup; nil is that it
// can. newest is the newest schema it knows.
func (m Manifest) readable(newest int64) error {
	switch {
	case m.Format != format || m.Way != WayCopy && m.Way != WayDump:
		return app.Errorf(app.CodeUnsupported, "The backup has a form that this version of Quillium does not know; restore it with the version that made it, %s.", m.Quillium)
	case m.Schema < 1:
		return app.Errorf(app.CodeInvalidInput, "The backup does not say which schema its database had.")
	case m.Schema > newest:
		return app.Errorf(app.CodeUnsupported, "The backup was made by a newer Quillium, %s (schema %d; this one knows %d); restore it with that version or a newer one.",
			m.Quillium, m.Schema, newest)
	}
	return nil
}
