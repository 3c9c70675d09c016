package repositories

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// UserSettingsRepository keeps what users chose for themselves.
type UserSettingsRepository struct{ db *DB }

var _ auth.UserSettingsRepository = (*UserSettingsRepository)(nil)

// NewUserSettingsRepository makes one on this database.
func NewUserSettingsRepository(db *DB) *UserSettingsRepository {
	return &UserSettingsRepository{db: db}
}

// GetByUserID reads what a user chose; not_found where he never did.
func (r *UserSettingsRepository) GetByUserID(ctx context.Context, user app.UserID) (app.UserSettings, error) {
	return one(ctx, r.db, "user settings: get", sq.Select("theme", "language", "notifications_enabled", "default_model").
		From("user_settings").Where("user_id = ?", user), pgx.RowToStructByPos[app.UserSettings])
}

// Put stores what a user chose, in place of what was there.
func (r *UserSettingsRepository) Put(ctx context.Context, user app.UserID, s app.UserSettings) error {
	_, err := r.db.exec(ctx, "user settings: put", sq.Insert("user_settings").
		Columns("user_id", "theme", "language", "notifications_enabled", "default_model").
		Values(user, s.Theme, s.Language, s.NotificationsEnabled, s.DefaultModel).
		Suffix(`on conflict (user_id) do update set theme = excluded.theme, language = excluded.language,
			notifications_enabled = excluded.notifications_enabled, default_model = excluded.default_model`))
	return err
}
