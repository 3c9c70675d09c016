package repositories

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

var _ realtime.Whispers = (*SnapshotRepository)(nil)

const marks = `select a.chat_id, a.user_id, m.last_read_seq from unnest($1::uuid[], $2::uuid[]) as a(chat_id, user_id)
	join lateral (select last_read_seq from members m where m.chat_id = a.chat_id and m.user_id = a.user_id and m.removed_at is null offset 0) m on true`

// Marks reads how far members have read.
func (r *SnapshotRepository) Marks(ctx context.Context, places []realtime.Place) ([]realtime.Read, error) {
	chats, users := split(places)
	rows, err := r.db.on(ctx).Query(ctx, marks, chats, users)
	if err != nil {
		return nil, translate("members: marks", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[realtime.Read])
	return list, translate("members: marks", err)
}

// Names reads what users are called.
func (r *SnapshotRepository) Names(ctx context.Context, users []app.UserID) (map[app.UserID]string, error) {
	list, err := many(ctx, r.db, "users: names", sq.Select("id", "name").From("users").Where("id = any(?)", users), pgx.RowToStructByPos[app.Person])
	names := make(map[app.UserID]string, len(list))
	for _, person := range list {
		names[person.ID] = person.Name
	}
	return names, err
}
