package repositories

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

// Thread reads a question and all its answers as one user sees them, at one
// moment; at most MaxChanges messages.
func (r *SnapshotRepository) Thread(ctx context.Context, user app.UserID, id app.ChatID, question app.MessageID) (realtime.Snapshot, error) {
	var snapshot realtime.Snapshot
	chats := map[app.ChatID]*found{}
	err := r.db.atOnce(ctx, func(ctx context.Context) error {
		batch := &pgx.Batch{}
		batch.Queue(`select ` + planOnce)
		batch.Queue(followedChats, user, []app.ChatID{id}).Query(func(rows pgx.Rows) error {
			list, err := pgx.CollectRows(rows, scanFound)
			for _, f := range list {
				chats[f.chat.ID] = f
			}
			return err
		})
		queueMessages(batch, chats, func(f *found, m app.Message) { f.changed = append(f.changed, m) }, `select `+messageFields+`, `+textsSoFar+`
			from (select id from messages where id = $2 union all select id from messages where reply_to = $2 and role = 'assistant') t
			join messages m on m.id = t.id and m.chat_id = $1
			left join users u on u.id = m.author_id order by m.seq limit $3`, id, question, realtime.MaxChanges)
		return translate("threads: read", r.db.on(ctx).SendBatch(ctx, batch).Close())
	})
	if f := chats[id]; f != nil && err == nil {
		snapshot = realtime.Snapshot{Found: true, Chat: f.chat, Me: *f.chat.Me, Messages: f.changed, Members: []app.Member{}}
		snapshot.Chat.Me = nil
	}
	return snapshot, err
}
