package repositories

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app/usage"
)

// UsageRepository keeps what was counted, hour by hour.
type UsageRepository struct{ db *DB }

var _ usage.Repository = (*UsageRepository)(nil)

// NewUsageRepository makes one on this database.
func NewUsageRepository(db *DB) *UsageRepository { return &UsageRepository{db: db} }

const usageFields = "hour, model, messages, answers, failures, prompt_tokens, completion_tokens, first_token_ms, first_token"

// Note is usage.Ledger.
func (r *UsageRepository) Note(ctx context.Context, counts []usage.Count) error {
	batch := &pgx.Batch{}
	for _, c := range counts {
		batch.Queue("insert into usage_counts (id, "+usageFields+") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing",
			c.ID, c.At, c.Model, c.Messages, c.Answers, c.Failures, c.PromptTokens, c.CompletionTokens, c.FirstToken.Sum, c.FirstToken.In[:])
	}
	return translate("usage: note", r.db.on(ctx).SendBatch(ctx, batch).Close())
}

// Hours is usage.Repository: what is rolled up, and what is not yet, of one
// moment.
func (r *UsageRepository) Hours(ctx context.Context, since, until time.Time) ([]usage.Hour, error) {
	rows, err := r.db.on(ctx).Query(ctx, "select "+usageFields+" from usage_hours where hour >= $1 and hour < $2 union all select "+
		usageFields+" from usage_counts where hour >= $1 and hour < $2", since, until)
	if err != nil {
		return nil, translate("usage: hours", err)
	}
	list, err := pgx.CollectRows(rows, scanUsage)
	return list, translate("usage: hours", err)
}

func scanUsage(row pgx.CollectableRow) (usage.Hour, error) {
	var h usage.Hour
	var in []int64
	err := row.Scan(&h.At, &h.Model, &h.Messages, &h.Answers, &h.Failures, &h.PromptTokens, &h.CompletionTokens, &h.FirstToken.Sum, &in)
	if err == nil && len(in) != usage.Buckets {
		err = fmt.Errorf("usage: %d buckets", len(in))
	}
	copy(h.FirstToken.In[:], in)
	return h, err
}

// rollUp takes the notes away and adds them to the hours in one statement: two
// at once, or one that is done again, add nothing twice.
const rollUp = `
with gone as (delete from usage_counts returning *),
summed as (
	select hour, model, sum(messages) as messages, sum(answers) as answers, sum(failures) as failures,
		sum(prompt_tokens) as prompt_tokens, sum(completion_tokens) as completion_tokens, sum(first_token_ms) as first_token_ms
	from gone group by hour, model
), placed as (
	select g.hour, g.model, b.place, sum(b.n) as n from gone g, unnest(g.first_token) with ordinality as b(n, place) group by 1, 2, 3
)
insert into usage_hours as h (` + usageFields + `)
select s.*, (select array_agg(p.n::bigint order by p.place) from placed p where p.hour = s.hour and p.model = s.model) from summed s
order by s.hour, s.model
on conflict (hour, model) do update set messages = h.messages + excluded.messages, answers = h.answers + excluded.answers,
	failures = h.failures + excluded.failures, prompt_tokens = h.prompt_tokens + excluded.prompt_tokens,
	completion_tokens = h.completion_tokens + excluded.completion_tokens, first_token_ms = h.first_token_ms + excluded.first_token_ms,
	first_token = (select array_agg(a + b order by place) from unnest(h.first_token, excluded.first_token) with ordinality as u(a, b, place))`

// RollUp is usage.Repository.
func (r *UsageRepository) RollUp(ctx context.Context) (int64, error) {
	tag, err := r.db.on(ctx).Exec(ctx, rollUp)
	return tag.RowsAffected(), translate("usage: roll up", err)
}

// Forget is usage.Repository.
func (r *UsageRepository) Forget(ctx context.Context, before time.Time) error {
	_, err := r.db.exec(ctx, "usage: forget", sq.Delete("usage_hours").Where("hour < ?", before))
	return err
}
