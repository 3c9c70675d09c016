package repositories

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

// SnapshotRepository reads chats as those who follow them need them: several
// things at one moment.
type SnapshotRepository struct{ db *DB }

var (
	_ realtime.Reader = (*SnapshotRepository)(nil)
	_ realtime.Revs   = (*SnapshotRepository)(nil)
)

// NewSnapshotRepository makes a reader of snapshots on this database.
func NewSnapshotRepository(db *DB) *SnapshotRepository { return &SnapshotRepository{db: db} }

// atOnce runs work in a transaction that sees one moment and changes nothing.
func (db *DB) atOnce(ctx context.Context, work func(context.Context) error) error {
	return db.transact(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, work)
}

// found is a chat of a snapshot with what decides how it is told.
type found struct {
	chat    app.Chat
	floor   int64
	changed []app.Message
	running []app.Message
	members []app.Member
}

var (
	followedChats = `select ` + sharedFields + `, ` + mineFields + `, c.floor_rev
		from members me join chats c on c.id = me.chat_id and c.deleted_at is null
		where me.user_id = $1 and me.chat_id = any($2) and me.removed_at is null`
	// One more than the limit tells that there are too many.
	changedMessages = `select ` + messageFields + `, ` + textsSoFar + `
		from unnest($1::uuid[], $2::bigint[]) as a(chat_id, since)
		join lateral (select * from messages m where m.chat_id = a.chat_id and m.rev > a.since and m.status not in ('queued', 'streaming')
			order by m.rev limit $3 + 1) m on true
		left join users u on u.id = m.author_id`
	runningMessages = `select ` + messageFields + `, ` + textsSoFar + `
		from runs r join messages m on m.id = r.message_id and m.status in ('queued', 'streaming')
		left join users u on u.id = m.author_id where r.chat_id = any($1)`
	newestMessages = `select ` + messageFields + `, ` + textsSoFar + `
		from unnest($1::uuid[]) as a(chat_id)
		join lateral (select * from messages m where m.chat_id = a.chat_id order by m.seq desc limit $2) m on true
		left join users u on u.id = m.author_id order by m.seq desc`
	changedMembers = `select a.chat_id, m.user_id, coalesce(u.name, ''), m.role, m.rev, m.joined_at, m.last_read_seq, m.removed_at is not null
		from unnest($1::uuid[], $2::bigint[]) as a(chat_id, since)
		join lateral (select * from members m where m.chat_id = a.chat_id and m.rev > a.since order by m.rev limit $3) m on true
		left join users u on u.id = m.user_id`
)

// noSince asks for no changed messages: a reset follows anyhow.
const noSince = int64(1) << 62

// Snapshots reads chats as one user sees them, all at one moment: one round
// trip, and a second one where some of them are reset.
func (r *SnapshotRepository) Snapshots(ctx context.Context, user app.UserID, asks []realtime.Ask, limit int, resume bool) ([]realtime.Snapshot, error) {
	snapshots := make([]realtime.Snapshot, len(asks))
	err := r.db.atOnce(ctx, func(ctx context.Context) error {
		chats, err := r.follow(ctx, user, asks, limit, resume)
		if err != nil {
			return err
		}
		var resets []app.ChatID
		for i, ask := range asks {
			if f := chats[ask.ChatID]; f != nil {
				snapshots[i] = f.snapshot(ask, limit, resume)
				if snapshots[i].Reset {
					resets = append(resets, ask.ChatID)
				}
			}
		}
		return r.reset(ctx, snapshots, resets, limit)
	})
	return snapshots, err
}

// follow reads the chats that this user may see, and what changed in them.
func (r *SnapshotRepository) follow(ctx context.Context, user app.UserID, asks []realtime.Ask, limit int, resume bool) (map[app.ChatID]*found, error) {
	ids, sinces, memberSinces := askColumns(asks, resume)
	chats := map[app.ChatID]*found{}
	batch := &pgx.Batch{}
	batch.Queue(`select ` + planOnce)
	batch.Queue(followedChats, user, ids).Query(func(rows pgx.Rows) error {
		list, err := pgx.CollectRows(rows, scanFound)
		for _, f := range list {
			chats[f.chat.ID] = f
		}
		return err
	})
	queueMessages(batch, chats, func(f *found, m app.Message) { f.changed = append(f.changed, m) }, changedMessages, ids, sinces, limit)
	queueMessages(batch, chats, func(f *found, m app.Message) { f.running = append(f.running, m) }, runningMessages, ids)
	batch.Queue(changedMembers, ids, memberSinces, realtime.MaxChanges).Query(func(rows pgx.Rows) error {
		return eachMember(rows, func(id app.ChatID, m app.Member) {
			if f := chats[id]; f != nil {
				f.members = append(f.members, m)
			}
		})
	})
	err := r.db.on(ctx).SendBatch(ctx, batch).Close()
	return chats, translate("snapshots: read", err)
}

func askColumns(asks []realtime.Ask, resume bool) (ids []app.ChatID, sinces, memberSinces []int64) {
	for _, ask := range asks {
		since, members := noSince, noSince
		if ask.Since != nil && resume {
			since, members = *ask.Since, *ask.Since
		}
		ids, sinces, memberSinces = append(ids, ask.ChatID), append(sinces, since), append(memberSinces, members)
	}
	return ids, sinces, memberSinces
}

// queueMessages hands messages to the chats they are of; those of a chat that
// the user may not see are read for nothing and go nowhere.
func queueMessages(batch *pgx.Batch, chats map[app.ChatID]*found, take func(*found, app.Message), text string, args ...any) {
	batch.Queue(text, args...).Query(func(rows pgx.Rows) error {
		list, err := pgx.CollectRows(rows, scanMessage)
		for _, m := range list {
			if f := chats[m.ChatID]; f != nil {
				take(f, m.WithoutClientID())
			}
		}
		return err
	})
}

func scanFound(row pgx.CollectableRow) (*found, error) {
	f := &found{chat: app.Chat{Me: &app.Me{}}}
	me := f.chat.Me
	err := row.Scan(append(sharedTargets(&f.chat), &me.Role, &me.Unread, &me.LastReadSeq, &me.Pinned, &me.Archived, &f.floor)...)
	return f, err
}

func eachMember(rows pgx.Rows, take func(app.ChatID, app.Member)) error {
	for rows.Next() {
		var id app.ChatID
		var m app.Member
		if err := rows.Scan(&id, &m.User.ID, &m.User.Name, &m.Role, &m.Rev, &m.JoinedAt, &m.LastReadSeq, &m.Removed); err != nil {
			return err
		}
		take(id, m)
	}
	return rows.Err()
}

// snapshot decides between what changed and a reset.
func (f *found) snapshot(ask realtime.Ask, limit int, resume bool) realtime.Snapshot {
	s := realtime.Snapshot{Found: true, Chat: f.chat, Me: *f.chat.Me, Messages: []app.Message{}, Members: []app.Member{}}
	s.Chat.Me = nil
	bytes := 0
	for _, m := range f.changed {
		bytes += weight(m)
	}
	s.Reset = !resume || ask.Since == nil || *ask.Since > f.chat.Rev || *ask.Since < f.floor || len(f.changed) > limit || bytes > realtime.MaxBytes
	if !s.Reset {
		s.Members = append(s.Members, f.members...)
		s.Messages = append(append(s.Messages, f.changed...), f.running...)
	}
	return s
}

// reset fills in the newest messages by seq of the chats that begin anew, as
// many as fit and at least one.
func (r *SnapshotRepository) reset(ctx context.Context, snapshots []realtime.Snapshot, ids []app.ChatID, limit int) error {
	if len(ids) == 0 {
		return nil
	}
	byChat := map[app.ChatID]*realtime.Snapshot{}
	for i := range snapshots {
		if snapshots[i].Found && snapshots[i].Reset {
			byChat[snapshots[i].Chat.ID] = &snapshots[i]
		}
	}
	batch := &pgx.Batch{}
	spent := map[app.ChatID]int{}
	batch.Queue(newestMessages, ids, limit).Query(func(rows pgx.Rows) error {
		list, err := pgx.CollectRows(rows, scanMessage)
		for _, m := range list {
			s := byChat[m.ChatID] // newest first, so that the oldest are left out
			spent[m.ChatID] += weight(m)
			if len(s.Messages) == 0 || spent[m.ChatID] <= realtime.MaxBytes {
				s.Messages = append(s.Messages, m.WithoutClientID())
			}
		}
		for _, s := range byChat {
			slices.Reverse(s.Messages)
		}
		return err
	})
	batch.Queue(changedMembers, ids, make([]int64, len(ids)), realtime.MaxChanges).Query(func(rows pgx.Rows) error {
		return eachMember(rows, func(id app.ChatID, m app.Member) { byChat[id].Members = append(byChat[id].Members, m) })
	})
	return translate("snapshots: reset", r.db.on(ctx).SendBatch(ctx, batch).Close())
}

// weight is about what a message takes on the way.
func weight(m app.Message) int {
	size := 600 + len(m.Content)
	if m.Reasoning != nil {
		size += len(*m.Reasoning)
	}
	return size
}

// Revs tells where these chats are; one that is gone, or deleted, is left out.
func (r *SnapshotRepository) Revs(ctx context.Context, ids []app.ChatID) (map[app.ChatID]int64, error) {
	revs := make(map[app.ChatID]int64, len(ids))
	var id app.ChatID
	var rev int64
	rows, err := r.db.on(ctx).Query(ctx, `select id, rev from chats where id = any($1) and deleted_at is null`, ids)
	if err == nil {
		_, err = pgx.ForEachRow(rows, []any{&id, &rev}, func() error {
			revs[id] = rev
			return nil
		})
	}
	return revs, translate("chats: revs", err)
}
