package repositories

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

// grownTails reads each part of each run from where it was told on, up to the
// first hole, along the primary key of the chunks.
const grownTails = `
select a.chat_id, a.id, a.run, p.part, p.told, k.text
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::int[], $5::int[]) as a(chat_id, id, run, content, reasoning)
cross join lateral (values ('content', a.content), ('reasoning', a.reasoning)) as p(part, told)
join lateral (
	select string_agg(d.text, '' order by d."offset") as text from (
		select c.text, c."offset", p.told + coalesce(sum(octet_length(c.text))
			over (order by c."offset" rows between unbounded preceding and 1 preceding), 0) as due
		from chunks c where c.message_id = a.id and c.run = a.run and c.part = p.part and c."offset" >= p.told) d
	where d."offset" = d.due) k on k.text is not null`

// Tails reads what runs grew by beyond what was told of them.
func (r *SnapshotRepository) Tails(ctx context.Context, tails []realtime.Tail) ([]app.Delta, error) {
	var (
		chats               []app.ChatID
		messages            []app.MessageID
		runs                []int64
		contents, reasoning []int
	)
	for _, t := range tails {
		chats, messages, runs = append(chats, t.Chat), append(messages, t.Message), append(runs, t.Rev)
		contents, reasoning = append(contents, t.Content), append(reasoning, t.Reasoning)
	}
	rows, err := r.db.on(ctx).Query(ctx, grownTails, chats, messages, runs, contents, reasoning)
	if err != nil {
		return nil, translate("chunks: tails", err)
	}
	deltas, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (app.Delta, error) {
		var d app.Delta
		err := row.Scan(&d.ChatID, &d.MessageID, &d.Rev, &d.Part, &d.Offset, &d.Text)
		d.End = d.Offset + len(d.Text)
		return d, err
	})
	return deltas, translate("chunks: tails", err)
}
