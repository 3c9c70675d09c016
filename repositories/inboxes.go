package repositories

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

var _ realtime.Inboxes = (*SnapshotRepository)(nil)

// inboxes begins at the members of each chat, who are fewer than the chats of
// everybody who is connected. The laterals keep to indexes whatever a planner
// takes the arrays for.
const inboxes = `
with here as materialized (select id from unnest($2::uuid[]) as u(id)), at as (
	select m.chat_id, m.user_id from unnest($1::uuid[]) as a(id)
		join lateral (select chat_id, user_id from members m where m.chat_id = a.id and m.removed_at is null offset 0) m on true
		where m.user_id in (select id from here)
	union select chat_id, user_id from unnest($3::uuid[], $4::uuid[]) as o(chat_id, user_id)
)
select me.user_id, c.id, c.title, c.rev, c.last_seq, ` + mineFields + `
from at join members me on me.chat_id = at.chat_id and me.user_id = at.user_id and me.removed_at is null
join lateral (select * from chats c where c.id = at.chat_id and c.deleted_at is null offset 0) c on true`

// Inboxes reads what chats are to those of these users who are in them.
func (r *SnapshotRepository) Inboxes(ctx context.Context, chats []app.ChatID, users []app.UserID, places []realtime.Place) ([]realtime.Entry, error) {
	chatIDs, userIDs := split(places)
	rows, err := r.db.on(ctx).Query(ctx, inboxes, chats, users, chatIDs, userIDs)
	if err != nil {
		return nil, translate("members: inboxes", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e realtime.Entry, err error) {
		err = row.Scan(&e.User, &e.ChatID, &e.Title, &e.Rev, &e.LastSeq, &e.Me.Role, &e.Me.Unread, &e.Me.LastReadSeq, &e.Me.Pinned, &e.Me.Archived)
		return e, err
	})
	return list, translate("members: inboxes", err)
}

// split gives the chats and the users of places, as statements take them.
func split(places []realtime.Place) (chats []app.ChatID, users []app.UserID) {
	for _, at := range places {
		chats, users = append(chats, at.Chat), append(users, at.User)
	}
	return chats, users
}
