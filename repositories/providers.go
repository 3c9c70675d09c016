package repositories

import (
	"context"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/model"
)

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

// DeleteProvider forgets a provider and its models, where may allows it.
func (r *ModelRepository) DeleteProvider(ctx context.Context, id app.ProviderID, may func(model.Provider) error) error {
	return r.db.InTx(ctx, func(ctx context.Context) error {
		locked := squirrel.Expr(providerColumns+` from providers where id = $1 for update`, id)
		provider, err := one(ctx, r.db, "providers: lock", locked, scanProvider)
		if err != nil {
			return err
		}
		if err := may(provider); err != nil {
			return err
		}
		_, err = r.db.exec(ctx, "providers: delete", sq.Delete("providers").Where(squirrel.Eq{"id": id}))
		return err
	})
}
