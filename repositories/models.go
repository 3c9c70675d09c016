package repositories

import (
	"context"
	"errors"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/model"
)

// ModelRepository stores providers and the models they serve.
type ModelRepository struct{ db *DB }

var (
	_ model.Repository  = (*ModelRepository)(nil)
	_ model.Preferences = (*ModelRepository)(nil)
)

// NewModelRepository makes a repository of models on this database.
func NewModelRepository(db *DB) *ModelRepository { return &ModelRepository{db: db} }

// Load reads all providers and models, in two statements of one round trip;
// models in their order, then by age.
func (r *ModelRepository) Load(ctx context.Context) ([]model.Provider, []model.Entry, error) {
	var providers []model.Provider
	var entries []model.Entry
	batch := &pgx.Batch{}
	batch.Queue(providerColumns + ` from providers order by created_at, id`).Query(func(rows pgx.Rows) (err error) {
		providers, err = pgx.CollectRows(rows, scanProvider)
		return err
	})
	batch.Queue(`select id, provider_id, upstream, name, context_size, enabled, position from models
		order by position, created_at, id`).Query(func(rows pgx.Rows) (err error) {
		entries, err = pgx.CollectRows(rows, pgx.RowToStructByPos[model.Entry])
		return err
	})
	err := r.db.on(ctx).SendBatch(ctx, batch).Close()
	return providers, entries, translate("models: load", err)
}

const providerColumns = `select id, name, base_url, source, enabled, key_id, key_nonce, key_ciphertext`

func scanProvider(row pgx.CollectableRow) (model.Provider, error) {
	var p model.Provider
	err := row.Scan(&p.ID, &p.Name, &p.BaseURL, &p.Source, &p.Enabled, &p.Key.KeyID, &p.Key.Nonce, &p.Key.Ciphertext)
	return p, err
}

// SaveEnv makes or renews the provider of the environment. It never has a key.
func (r *ModelRepository) SaveEnv(ctx context.Context, provider app.Provider) (app.ProviderID, error) {
	statement := sq.Insert("providers").Columns("id", "name", "base_url", "source").
		Values(provider.ID, provider.Name, provider.BaseURL, model.SourceEnv).
		Suffix(`on conflict (source) where source = 'env' do update set name = excluded.name, base_url = excluded.base_url,
			enabled = true, key_id = '', key_nonce = null, key_ciphertext = null, updated_at = now() returning id`)
	return one(ctx, r.db, "providers: save", statement, pgx.RowTo[app.ProviderID])
}

// DisableEnv switches the provider of the environment off, if there is one.
func (r *ModelRepository) DisableEnv(ctx context.Context) error {
	_, err := r.db.exec(ctx, "providers: disable", sq.Update("providers").Set("enabled", false).
		Set("updated_at", squirrel.Expr("now()")).Where(squirrel.Eq{"source": model.SourceEnv, "enabled": true}))
	return err
}

// SaveModels forgets, resizes and adds models in one transaction.
func (r *ModelRepository) SaveModels(ctx context.Context, changes model.Changes) error {
	return r.db.InTx(ctx, func(ctx context.Context) error {
		batch := &pgx.Batch{}
		if len(changes.Gone) > 0 {
			batch.Queue(`delete from models where id = any($1)`, changes.Gone)
		}
		for _, entry := range changes.Resize {
			batch.Queue(`update models set context_size = $2 where id = $1`, entry.ID, entry.ContextSize)
		}
		for _, entry := range changes.Add {
			batch.Queue(`insert into models (id, provider_id, upstream, name, context_size, enabled, position)
				values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
				entry.ID, entry.ProviderID, entry.Upstream, entry.Name, entry.ContextSize, entry.Enabled, entry.Position)
		}
		return translate("models: save", r.db.on(ctx).SendBatch(ctx, batch).Close())
	})
}

// newProviderLock is the key of the advisory lock under which providers are
// made: who decides by those that there are must not miss one that another node
// is making.
const newProviderLock = 0x7175_6c6d_0002

// CreateProvider stores a new provider where may, asked under a lock, allows
// it beside those that there are; conflict where its id is taken.
func (r *ModelRepository) CreateProvider(ctx context.Context, p model.Provider, may func(there []model.Provider) error) error {
	return r.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := r.db.exec(ctx, "providers: lock", squirrel.Expr("select pg_advisory_xact_lock($1)", newProviderLock)); err != nil {
			return err
		}
		there, err := many(ctx, r.db, "providers: list", squirrel.Expr(providerColumns+` from providers`), scanProvider)
		if err != nil {
			return err
		}
		if err := may(there); err != nil {
			return err
		}
		_, err = r.db.exec(ctx, "providers: create", sq.Insert("providers").
			Columns("id", "name", "base_url", "source", "enabled", "key_id", "key_nonce", "key_ciphertext").
			Values(p.ID, p.Name, p.BaseURL, p.Source, p.Enabled, p.Key.KeyID, p.Key.Nonce, p.Key.Ciphertext))
		return err
	})
}

// ChangeProvider lets change make what it wants of a provider, under a lock.
func (r *ModelRepository) ChangeProvider(ctx context.Context, id app.ProviderID,
	change func(model.Provider) (model.Provider, error),
) error {
	return r.db.InTx(ctx, func(ctx context.Context) error {
		locked := squirrel.Expr(providerColumns+` from providers where id = $1 for update`, id)
		provider, err := one(ctx, r.db, "providers: lock", locked, scanProvider)
		if err != nil {
			return err
		}
		if provider, err = change(provider); err != nil {
			return err
		}
		_, err = r.db.exec(ctx, "providers: change", sq.Update("providers").
			Set("name", provider.Name).Set("base_url", provider.BaseURL).Set("enabled", provider.Enabled).
			Set("key_id", provider.Key.KeyID).Set("key_nonce", provider.Key.Nonce).
			Set("key_ciphertext", provider.Key.Ciphertext).Set("updated_at", squirrel.Expr("now()")).
			Where(squirrel.Eq{"id": id}))
		return err
	})
}

// DefaultModel is the model that a user set for himself; "" where he did not.
func (r *ModelRepository) DefaultModel(ctx context.Context, user app.UserID) (string, error) {
	statement := sq.Select("default_model").From("user_settings").Where(squirrel.Eq{"user_id": user})
	name, err := one(ctx, r.db, "models: default", statement, pgx.RowTo[string])
	if errors.Is(err, app.ErrNotFound) {
		return "", nil
	}
	return name, err
}
