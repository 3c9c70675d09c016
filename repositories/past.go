package repositories

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/assistant"
)

// PastRepository reads what answers are based on.
type PastRepository struct{ db *DB }

var _ assistant.PastRepository = (*PastRepository)(nil)

// NewPastRepository makes a repository of the past on this database.
func NewPastRepository(db *DB) *PastRepository { return &PastRepository{db: db} }

// pastTurns walks back from before the answer until the bytes are spent.
const pastTurns = `
with answer as (select id, chat_id, seq, reply_to from messages where id = $1),
recent as (
	select m.id, m.role, m.author_id, m.content, m.seq
	from messages m join answer a on m.chat_id = a.chat_id and m.seq < a.seq
	where m.deleted_at is null and m.content <> '' and m.role <> 'system' and m.status not in ('queued', 'streaming')
		and (m.role <> 'assistant' or m.reply_to is distinct from a.reply_to)
	order by m.seq desc limit 1000
), walk as (
	select *, sum(octet_length(content)) over (order by seq desc) as spent from recent
)
select w.id, w.role, coalesce(u.name, ''), w.content from walk w left join users u on u.id = w.author_id
where w.spent - octet_length(w.content) < $2 order by w.seq desc`

// Past reads the system prompt and the turns before an answer, newest first.
func (r *PastRepository) Past(ctx context.Context, id app.ChatID, answer app.MessageID, bytes int) (assistant.Past, error) {
	var past assistant.Past
	batch := &pgx.Batch{}
	batch.Queue(`select system_prompt, member_count from chats where id = $1`, id).QueryRow(func(row pgx.Row) error {
		return row.Scan(&past.System, &past.Members)
	})
	batch.Queue(pastTurns, answer, bytes).Query(func(rows pgx.Rows) (err error) {
		past.Turns, err = pgx.CollectRows(rows, pgx.RowToStructByPos[assistant.Turn])
		return err
	})
	err := r.db.on(ctx).SendBatch(ctx, batch).Close()
	return past, translate("past: read", err)
}
