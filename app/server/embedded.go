package server

import (
	"context"
	"errors"

	"github.com/quillium/quillium/app/database"
)

// errDatabaseEnded is why a server ends whose database did.
var errDatabaseEnded = errors.New("the database of our own ended; its folder has the log")

// startEmbedded runs the database of our own, or, for a command, uses one that
// a server runs, and tells its address.
func (b *base) startEmbedded(ctx context.Context, why purpose) (string, error) {
	own, err := database.Start(ctx, database.Options{
		DataDir: b.config.DataDir, BinDir: b.config.PGBin, Password: b.secrets.databasePassword,
		Adopt: why == toCommand || why == toLook, Command: why != toServe, Log: b.options.Log,
	})
	if err != nil {
		return "", sentence(err)
	}
	b.later("database", own.Stop)
	b.place, b.exited = own.DataDir(), own.Exited()
	return own.URL(), nil
}
