package repositories

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

var (
	missedChats = `select ` + sharedFields + `, c.settings_rev, c.floor_rev from chats c where c.id = any($1) and c.deleted_at is null`
	// One more than the limit tells that there are too many, and so does the
	// first one with which they are too large: what comes after it is not read.
	missedMessages = `select ` + messageFields + `, ` + textsSoFar + `
		from unnest($1::uuid[], $2::bigint[]) as a(chat_id, since)
		join lateral (
			select *, sum(octet_length(b.content) + coalesce(octet_length(b.reasoning), 0)) over (order by b.rev)
				- octet_length(b.content) - coalesce(octet_length(b.reasoning), 0) as before
			from (select * from messages b where b.chat_id = a.chat_id and b.rev > a.since order by b.rev limit $3) b
		) m on m.before <= $4
		left join users u on u.id = m.author_id order by m.rev`
	lostMembers = `select m.chat_id, m.user_id from unnest($1::uuid[], $2::bigint[]) as a(chat_id, since)
		join members m on m.chat_id = a.chat_id and m.rev > a.since and m.removed_at is not null`
)

// trail is a chat of a reading with what decides how it is told.
type trail struct {
	*realtime.Missed
	chat            app.Chat
	settings, floor int64
}

// SinceAll reads everything in chats that changed after these revs, at one
// moment and in one round trip; a notice where it is too much for one chat.
func (r *SnapshotRepository) SinceAll(ctx context.Context, asks []realtime.Where) ([]realtime.Missed, error) {
	list := make([]realtime.Missed, len(asks))
	ids, revs, trails := make([]app.ChatID, len(asks)), make([]int64, len(asks)), map[app.ChatID]*trail{}
	for i, ask := range asks {
		ids[i], revs[i] = ask.ChatID, ask.Rev
		list[i].Changes = app.Changes{ChatID: ask.ChatID, From: ask.Rev, Messages: []app.Message{}}
		trails[ask.ChatID] = &trail{Missed: &list[i]}
	}
	batch := &pgx.Batch{}
	batch.Queue(`select ` + planOnce)
	batch.Queue(missedChats, ids).Query(func(rows pgx.Rows) error { return eachTrail(rows, trails) })
	batch.Queue(missedMessages, ids, revs, realtime.MaxChanges+1, realtime.MaxBytes).Query(func(rows pgx.Rows) error {
		messages, err := pgx.CollectRows(rows, scanMessage)
		for _, m := range messages {
			of := &trails[m.ChatID].Changes
			of.Messages = append(of.Messages, m.WithoutClientID())
		}
		return err
	})
	batch.Queue(changedMembers, ids, revs, realtime.MaxChanges+1).Query(func(rows pgx.Rows) error {
		return eachMember(rows, func(id app.ChatID, m app.Member) { trails[id].Changes.Members = append(trails[id].Changes.Members, m) })
	})
	var chat app.ChatID
	var user app.UserID
	batch.Queue(lostMembers, ids, revs).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&chat, &user}, func() error {
			trails[chat].Lost = append(trails[chat].Lost, user)
			return nil
		})
		return err
	})
	err := r.db.atOnce(ctx, func(ctx context.Context) error {
		return translate("changes: read", r.db.on(ctx).SendBatch(ctx, batch).Close())
	})
	if err != nil {
		return nil, err
	}
	for _, t := range trails {
		t.finish()
	}
	return list, nil
}

func eachTrail(rows pgx.Rows, trails map[app.ChatID]*trail) error {
	for rows.Next() {
		var t trail
		if err := rows.Scan(append(sharedTargets(&t.chat), &t.settings, &t.floor)...); err != nil {
			return err
		}
		of := trails[t.chat.ID]
		of.chat, of.settings, of.floor, of.Found = t.chat, t.settings, t.floor, true
	}
	return rows.Err()
}

// finish puts together what was read of a chat; it makes a notice of changes
// that are too many, too large, or leave out rows that are gone.
func (t *trail) finish() {
	changes := &t.Changes
	changes.Rev = t.chat.Rev
	if t.settings > changes.From {
		changes.Chat = &t.chat
	}
	bytes := 0
	for _, m := range changes.Messages {
		bytes += weight(m)
	}
	if len(changes.Messages)+len(changes.Members) > realtime.MaxChanges || bytes > realtime.MaxBytes || changes.From < t.floor {
		*changes = app.Changes{ChatID: changes.ChatID, From: changes.Rev, Rev: changes.Rev, Messages: []app.Message{}}
	}
}
