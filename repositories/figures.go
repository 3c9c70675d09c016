package repositories

import (
	"context"
	"slices"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
)

// FigureRepository counts what all chats are ordered by.
type FigureRepository struct{ db *DB }

// NewFigureRepository makes one on this database.
func NewFigureRepository(db *DB) *FigureRepository { return &FigureRepository{db: db} }

// countedAtOnce bounds one statement of a count.
const countedAtOnce = 500

// countChats reckons the text of a chat from its newest 200 messages: a long
// one would be read again each minute in which somebody writes there.
const countChats = `
insert into chat_figures as f (chat_id, rev, active_at, bytes)
select c.id, c.rev, c.updated_at, coalesce(n.bytes * greatest(c.last_seq, n.many) / nullif(n.many, 0), 0)::bigint
from chats c cross join lateral (
	select count(*) as many, sum(octet_length(m.content) + coalesce(octet_length(m.reasoning), 0)) as bytes from (
		select content, reasoning from messages where chat_id = c.id order by seq desc limit 200) m) n
where c.id = any($1)
on conflict (chat_id) do update set rev = excluded.rev, active_at = excluded.active_at, bytes = excluded.bytes
where f.rev < excluded.rev`

// Count counts the chats that changed since the count before.
func (r *FigureRepository) Count(ctx context.Context) error {
	changed, err := many(ctx, r.db, "chat figures: look", squirrel.Expr(`
		select c.id from chats c left join chat_figures f on f.chat_id = c.id where f.rev is distinct from c.rev`), pgx.RowTo[app.ChatID])
	if err != nil {
		return err
	}
	for some := range slices.Chunk(changed, countedAtOnce) {
		// A chat may be erased meanwhile: it has no figures then, and the rest
		// is counted by the next try.
		if _, err := r.db.exec(ctx, "chat figures: count", squirrel.Expr(countChats, some)); err != nil {
			return err
		}
	}
	return nil
}
