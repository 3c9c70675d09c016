package repositories

import (
	"context"
	"time"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// RetentionRepository erases messages that are too old.
type RetentionRepository struct{ db *DB }

var _ chat.RetentionRepository = (*RetentionRepository)(nil)

// NewRetentionRepository makes one on this database.
func NewRetentionRepository(db *DB) *RetentionRepository { return &RetentionRepository{db: db} }

// dueChats looks at one message of each chat, by the index of places: the
// first behind expired_seq.
const dueChats = `
select c.id, k.before from chats c
cross join lateral (select now() - make_interval(days => nullif(coalesce(c.retention_days, $1::integer), 0)) as before) k
cross join lateral (select m.created_at from messages m where m.chat_id = c.id and m.seq > c.expired_seq order by m.seq limit 1) m
where c.id > $2 and m.created_at < k.before
order by c.id limit $3`

// Due is chat.RetentionRepository.
func (r *RetentionRepository) Due(ctx context.Context, days int, behind app.ChatID, limit int) ([]chat.Due, error) {
	if behind == "" {
		behind = "00000000-0000-0000-0000-000000000000"
	}
	rows, err := r.db.on(ctx).Query(ctx, dueChats, days, behind, limit)
	if err != nil {
		return nil, translate("retention: due", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[chat.Due])
	return list, translate("retention: due", err)
}

// old is a message as retention finds it.
type old struct {
	ID        app.MessageID
	Seq       int64
	Status    app.MessageStatus
	CreatedAt time.Time
	Deleted   bool
}

// Expire is chat.RetentionRepository.
func (r *RetentionRepository) Expire(ctx context.Context, due chat.Due, limit int) (changes app.Changes, more bool, err error) {
	changes, err = r.db.changeChat(ctx, due.ChatID, func(ctx context.Context, c *change) error {
		list, err := many(ctx, r.db, "retention: oldest", sq.Select("id", "seq", "status", "created_at", "deleted_at is not null").From("messages").
			Where("chat_id = ? and seq > (select expired_seq from chats where id = ?)", due.ChatID, due.ChatID).
			OrderBy("seq").Limit(uint64(limit)), pgx.RowToStructByPos[old]) //nolint:gosec // small
		if err != nil {
			return err
		}
		var seen int64
		var ids []app.MessageID
		for _, m := range list {
			if !m.CreatedAt.Before(due.Before) || m.Status.Running() {
				break
			}
			seen = m.Seq
			if !m.Deleted {
				ids = append(ids, m.ID)
			}
		}
		if seen == 0 {
			return nil
		}
		more = len(list) == limit && list[limit-1].Seq == seen
		if err := c.expire(ctx, ids); err != nil {
			return err
		}
		_, err = r.db.exec(ctx, "retention: note", sq.Update("chats").Set("expired_seq", seen).Where(squirrel.Eq{"id": due.ChatID}))
		return err
	})
	return changes, more, err
}

// expire erases messages that do not run, as erase does one.
func (c *change) expire(ctx context.Context, ids []app.MessageID) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := c.db.exec(ctx, "versions: delete", sq.Delete("message_versions").Where("message_id = any(?)", ids)); err != nil {
		return err
	}
	n, err := c.db.exec(ctx, "retention: erase", squirrel.Expr(`
		update messages m set content = '', reasoning = null, error_code = null, error_message = null, version = 1, versions = 1,
			prompt_tokens = null, completion_tokens = null, rev = $2 + n.place, updated_at = now(), deleted_at = now()
		from unnest($1::uuid[]) with ordinality as n(id, place) where m.id = n.id`, ids, c.rev))
	c.rev += n
	c.messages = append(c.messages, ids...)
	return err
}
