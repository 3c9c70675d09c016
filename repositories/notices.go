package repositories

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// NoticeRepository keeps what people have to be told of their accounts.
type NoticeRepository struct{ db *DB }

var _ auth.NoticeRepository = (*NoticeRepository)(nil)

// NewNoticeRepository makes one on this database.
func NewNoticeRepository(db *DB) *NoticeRepository { return &NoticeRepository{db: db} }

// Create stores a notice.
func (r *NoticeRepository) Create(ctx context.Context, user app.UserID, n app.Notice) error {
	_, err := r.db.on(ctx).Exec(ctx, `insert into notices (id, user_id, text, created_at) values ($1, $2, $3, $4)`, n.ID, user, n.Text, n.CreatedAt)
	return translate("notices: insert", err)
}

// List lists the oldest ones: ids grow with time.
func (r *NoticeRepository) List(ctx context.Context, user app.UserID, limit int) ([]app.Notice, error) {
	rows, err := r.db.on(ctx).Query(ctx, `select id, text, created_at from notices where user_id = $1 order by id limit $2`, user, limit)
	if err != nil {
		return nil, translate("notices: list", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[app.Notice])
	return list, translate("notices: list", err)
}

// Delete takes one away.
func (r *NoticeRepository) Delete(ctx context.Context, user app.UserID, id app.NoticeID) error {
	tag, err := r.db.on(ctx).Exec(ctx, `delete from notices where id = $1 and user_id = $2`, id, user)
	return orNotFound(tag.RowsAffected(), translate("notices: delete", err))
}
