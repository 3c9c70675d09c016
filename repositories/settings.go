package repositories

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/settings"
)

// SettingsRepository keeps the settings that an administrator changed.
type SettingsRepository struct{ db *DB }

var _ settings.Repository = (*SettingsRepository)(nil)

// NewSettingsRepository makes one on this database.
func NewSettingsRepository(db *DB) *SettingsRepository { return &SettingsRepository{db: db} }

// GetAll reads every stored setting.
func (r *SettingsRepository) GetAll(ctx context.Context) (map[settings.Name]json.RawMessage, error) {
	type row struct {
		Name  settings.Name
		Value json.RawMessage
	}
	rows, err := many(ctx, r.db, "settings: list", sq.Select("name", "value").From("settings"), pgx.RowToStructByPos[row])
	if err != nil {
		return nil, err
	}
	all := make(map[settings.Name]json.RawMessage, len(rows))
	for _, one := range rows {
		all[one.Name] = one.Value
	}
	return all, nil
}

// Put stores a setting in place of what was there.
func (r *SettingsRepository) Put(ctx context.Context, name settings.Name, value json.RawMessage, by app.UserID, at time.Time) error {
	var user *app.UserID
	if by != "" {
		user = &by
	}
	_, err := r.db.exec(ctx, "settings: put", sq.Insert("settings").
		Columns("name", "value", "updated_by", "updated_at").Values(name, value, user, at).
		Suffix("on conflict (name) do update set value = excluded.value, updated_by = excluded.updated_by, updated_at = excluded.updated_at"))
	return err
}

// Delete forgets a stored setting; none is no error.
func (r *SettingsRepository) Delete(ctx context.Context, name settings.Name) error {
	_, err := r.db.exec(ctx, "settings: delete", sq.Delete("settings").Where("name = ?", name))
	return err
}
