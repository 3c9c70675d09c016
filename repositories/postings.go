package repositories

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// lockChats is the first statement of whatever takes a rev: the rows of the
// chats, in id order, so that two groups never wait for each other, and then
// the lines of those who ask for answers: a line runs over several chats. What
// follows in the transaction is planned once a connection.
const lockChats = `
with locked as (
	select id from chats where id = any($1) order by id for no key update
), askers as (
	select hashtextextended(a, 0) as line from unnest($2::text[]) as a
	where (select count(*) from locked) >= 0 order by 1
)
select (select count(*) from locked), (select count(pg_advisory_xact_lock(line)) from askers), ` + planOnce

// storePostings is the second one, in a snapshot of its own that sees all that
// was committed before the locks were had. Each accepted posting and each of
// its answers takes the next seq and rev of its chat. An answer streams on the
// posting node where fewer than $14 are before it in the line of its chat and
// fewer than $16 in that of its asker, running or waiting, else it waits; a posting with an
// answer that would wait behind $15 others is refused.
const storePostings = `
with posting as (
	select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[]) with ordinality
		as p(id, chat_id, author_id, client_id, content, reply_to, n)
), asked as (
	select * from unnest($7::uuid[], $8::bigint[], $9::text[], $10::text[], $11::text[]) with ordinality
		as a(id, n, model, error_code, error_message, k)
), judged as (
	select p.*, d.id as duplicate_of,
		case
			when me.role is null then 'not_member'
			when d.id is not null then 'duplicate'
			when me.role = 'viewer' then 'read_only'
			when p.reply_to is not null and not exists (select from messages r where r.id = p.reply_to and r.chat_id = p.chat_id and r.deleted_at is null) then 'unknown_reply'
			else 'stored'
		end as opinion
	from posting p
	left join chats c on c.id = p.chat_id and c.deleted_at is null
	left join members me on me.chat_id = c.id and me.user_id = p.author_id and me.removed_at is null
	left join lateral (
		select d.id from messages d where d.id = p.id
		union all
		select d.id from messages d where d.chat_id = p.chat_id and d.author_id = p.author_id and d.client_id = p.client_id
		limit 1) d on true
), line as (
	select a.k, a.n, j.chat_id, j.author_id as asker_id,
		(select count(*) from runs r where r.chat_id = j.chat_id) + row_number() over (partition by j.chat_id order by a.k) > $14
		or (select count(*) from runs r where r.asker_id = j.author_id) + row_number() over (partition by j.author_id order by a.k) > $16 as waits
	from judged j join asked a on a.n = j.n where j.opinion = 'stored' and a.error_code is null
), crowd as (
	select l.n, l.waits and ((select count(*) from runs r where r.chat_id = l.chat_id and r.run = 0)
			+ count(*) filter (where l.waits) over (partition by l.chat_id order by l.k) > $15
		or (select count(*) from runs r where r.asker_id = l.asker_id and r.run = 0)
			+ count(*) filter (where l.waits) over (partition by l.asker_id order by l.k) > $15) as too_many
	from line l
), decided as (
	select j.*, case when j.opinion = 'stored' and exists (select from crowd o where o.n = j.n and o.too_many) then 'too_many' else j.opinion end as verdict
	from judged j
), accepted as (
	select d.id, d.chat_id, 'user' as role, d.author_id, null as model, d.content, 'complete' as status,
		null as error_code, null as error_message, d.reply_to, d.client_id, d.n, 0::bigint as k, d.author_id as asker_id
	from decided d where d.verdict = 'stored'
	union all
	select a.id, d.chat_id, 'assistant', null, a.model, '',
		case when a.error_code is not null then 'failed' when l.waits then 'queued' else 'streaming' end,
		a.error_code, a.error_message, d.id, null, d.n, a.k, d.author_id
	from decided d join asked a on a.n = d.n left join line l on l.k = a.k where d.verdict = 'stored'
), placed as (
	select p.*, row_number() over (partition by p.chat_id order by p.n, p.k) as place from accepted p
), stored as (
	insert into messages as m (id, chat_id, seq, rev, role, author_id, model, content, status, error_code, error_message, reply_to, client_id)
	select p.id, p.chat_id, c.last_seq + p.place, c.rev + p.place, p.role, p.author_id, p.model, p.content, p.status,
		p.error_code, p.error_message, p.reply_to, p.client_id
	from placed p join chats c on c.id = p.chat_id
	returning m.*
), counted as (
	update chats c set rev = c.rev + s.many, last_seq = c.last_seq + s.many, updated_at = now()
	from (select chat_id, count(*) as many from stored group by chat_id) s where c.id = s.chat_id
), seen as (
	update members me set last_read_seq = s.seq
	from (select chat_id, author_id, max(seq) as seq from stored where author_id is not null group by chat_id, author_id) s
	where me.chat_id = s.chat_id and me.user_id = s.author_id
), started as (
	insert into runs (message_id, chat_id, asker_id, run, node_id, node_epoch)
	select s.id, s.chat_id, p.asker_id, case when s.status = 'streaming' then s.rev else 0 end,
		case when s.status = 'streaming' then $12::uuid end, case when s.status = 'streaming' then $13::bigint end
	from stored s join placed p on p.id = s.id where s.status in ('streaming', 'queued')
)
select j.n, j.verdict, coalesce(j.duplicate_of, j.id), coalesce(p.k, 0), m.seq, m.rev, m.status, m.created_at, u.name
from decided j
left join placed p on p.n = j.n
left join stored m on m.id = p.id
left join users u on u.id = m.author_id
order by j.n, p.k`

// Create stores postings in one pipelined transaction of two statements, one
// round trip in all, and tells for each what became of it.
func (r *MessageRepository) Create(ctx context.Context, owner app.Owner, postings []chat.Posting) ([]chat.Posted, error) {
	batch := &pgx.Batch{}
	chats, askers := linesOf(postings)
	batch.Queue(lockChats, chats, askers)
	posted := make([]chat.Posted, len(postings))
	batch.Queue(storePostings, postingArgs(owner, r.db.running(), postings)...).Query(func(rows pgx.Rows) error {
		return scanPosted(rows, postings, posted)
	})
	// A batch without an explicit transaction is one: it commits at its end.
	err := r.db.on(ctx).SendBatch(ctx, batch).Close()
	return posted, translate("messages: create", err)
}

// linesOf names the chats of a group, and those who ask for answers in it.
func linesOf(postings []chat.Posting) ([]app.ChatID, []app.UserID) {
	chats, askers := make([]app.ChatID, 0, len(postings)), []app.UserID{}
	for _, p := range postings {
		chats = append(chats, p.ChatID)
		if len(p.Answers) > 0 {
			askers = append(askers, p.AuthorID)
		}
	}
	slices.Sort(chats)
	slices.Sort(askers)
	return slices.Compact(chats), slices.Compact(askers)
}

// postingArgs turns postings into the arrays of storePostings.
func postingArgs(owner app.Owner, may Running, postings []chat.Posting) []any {
	var (
		ids, answerIDs    []app.MessageID
		chats             []app.ChatID
		authors           []app.UserID
		clients, replies  []*string
		contents, models  []string
		places            []int64
		codes, complaints []*string
	)
	for i, p := range postings {
		ids, chats, authors = append(ids, p.ID), append(chats, p.ChatID), append(authors, p.AuthorID)
		clients, contents, replies = append(clients, p.ClientID), append(contents, p.Content), append(replies, (*string)(p.ReplyTo))
		for _, a := range p.Answers {
			code, complaint := failureColumns(a.Failure)
			answerIDs, places, models = append(answerIDs, a.ID), append(places, int64(i+1)), append(models, a.Model)
			codes, complaints = append(codes, code), append(complaints, complaint)
		}
	}
	return []any{ids, chats, authors, clients, contents, replies, answerIDs, places, models, codes, complaints,
		owner.Node, owner.Epoch, may.PerChat, app.MaxWaiting, may.PerUser}
}

func failureColumns(f *app.Failure) (code, text *string) {
	if f == nil {
		return nil, nil
	}
	return (*string)(&f.Code), &f.Message
}

// scanPosted reads back what storePostings numbered and puts it onto what was
// handed in: the texts need not travel twice.
func scanPosted(rows pgx.Rows, postings []chat.Posting, posted []chat.Posted) error {
	for rows.Next() {
		var (
			n, k     int64
			verdict  chat.Verdict
			id       app.MessageID
			m        app.Message
			seq, rev *int64
			status   *app.MessageStatus
			at       *time.Time
			name     *string
		)
		if err := rows.Scan(&n, &verdict, &id, &k, &seq, &rev, &status, &at, &name); err != nil {
			return err
		}
		outcome := &posted[n-1]
		outcome.Verdict, outcome.ID = verdict, id
		if seq == nil {
			continue
		}
		m = app.Message{Seq: *seq, Rev: *rev, Status: *status, CreatedAt: *at, UpdatedAt: *at}
		if len(outcome.Messages) == 0 {
			outcome.From = *rev - 1
		}
		fill(&m, postings[n-1], k, name, answerAt(postings, k))
		outcome.Messages = append(outcome.Messages, m)
	}
	return rows.Err()
}

// answerAt is the k-th answer of the whole group, counted from one.
func answerAt(postings []chat.Posting, k int64) *app.Answer {
	for i := range postings {
		if k <= int64(len(postings[i].Answers)) && k > 0 {
			return &postings[i].Answers[k-1]
		}
		k -= int64(len(postings[i].Answers))
	}
	return nil
}

// fill completes a message from the posting it belongs to: the question
// itself, or one of its answers.
func fill(m *app.Message, p chat.Posting, k int64, name *string, answer *app.Answer) {
	m.ChatID, m.Version, m.Versions, m.Attachments = p.ChatID, 1, 1, []app.Attachment{}
	if k == 0 || answer == nil {
		m.ID, m.Role, m.Content, m.ReplyTo, m.ClientID = p.ID, app.MessageUser, p.Content, p.ReplyTo, p.ClientID
		if name != nil {
			m.Author = &app.Person{ID: p.AuthorID, Name: *name}
		}
		return
	}
	m.ID, m.Role, m.Model, m.Error, m.ReplyTo = answer.ID, app.MessageAssistant, &answer.Model, answer.Failure, &p.ID
}
