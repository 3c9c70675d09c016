package repositories

import (
	"context"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// source is what a fork begins with.
type source struct {
	Title, Model, SystemPrompt string
	ReplyPolicy                app.ReplyPolicy
	PolicySet                  bool
	Seq                        int64
}

// A policy that nobody set turned with the number of members, and the new
// chat has one.
const forkSource = `
select c.title, c.model, c.system_prompt, case when c.reply_policy_set then c.reply_policy else 'always' end, c.reply_policy_set, m.seq
from chats c join members me on me.chat_id = c.id and me.user_id = $2 and me.removed_at is null
join messages m on m.chat_id = c.id and m.id = $3 and m.deleted_at is null
where c.id = $1 and c.deleted_at is null`

// The lengths of texts are known without reading them.
const forkBytes = `
select coalesce(sum(octet_length(content) + coalesce(octet_length(reasoning), 0)), 0)::bigint from (
	select content, reasoning from messages where id = any($1)
	union all
	select content, reasoning from message_versions where message_id = any($1)) t`

// The places stay; the newest rev is the chat's. What ran is copied with what
// it has, and runs on only where it began.
var (
	forkChat = `
insert into chats (id, title, model, system_prompt, reply_policy, reply_policy_set, rev, settings_rev, last_seq)
values ($1, $2, $3, $4, $5, $6, $7 + 1, 1, $7)`
	forkMember = `
insert into members (chat_id, user_id, role, rev, last_read_seq) values ($1, $2, 'owner', 1, $3)`
	forkMessages = `
insert into messages (id, chat_id, seq, rev, role, author_id, model, content, reasoning, status, error_code, error_message, reply_to,
	version, versions, version_at, prompt_tokens, completion_tokens, created_at, updated_at, deleted_at)
select n.new, $1, m.seq, m.seq + 1, m.role, m.author_id, m.model, ` + textsSoFar + `,
	case when m.status in ('queued', 'streaming') then 'interrupted' else m.status end, m.error_code, m.error_message, q.new,
	m.version, m.versions, m.version_at, m.prompt_tokens, m.completion_tokens, m.created_at, m.updated_at, m.deleted_at
from unnest($2::uuid[], $3::uuid[]) as n(old, new) join messages m on m.id = n.old
left join unnest($2::uuid[], $3::uuid[]) as q(old, new) on q.old = m.reply_to`
	forkVersions = `
insert into message_versions (message_id, version, content, reasoning, model, author_id, status, error_code, error_message, prompt_tokens, completion_tokens, created_at)
select n.new, v.version, v.content, v.reasoning, v.model, v.author_id, v.status, v.error_code, v.error_message, v.prompt_tokens, v.completion_tokens, v.created_at
from unnest($1::uuid[], $2::uuid[]) as n(old, new) join message_versions v on v.message_id = n.old`
	forkAuthors = `
insert into fork_authors (chat_id, user_id)
select $1, u.id from users u where u.id <> $2 and u.id in (select author_id from messages where chat_id = $1)`
)

// Fork copies a chat up to a message into a new one, in one transaction that
// sees one moment: the same few statements for however many messages.
func (r *HistoryRepository) Fork(ctx context.Context, fork chat.Fork) (app.Chat, error) {
	var made app.Chat
	err := r.db.transact(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(ctx context.Context) error {
		from, err := one(ctx, r.db, "forks: source", squirrel.Expr(forkSource, fork.From, fork.Owner, fork.Upto), pgx.RowToStructByPos[source])
		if err != nil {
			return err
		}
		if fork.Title != nil {
			from.Title = *fork.Title
		}
		if err := r.copyHistory(ctx, fork, from); err != nil {
			return err
		}
		made, err = NewChatRepository(r.db).GetByID(ctx, fork.Owner, fork.ID)
		return err
	})
	return made, err
}

func (r *HistoryRepository) copyHistory(ctx context.Context, fork chat.Fork, from source) error {
	old, err := many(ctx, r.db, "forks: messages",
		squirrel.Expr(`select id from messages where chat_id = $1 and seq <= $2 order by seq limit $3`, fork.From, from.Seq, chat.MaxFork+1), pgx.RowTo[app.MessageID])
	if err != nil {
		return err
	}
	if len(old) > chat.MaxFork {
		return app.Errorf(app.CodeTooLarge, "At most %d messages can be copied; choose an earlier one.", chat.MaxFork)
	}
	bytes, err := one(ctx, r.db, "forks: size", squirrel.Expr(forkBytes, old), pgx.RowTo[int64])
	if err != nil {
		return err
	}
	if bytes > chat.MaxForkBytes {
		return app.Errorf(app.CodeTooLarge, "At most %d MiB of text can be copied; choose an earlier message.", chat.MaxForkBytes>>20)
	}
	fresh := make([]app.MessageID, len(old))
	for i := range fresh {
		fresh[i] = app.NewID[app.MessageID]()
	}
	batch := &pgx.Batch{}
	batch.Queue(forkChat, fork.ID, from.Title, from.Model, from.SystemPrompt, from.ReplyPolicy, from.PolicySet, from.Seq)
	batch.Queue(forkMember, fork.ID, fork.Owner, from.Seq)
	batch.Queue(forkMessages, fork.ID, old, fresh)
	batch.Queue(forkVersions, old, fresh)
	batch.Queue(forkAuthors, fork.ID, fork.Owner)
	return translate("forks: copy", r.db.on(ctx).SendBatch(ctx, batch).Close())
}
