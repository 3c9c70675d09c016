package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/model"
	"github.com/quillium/quillium/migrations"
	"github.com/quillium/quillium/repositories"
)

// Options is what a server needs besides its configuration.
type Options struct {
	Log *slog.Logger
	// Level is the one that Log was made with, where it is to be changed live.
	Level *slog.LevelVar
	// Out is where people read what a start has to say: never the log.
	Out io.Writer
	// Environment tells what is set there, apart from files; nil is nothing.
	Environment config.Lookup
	// Version is the program's.
	Version string
	// ModelPlaces are where model servers are looked for; nil is the usual ones.
	ModelPlaces []model.Place
}

// base is what a server and a command have in common: secrets, an up-to-date
// database, and a pool.
type base struct {
	*closers
	config  config.Config
	options Options
	secrets secrets
	keys    keys
	db      *repositories.DB
	// url is the address of the database, with its password.
	url string
	// place says in words where the data is.
	place string
	// exited is closed when the database of our own ends; nil without one.
	exited <-chan struct{}
}

// purpose is why the database is opened.
type purpose int

const (
	toServe purpose = iota
	// toCommand shares a database of our own with a server.
	toCommand
	// toRestore is alone with the database, on one connection.
	toRestore
	// toLook shares it too, on a few connections, whatever was configured.
	toLook
)

// openBase builds from the bottom: secrets, the database of our own where none
// is named, its schema, the pool. What it built before it failed is taken
// down.
func openBase(ctx context.Context, c config.Config, options Options, why purpose) (*base, error) {
	b, err := openAsIs(ctx, c, options, why)
	if err != nil {
		return b, err
	}
	if err := b.migrate(ctx); err != nil {
		return b, errors.Join(err, b.closeAll())
	}
	return b, nil
}

// openAsIs is openBase for those who leave the schema as it is.
func openAsIs(ctx context.Context, c config.Config, options Options, why purpose) (b *base, err error) {
	b = &base{closers: &closers{log: options.Log}, config: c, options: options}
	defer func() {
		if err != nil {
			_ = b.closeAll()
		}
	}()
	if b.secrets, err = gather(c); err != nil {
		return b, err
	}
	if b.keys, err = draw(b.secrets); err != nil {
		return b, err
	}
	return b, b.openDatabase(ctx, why)
}

// openDatabase starts the database of our own where none is named, and
// connects a pool.
func (b *base) openDatabase(ctx context.Context, why purpose) (err error) {
	url := b.config.DatabaseURL
	b.place = "the database of DATABASE_URL"
	if b.config.Embedded() {
		if url, err = b.startEmbedded(ctx, why); err != nil {
			return err
		}
	}
	b.url = url
	conns := b.config.DBMaxConns
	switch why {
	case toRestore:
		conns = 1
	case toLook:
		conns = 2
	}
	if b.db, err = repositories.Open(ctx, url, conns); err != nil {
		if b.config.Embedded() || ctx.Err() != nil {
			return err
		}
		return noDatabase(err)
	}
	b.later("pool", func(context.Context) error { b.db.Close(); return nil })
	return nil
}

func (b *base) migrate(ctx context.Context) error {
	count, err := migrations.Up(ctx, b.db.ConnConfig())
	if err != nil {
		return fmt.Errorf("the database cannot be brought up to date: %w", err)
	}
	if count > 0 {
		b.options.Log.Info("database migrated", "migrations", count)
	}
	return nil
}
