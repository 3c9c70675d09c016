package server

import (
	"context"
	"errors"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/backup"
	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/database"
	"github.com/quillium/quillium/app/secret"
	"github.com/quillium/quillium/repositories"
)

// BackupOptions are what an operator asks of a backup.
type BackupOptions struct {
	// Secrets puts JWT_SECRET and ENCRYPTION_KEY into it.
	Secrets bool
	// Copy makes a copy over SQL even where pg_dump could be used.
	Copy bool
}

// Backup writes the database into a file, as it is at this moment: with pg_dump
// where one of the database's own version is found, else as a copy of every
// table. A server may run meanwhile. The schema is left as it is, so that a new
// version can make a backup before it changes anything.
func Backup(ctx context.Context, c config.Config, options Options, path string, wants BackupOptions) (manifest backup.Manifest, err error) {
	if err := somethingThere(c); err != nil {
		return manifest, err
	}
	b, err := openAsIs(ctx, c, options, toCommand)
	if err != nil {
		return manifest, err
	}
	defer func() { err = errors.Join(sentence(err), b.closeAll()) }()
	return b.backup(ctx, path, wants, nil)
}

// backup writes one; written is told how far it is, unless it is nil.
func (b *base) backup(ctx context.Context, path string, wants BackupOptions, written func(bytes int64)) (manifest backup.Manifest, err error) {
	snapshot, err := repositories.TakeSnapshot(ctx, b.db)
	if err != nil {
		return manifest, err
	}
	defer snapshot.Close(ctx)
	facts, err := snapshot.Facts(ctx)
	if err != nil {
		return manifest, err
	}
	how := backup.Options{Version: b.options.Version, Written: written}
	if programs := b.programs(ctx, facts.PostgreSQL); programs.DumpPath != "" && !wants.Copy {
		how.Dumper = programs
	}
	if wants.Secrets {
		how.Secrets = &backup.Secrets{JWTSecret: b.secrets.jwt, EncryptionKey: b.secrets.encryption}
	}
	return backup.Write(ctx, path, snapshot, how)
}

// somethingThere keeps a command from making a database only to find nothing in
// it.
func somethingThere(c config.Config) error {
	if !c.Embedded() {
		return nil
	}
	there, err := database.Exists(database.Options{DataDir: c.DataDir})
	if err == nil && !there {
		err = app.Errorf(app.CodeNotFound, "There is no database in %s yet; the first start makes one.", c.DataDir)
	}
	return sentence(err)
}

// programs are pg_dump and pg_restore of the database's major version.
func (b *base) programs(ctx context.Context, major int) backup.Programs {
	return backup.Programs{
		DumpPath:    database.Tool(ctx, b.config.PGBin, "pg_dump", major),
		RestorePath: database.Tool(ctx, b.config.PGBin, "pg_restore", major),
		URL:         b.url,
	}
}

// Restored is what a restore did.
type Restored struct {
	Manifest backup.Manifest
	// Unreadable tells that ENCRYPTION_KEY is another than the one that the keys
	// of model endpoints in the backup were sealed with.
	Unreadable bool
}

// Restore brings a backup back into an empty database, which then is another
// one than it was: it has a store id of its own, and everybody signs in anew.
// Everything is looked at before anything changes, and of a failure nothing is
// left. withSecrets takes the secrets of the backup for those of the data
// folder.
func Restore(ctx context.Context, c config.Config, options Options, path string, withSecrets bool) (done Restored, err error) {
	archive, err := backup.Open(path)
	if err != nil {
		return done, sentence(err)
	}
	defer func() { err = errors.Join(err, archive.Close()) }()
	secrets, err := secretsFor(c, archive, withSecrets)
	if err != nil {
		return done, sentence(err)
	}
	b, err := openAsIs(ctx, c, options, toRestore)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(sentence(err), b.closeAll()) }()
	plan, err := b.plan(ctx, archive)
	if err != nil {
		return done, err
	}
	// First: keys that cannot be read are worse than secrets of an empty database.
	if secrets != nil {
		if err := secret.Replace(c.DataDir, secrets.JWTSecret, secrets.EncryptionKey); err != nil {
			return done, err
		}
		b.secrets.encryption = secrets.EncryptionKey
	}
	if err := plan.Run(ctx); err != nil {
		return done, err
	}
	now, err := secret.Fingerprint(b.secrets.encryption)
	return Restored{Manifest: archive.Manifest, Unreadable: changed(archive.Manifest.EncryptionFingerprint, now)}, err
}

func (b *base) plan(ctx context.Context, archive *backup.Archive) (*backup.Plan, error) {
	snapshot, err := repositories.TakeSnapshot(ctx, b.db)
	if err != nil {
		return nil, err
	}
	major, err := snapshot.Major(ctx)
	snapshot.Close(ctx)
	if err != nil {
		return nil, err
	}
	here := backup.Here{Schema: SchemaVersion(), PostgreSQL: major}
	if programs := b.programs(ctx, major); programs.RestorePath != "" {
		here.Restorer = programs
	}
	return backup.Check(ctx, archive, repositories.NewRestoreTarget(b.db), here)
}

// secretsFor are the secrets of the backup where they were asked for. They go
// into the data folder, and only where nobody set others.
func secretsFor(c config.Config, archive *backup.Archive, wanted bool) (*backup.Secrets, error) {
	if !wanted {
		return nil, nil
	}
	if c.JWTSecret != "" || c.EncryptionKey != "" {
		return nil, app.Errorf(app.CodeConflict, "JWT_SECRET and ENCRYPTION_KEY are set, and win over those of the backup; take them out with "+
			"`unzip -p FILE secrets.json`, set them, and restore without --with-secrets. Nothing was changed.")
	}
	secrets, err := archive.Secrets()
	if err == nil && secrets == nil {
		err = app.Errorf(app.CodeNotFound, "The backup has no secrets in it; restore it without --with-secrets. Nothing was changed.")
	}
	return secrets, err
}
