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

// somebody is an account that need not be there any more.
func somebody(id, name *string) *app.Person {
	if id == nil || name == nil {
		return nil
	}
	return &app.Person{ID: app.UserID(*id), Name: *name}
}

// GetAll reads every stored setting, and who changed it.
func (r *SettingsRepository) GetAll(ctx context.Context) (map[settings.Name]settings.Stored, error) {
	type row struct {
		Name     settings.Name
		Value    json.RawMessage
		At       time.Time
		By, Whom *string
	}
	rows, err := many(ctx, r.db, "settings: list", sq.Select("s.name", "s.value", "s.updated_at", "u.id::text", "u.name").
		From("settings s").LeftJoin("users u on u.id = s.updated_by"), pgx.RowToStructByPos[row])
	if err != nil {
		return nil, err
	}
	all := make(map[settings.Name]settings.Stored, len(rows))
	for _, one := range rows {
		all[one.Name] = settings.Stored{Value: one.Value, By: somebody(one.By, one.Whom), At: one.At}
	}
	return all, nil
}

// Lock lets nobody else change a setting until the transaction of the context
// ends. Whoever only reads does not wait.
func (r *SettingsRepository) Lock(ctx context.Context) error {
	_, err := r.db.on(ctx).Exec(ctx, "lock table settings in share row exclusive mode")
	return translate("settings: lock", err)
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

// History reads the newest changes of a setting from what was recorded of it.
func (r *SettingsRepository) History(ctx context.Context, name settings.Name, limit int) ([]settings.Change, error) {
	type row struct {
		At       time.Time
		By, Whom *string
		From, To string
	}
	rows, err := many(ctx, r.db, "settings: history", sq.
		Select("e.at", "u.id::text", "u.name", "coalesce(e.details->>'from', '')", "coalesce(e.details->>'to', '')").
		From("audit_events e").LeftJoin("users u on u.id = e.actor_id").
		Where("e.action = 'setting.changed' and e.target = ?", name).
		OrderBy("e.at desc").Limit(uint64(limit)), pgx.RowToStructByPos[row]) //nolint:gosec // small
	changes := make([]settings.Change, len(rows))
	for i, one := range rows {
		changes[i] = settings.Change{At: one.At, By: somebody(one.By, one.Whom), From: one.From, To: one.To}
	}
	return changes, err
}

// LogoRepository keeps the picture that is the logo.
type LogoRepository struct{ db *DB }

var _ settings.LogoRepository = (*LogoRepository)(nil)

// NewLogoRepository makes one on this database.
func NewLogoRepository(db *DB) *LogoRepository { return &LogoRepository{db: db} }

// Get reads the picture with this hash, or not_found.
func (r *LogoRepository) Get(ctx context.Context, hash string) ([]byte, error) {
	var png []byte
	err := r.db.on(ctx).QueryRow(ctx, "select png from logos where hash = $1", hash).Scan(&png)
	return png, translate("logos: get", err)
}

// Put keeps this picture in place of any other.
func (r *LogoRepository) Put(ctx context.Context, hash string, png []byte) error {
	if _, err := r.db.on(ctx).Exec(ctx, "delete from logos where hash <> $1", hash); err != nil {
		return translate("logos: delete", err)
	}
	_, err := r.db.on(ctx).Exec(ctx, "insert into logos (hash, png) values ($1, $2) on conflict (hash) do nothing", hash, png)
	return translate("logos: put", err)
}
