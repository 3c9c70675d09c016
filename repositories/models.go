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
	_ model.Repository         = (*ModelRepository)(nil)
	_ model.ProviderRepository = (*ModelRepository)(nil)
	_ model.Preferences        = (*ModelRepository)(nil)
)

// NewModelRepository makes a repository of models on this database.
func NewModelRepository(db *DB) *ModelRepository { return &ModelRepository{db: db} }

// Load reads all providers and models, in two statements of one round trip;
// models in their order, then by id.
func (r *ModelRepository) Load(ctx context.Context) ([]model.Provider, []model.Entry, error) {
	var providers []model.Provider
	var entries []model.Entry
	batch := &pgx.Batch{}
	batch.Queue(providerColumns + ` from providers order by created_at, id`).Query(func(rows pgx.Rows) (err error) {
		providers, err = pgx.CollectRows(rows, scanProvider)
		return err
	})
	batch.Queue(entryColumns + ` from models m order by m.position, m.id`).Query(func(rows pgx.Rows) (err error) {
		entries, err = pgx.CollectRows(rows, pgx.RowToStructByPos[model.Entry])
		return err
	})
	err := r.db.on(ctx).SendBatch(ctx, batch).Close()
	return providers, entries, translate("models: load", err)
}

// entryColumns are a model.Entry's fields in their order.
const entryColumns = `select m.uid, m.id, m.aliases, m.provider_id, m.upstream, m.name, m.enabled, m.listed, m.kept, m.restricted,
	array(select u.user_id::text from model_users u where u.model_uid = m.uid order by u.user_id),
	m.context_size, m.context_override, m.input_price, m.output_price, m.system_prompt, m.position`

// modelsLock is the key of the advisory lock under which models are changed:
// ids and aliases are unique over both, which no index tells.
const modelsLock = 0x7175_6c6d_0003

// ChangeModels reads all models under a lock and does with them what change
// says, in one transaction.
func (r *ModelRepository) ChangeModels(ctx context.Context, change func([]model.Provider, []model.Entry) (model.Changes, error)) error {
	return r.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := r.db.exec(ctx, "models: lock", squirrel.Expr("select pg_advisory_xact_lock($1)", modelsLock)); err != nil {
			return err
		}
		providers, entries, err := r.Load(ctx)
		if err != nil {
			return err
		}
		changes, err := change(providers, entries)
		if err != nil {
			return err
		}
		batch := &pgx.Batch{}
		queueModels(batch, changes)
		return translate("models: change", r.db.on(ctx).SendBatch(ctx, batch).Close())
	})
}

func queueModels(batch *pgx.Batch, changes model.Changes) {
	if len(changes.Gone) > 0 {
		batch.Queue(`delete from models where uid = any($1)`, changes.Gone)
	}
	for _, e := range changes.Update {
		users := append([]app.UserID{}, e.Users...) // nil would be NULL, and spare everybody
		batch.Queue(`update models set id = $2, aliases = $3, name = $4, enabled = $5, listed = $6, kept = $7, restricted = $8,
			context_size = $9, context_override = $10, input_price = $11, output_price = $12, system_prompt = $13, position = $14 where uid = $1`,
			e.UID, e.ID, e.Aliases, e.Name, e.Enabled, e.Listed, e.Kept, e.Restricted,
			e.ContextSize, e.ContextOverride, e.InputPrice, e.OutputPrice, e.SystemPrompt, e.Position)
		batch.Queue(`delete from model_users where model_uid = $1 and user_id <> all($2)`, e.UID, users)
		batch.Queue(`insert into model_users (model_uid, user_id) select $1, id from users where id = any($2) on conflict do nothing`, e.UID, users)
	}
	for _, e := range changes.Add {
		batch.Queue(`insert into models (uid, id, provider_id, upstream, name, enabled, listed, kept, context_size, position)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
			e.UID, e.ID, e.ProviderID, e.Upstream, e.Name, e.Enabled, e.Listed, e.Kept, e.ContextSize, e.Position)
	}
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
