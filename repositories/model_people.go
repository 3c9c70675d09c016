package repositories

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/model"
)

// ModelPeople finds the accounts that models are for.
type ModelPeople struct{ db *DB }

var _ model.People = (*ModelPeople)(nil)

// NewModelPeople makes one on this database.
func NewModelPeople(db *DB) *ModelPeople { return &ModelPeople{db: db} }

// GetByEmail reads the accounts with these addresses, by name.
func (r *ModelPeople) GetByEmail(ctx context.Context, emailKeys []string) ([]app.User, error) {
	return r.find(ctx, "u.email_key = any(?)", emailKeys)
}

// GetByID reads the accounts with these ids, by name.
func (r *ModelPeople) GetByID(ctx context.Context, ids []app.UserID) ([]app.User, error) {
	return r.find(ctx, "u.id = any(?)", ids)
}

func (r *ModelPeople) find(ctx context.Context, which string, keys any) ([]app.User, error) {
	return many(ctx, r.db, "models: users", sq.Select("u.id", "u.email", "u.name", "u.role", "u.status", "u.created_at").From("users u").
		Where(which, keys).Where("not exists (select from deletions d where d.user_id = u.id)").
		OrderBy(`u.name collate "und-x-icu"`, "u.id"), pgx.RowToStructByPos[app.User])
}
