package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/quillium/quillium/app"
)

// Residents are what is in a database that something is to be restored into.
type Residents struct {
	// Filled are the tables with rows in them, but for what a first start
	// writes.
	Filled []string
	// Servers counts the connections of running servers.
	Servers int
	// Unfinished is what a restore left that was cut off.
	Unfinished bool
}

// Identity is what a restored database keeps of the one it was.
type Identity struct{ JWTFingerprint, EncryptionFingerprint string }

// Target is the database that a backup is restored into.
type Target interface {
	// Residents tells what is there.
	Residents(ctx context.Context) (Residents, error)
	// Clear removes everything from the database.
	Clear(ctx context.Context) error
	// MigrateTo brings the schema to a version.
	MigrateTo(ctx context.Context, schema int64) error
	// Load fills the tables from the text format of COPY and settles, in one
	// transaction.
	Load(ctx context.Context, tables []Table, open func(Table) (io.ReadCloser, error), identity Identity) error
	// Settle makes the database one of its own: it gets a new store id, and
	// sessions and one-time links of before are over.
	Settle(ctx context.Context, identity Identity) error
}

// Restorer brings back what a Dumper wrote, in one transaction.
type Restorer interface {
	Restore(ctx context.Context, from io.Reader) error
}

// Here is what this program and the database to restore into are.
type Here struct {
	// Schema is the newest that this program knows.
	Schema int64
	// PostgreSQL is the major version of the database.
	PostgreSQL int
	// Restorer is pg_restore of that version; nil where there is none.
	Restorer Restorer
}

// Plan is a restore that may be done.
type Plan struct {
	archive *Archive
	target  Target
	here    Here
}

// Check tells whether a backup can be restored into a database, and changes
// nothing. A backup that is too new is unsupported, one for which pg_restore is
// missing unavailable; a database with somebody in it, or with a server at work,
// is a conflict.
func Check(ctx context.Context, archive *Archive, target Target, here Here) (*Plan, error) {
	manifest := archive.Manifest
	if err := manifest.readable(here.Schema); err != nil {
		return nil, err
	}
	switch {
	case manifest.Way != WayDump:
	case manifest.PostgreSQL > here.PostgreSQL:
		return nil, app.Errorf(app.CodeUnsupported, "The backup was made with pg_dump of PostgreSQL %d, and the database is of %d; "+
			"restore it into a newer one, or make it with `quillium backup --copy`.", manifest.PostgreSQL, here.PostgreSQL)
	case here.Restorer == nil:
		return nil, app.Errorf(app.CodeUnavailable, "The backup was made with pg_dump, and there is no pg_restore of PostgreSQL %d here; "+
			"install its client programs, or name their folder in QUILLIUM_PG_BIN.", here.PostgreSQL)
	}
	there, err := target.Residents(ctx)
	switch {
	case err != nil:
		return nil, err
	case there.Servers > 0:
		return nil, app.Errorf(app.CodeConflict, "A server uses the database; stop it first. Nothing was changed.")
	case there.Unfinished:
	case len(there.Filled) > 0:
		return nil, app.Errorf(app.CodeConflict, "The database is not empty (there are rows in %s), and a backup is restored into an empty one only; "+
			"move it away or name another one. Nothing was changed.", strings.Join(there.Filled, ", "))
	}
	return &Plan{archive: archive, target: target, here: here}, nil
}

// Run restores. Of a failure it leaves an empty database.
func (p *Plan) Run(ctx context.Context) error {
	err := p.run(ctx)
	if err == nil {
		return nil
	}
	if cleared := p.target.Clear(context.WithoutCancel(ctx)); cleared != nil {
		return errors.Join(err, fmt.Errorf("the database could not be emptied again, restore once more: %w", cleared))
	}
	return err
}

func (p *Plan) run(ctx context.Context) error {
	manifest := p.archive.Manifest
	identity := Identity{JWTFingerprint: manifest.JWTFingerprint, EncryptionFingerprint: manifest.EncryptionFingerprint}
	if err := p.target.Clear(ctx); err != nil {
		return err
	}
	if manifest.Way == WayDump {
		if err := p.dumped(ctx, identity); err != nil {
			return err
		}
	} else if err := p.copied(ctx, identity); err != nil {
		return err
	}
	return p.target.MigrateTo(ctx, p.here.Schema)
}

func (p *Plan) dumped(ctx context.Context, identity Identity) error {
	from, err := p.archive.open(dumpEntry)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	if err := p.here.Restorer.Restore(ctx, from); err != nil {
		return err
	}
	return p.target.Settle(ctx, identity)
}

func (p *Plan) copied(ctx context.Context, identity Identity) error {
	if err := p.target.MigrateTo(ctx, p.archive.Manifest.Schema); err != nil {
		return err
	}
	return p.target.Load(ctx, p.archive.Manifest.Tables, func(table Table) (io.ReadCloser, error) {
		return p.archive.open(tablesFolder + table.Name)
	}, identity)
}
