package repositories_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

// rooms is a database with everything that chats are kept by, and a pool
// beside it for looking behind the repositories' backs.
type rooms struct {
	t        *testing.T
	db       *repositories.DB
	raw      *pgxpool.Pool
	chats    *repositories.ChatRepository
	members  *repositories.MemberRepository
	messages *repositories.MessageRepository
	runs     *repositories.RunRepository
	nodes    *repositories.NodeRepository
	past     *repositories.PastRepository
	snaps    *repositories.SnapshotRepository
	owner    app.Owner
}

func newRooms(t *testing.T) *rooms {
	t.Helper()
	db := pgtest.New(t)
	raw, err := pgxpool.New(t.Context(), db.ConnConfig().ConnString())
	require.NoError(t, err)
	t.Cleanup(raw.Close)
	w := &rooms{
		t: t, db: db, raw: raw, chats: repositories.NewChatRepository(db), members: repositories.NewMemberRepository(db),
		messages: repositories.NewMessageRepository(db), runs: repositories.NewRunRepository(db), nodes: repositories.NewNodeRepository(db),
		past: repositories.NewPastRepository(db), snaps: repositories.NewSnapshotRepository(db),
	}
	w.owner = w.node()
	return w
}

// in is the same database in a subtest.
func (w *rooms) in(t *testing.T) *rooms {
	t.Helper()
	here := *w
	here.t = t
	return &here
}

func (w *rooms) do(sql string, args ...any) {
	w.t.Helper()
	_, err := w.raw.Exec(context.Background(), sql, args...)
	require.NoError(w.t, err)
}

func (w *rooms) count(sql string, args ...any) int {
	w.t.Helper()
	var n int
	require.NoError(w.t, w.raw.QueryRow(context.Background(), sql, args...).Scan(&n))
	return n
}

func (w *rooms) node() app.Owner {
	w.t.Helper()
	owner, err := w.nodes.Register(context.Background(), app.NewID[app.NodeID]())
	require.NoError(w.t, err)
	return owner
}

func (w *rooms) user(name string) app.UserID {
	w.t.Helper()
	id := app.NewID[app.UserID]()
	w.do(`insert into users (id, email, email_key, name, password_hash) values ($1, $2, $2, $3, 'x')`, id, string(id)+"@example.org", name)
	return id
}

func (w *rooms) room(owner app.UserID) app.ChatID {
	w.t.Helper()
	c, err := w.chats.Create(context.Background(), owner, app.Chat{ID: app.NewID[app.ChatID](), Title: "New chat", ReplyPolicy: app.ReplyAlways}, false)
	require.NoError(w.t, err)
	return c.ID
}

// pair is a user with a chat of his own.
func (w *rooms) pair() (app.UserID, app.ChatID) {
	w.t.Helper()
	user := w.user("Ada")
	return user, w.room(user)
}

func (w *rooms) join(id app.ChatID, user app.UserID, role app.MemberRole) {
	w.t.Helper()
	w.do(`with c as (update chats set rev = rev + 1, member_count = member_count + 1 where id = $1 returning rev)
		insert into members (chat_id, user_id, role, rev) select $1, $2, $3, rev from c`, id, user, role)
}

func question(id app.ChatID, author app.UserID, text string, answers ...app.Answer) chat.Posting {
	return chat.Posting{ID: app.NewID[app.MessageID](), ChatID: id, AuthorID: author, Content: text, Answers: answers}
}

func withClientID(p chat.Posting, client string) chat.Posting {
	p.ClientID = &client
	return p
}

func answerBy(model string) app.Answer {
	return app.Answer{ID: app.NewID[app.MessageID](), Model: model}
}

func answers(n int) []app.Answer {
	list := make([]app.Answer, n)
	for i := range list {
		list[i] = answerBy("m")
	}
	return list
}

func (w *rooms) post(postings ...chat.Posting) []chat.Posted {
	w.t.Helper()
	posted, err := w.messages.Create(context.Background(), w.owner, postings)
	require.NoError(w.t, err)
	require.Len(w.t, posted, len(postings))
	return posted
}

// asked posts one question with one answer and gives the answer.
func (w *rooms) asked(id app.ChatID, author app.UserID) app.Message {
	w.t.Helper()
	posted := w.post(question(id, author, "why?", answerBy("m")))[0]
	require.Equal(w.t, chat.Stored, posted.Verdict)
	return posted.Messages[1]
}

func (w *rooms) get(user app.UserID, m app.Message) app.Message {
	w.t.Helper()
	got, err := w.messages.GetByID(context.Background(), user, m.ChatID, m.ID)
	require.NoError(w.t, err)
	return got
}

func runOf(m app.Message) app.Run {
	return app.Run{ChatID: m.ChatID, MessageID: m.ID, Rev: m.Rev}
}

func chunk(m app.Message, part app.Part, offset int, text string) app.Chunk {
	return app.Chunk{MessageID: m.ID, Rev: m.Rev, Part: part, Offset: offset, Text: text}
}

func (w *rooms) flush(m app.Message, chunks ...app.Chunk) []app.Kept {
	w.t.Helper()
	alive, kept, err := w.nodes.Flush(context.Background(), w.owner, []app.Run{runOf(m)}, chunks)
	require.NoError(w.t, err)
	require.True(w.t, alive)
	return kept
}

func (w *rooms) end(m app.Message, status app.MessageStatus, content *string) app.Changes {
	w.t.Helper()
	changes, err := w.runs.End(context.Background(), app.Ending{ChatID: m.ChatID, MessageID: m.ID, Rev: m.Rev, Status: status, Content: content})
	require.NoError(w.t, err)
	return changes
}

// ended is an answer that has ended with this text.
func (w *rooms) ended(id app.ChatID, author app.UserID, status app.MessageStatus, text string) app.Message {
	w.t.Helper()
	return w.end(w.asked(id, author), status, &text).Messages[0]
}

func (w *rooms) rev(id app.ChatID) int64 {
	w.t.Helper()
	return int64(w.count(`select rev from chats where id = $1`, id))
}

// requireNumbers checks that places are 1, 2, 3, ... and that no rev is above
// the chat's.
func (w *rooms) requireNumbers(id app.ChatID) {
	w.t.Helper()
	var last, rev int64
	var seqs []int64
	err := w.raw.QueryRow(context.Background(), `select last_seq, rev, (select coalesce(array_agg(seq order by seq), '{}') from messages where chat_id = c.id) from chats c where id = $1`, id).Scan(&last, &rev, &seqs)
	require.NoError(w.t, err)
	require.Len(w.t, seqs, int(last))
	for i, seq := range seqs {
		require.EqualValues(w.t, i+1, seq)
	}
	require.Zero(w.t, w.count(`select count(*) from messages where chat_id = $1 and rev > $2`, id, rev))
}

func ptr[T any](value T) *T { return &value }
