package repositories

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

// PresenceRepository keeps who is connected to which node. A row counts while
// its epoch is its node's.
type PresenceRepository struct{ db *DB }

var _ realtime.Attendance = (*PresenceRepository)(nil)

// NewPresenceRepository makes a repository of who is connected.
func NewPresenceRepository(db *DB) *PresenceRepository { return &PresenceRepository{db: db} }

const (
	connect = `insert into presence (node_id, epoch, user_id) select n.id, n.epoch, u.id from nodes n, unnest($3::uuid[]) as u(id)
		where n.id = $1 and n.epoch = $2 on conflict do nothing`
	// isOnline is asked of a column; it is not in doubt what it says of a node
	// that died: its epoch is another then.
	isOnline = `exists (select from presence p join nodes n on n.id = p.node_id and n.epoch = p.epoch where p.user_id = `
	takeSeat = `select u.id, coalesce(m.chat_id::text, ''), ` + isOnline + `u.id)
		from unnest($1::uuid[]) as u(id)
		left join lateral (select chat_id from members m where m.user_id = u.id and m.removed_at is null offset 0) m on true
		union all
		select m.user_id, a.id::text, true from unnest($2::uuid[]) as a(id)
		join lateral (select user_id from members m where m.chat_id = a.id and m.removed_at is null offset 0) m on ` + isOnline + `m.user_id)`
)

// Put stores that these and no others are connected to a node.
func (r *PresenceRepository) Put(ctx context.Context, owner app.Owner, users []app.UserID) error {
	batch := &pgx.Batch{}
	batch.Queue(`delete from presence where node_id = $1`, owner.Node)
	batch.Queue(connect, owner.Node, owner.Epoch, users)
	return translate("presence: put", r.db.on(ctx).SendBatch(ctx, batch).Close())
}

// Change stores who came to a node and who went.
func (r *PresenceRepository) Change(ctx context.Context, owner app.Owner, came, went []app.UserID) error {
	batch := &pgx.Batch{}
	batch.Queue(`delete from presence where node_id = $1 and epoch = $2 and user_id = any($3)`, owner.Node, owner.Epoch, went)
	batch.Queue(connect, owner.Node, owner.Epoch, came)
	return translate("presence: change", r.db.on(ctx).SendBatch(ctx, batch).Close())
}

// Present reads who is connected to a node, and who to any.
func (r *PresenceRepository) Present(ctx context.Context, owner app.Owner) (here, anywhere []app.UserID, err error) {
	rows, err := r.db.on(ctx).Query(ctx, `select p.node_id = $1 and p.epoch = $2, p.user_id
		from presence p join nodes n on n.id = p.node_id and n.epoch = p.epoch`, owner.Node, owner.Epoch)
	if err != nil {
		return nil, nil, translate("presence: read", err)
	}
	var is bool
	var user app.UserID
	_, err = pgx.ForEachRow(rows, []any{&is, &user}, func() error {
		anywhere = append(anywhere, user)
		if is {
			here = append(here, user)
		}
		return nil
	})
	return here, anywhere, translate("presence: read", err)
}

// Seats reads every chat of these users, and who is online in these chats.
func (r *PresenceRepository) Seats(ctx context.Context, users []app.UserID, chats []app.ChatID) ([]realtime.Seat, error) {
	rows, err := r.db.on(ctx).Query(ctx, takeSeat, users, chats)
	if err != nil {
		return nil, translate("presence: seats", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s realtime.Seat, err error) {
		err = row.Scan(&s.User, &s.Chat, &s.Online)
		return s, err
	})
	return list, translate("presence: seats", err)
}
