package repositories_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/repositories"
)

func (w *rooms) fork(owner app.UserID, upto app.Message) (app.Chat, error) {
	return w.history().Fork(w.t.Context(), chat.Fork{ID: app.NewID[app.ChatID](), From: upto.ChatID, Upto: upto.ID, Owner: owner})
}

func (w *rooms) all(user app.UserID, id app.ChatID) []app.Message {
	w.t.Helper()
	list, err := w.messages.GetByChatID(w.t.Context(), user, id, chat.Range{Limit: 100})
	require.NoError(w.t, err)
	return list
}

func TestFork(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	t.Run("is what the chat was, but for ids, revs and client_ids", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		ada, id := w.pair()
		vic := w.user("Vic")
		w.join(id, vic, app.MemberViewer)
		w.do(`update chats set title = 'T', model = 'm', system_prompt = 'S', reply_policy = 'mention' where id = $1`, id)
		w.post(withClientID(question(id, ada, "hello"), "c"))
		failed := w.ended(id, ada, app.StatusFailed, "half")
		again, err := w.restart(failed, ada, false)
		require.NoError(t, err)
		running := again.Messages[0]
		w.flush(running, chunk(running, app.PartContent, 0, "so far"), chunk(running, app.PartReasoning, 0, "hm"))
		for range 3 {
			w.asked(id, ada)
		}
		from := w.all(ada, id)
		last := from[len(from)-1]
		require.Equal(t, app.StatusQueued, last.Status)
		made, err := w.fork(vic, last)
		require.NoError(t, err)
		require.Equal(t, app.Chat{
			ID: made.ID, Title: "T", Model: "m", SystemPrompt: "S", ReplyPolicy: app.ReplyAlways, Rev: last.Seq + 1, LastSeq: last.Seq,
			MemberCount: 1, CreatedAt: made.CreatedAt, UpdatedAt: made.UpdatedAt, Me: &app.Me{Role: app.MemberOwner, LastReadSeq: last.Seq},
		}, made, "a policy that turned with the second member turns back")
		got := w.all(vic, made.ID)
		require.Len(t, got, len(from))
		ids := map[app.MessageID]app.MessageID{}
		for i := range from {
			ids[from[i].ID] = got[i].ID
		}
		for i, want := range from {
			require.NotEqual(t, want.ID, got[i].ID)
			if want.ReplyTo != nil {
				reply := ids[*want.ReplyTo]
				want.ReplyTo = &reply
			}
			if want.Status.Running() {
				want.Status = app.StatusInterrupted
			}
			want.ID, want.ChatID, want.Rev, want.ClientID = got[i].ID, made.ID, want.Seq+1, nil
			require.Equal(t, want, got[i])
		}
		require.Equal(t, "so far", got[2].Content)
		w.requireNumbers(made.ID)
		require.Zero(t, w.count(`select count(*) from runs where chat_id = $1`, made.ID))
		require.Equal(t, 1, w.count(`select count(*) from message_versions where message_id = $1 and content = 'half' and status = 'failed'`, got[2].ID))
		t.Run("and goes on as any other", func(t *testing.T) {
			_, err := w.restart(got[2], vic, true)
			require.NoError(t, err)
			require.Equal(t, chat.Stored, w.post(question(made.ID, vic, "on"))[0].Verdict)
		})
	})
	t.Run("a policy that somebody set stays", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		ada, id := w.pair()
		policy := app.ReplyMention
		_, err := w.chats.Update(t.Context(), id, chat.Settings{ReplyPolicy: &policy})
		require.NoError(t, err)
		made, err := w.fork(ada, w.post(question(id, ada, "x"))[0].Messages[0])
		require.NoError(t, err)
		require.Equal(t, app.ReplyMention, made.ReplyPolicy)
		require.Equal(t, 1, w.count(`select count(*) from chats where id = $1 and reply_policy_set`, made.ID))
	})
	t.Run("nobody forks what he may not read", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		ada, id := w.pair()
		m := w.post(question(id, ada, "x"))[0].Messages[0]
		gone, stranger := w.user("Gone"), w.user("Dora")
		w.join(id, gone, app.MemberOwner)
		w.do(`update members set removed_at = now() where user_id = $1`, gone)
		for _, user := range []app.UserID{gone, stranger} {
			require.ErrorIs(t, second(w.fork(user, m)), app.ErrNotFound)
		}
		require.ErrorIs(t, second(w.fork(ada, app.Message{ChatID: w.room(ada), ID: m.ID})), app.ErrNotFound)
		_, err := w.chats.Delete(t.Context(), id)
		require.NoError(t, err)
		require.ErrorIs(t, second(w.fork(ada, m)), app.ErrNotFound)
		require.Zero(t, w.count(`select count(*) from members where user_id = $1 and chat_id <> $2`, stranger, id))
	})
	t.Run("it takes the same few statements for ten messages and for ten thousand, and no more than it may", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		ada, id := w.pair()
		small, large, most := w.long(id, 10), w.long(w.room(ada), 10_000), w.long(w.room(ada), chat.MaxFork+1)
		var statements counter
		traced := *w
		traced.db = repositories.Traced(t, w.db, &statements)
		count := func(upto app.Message) int64 {
			before := statements.Load()
			made, err := traced.fork(ada, upto)
			require.NoError(t, err)
			require.Equal(t, upto.Seq, int64(w.count(`select count(*) from messages where chat_id = $1`, made.ID)))
			require.Equal(t, upto.Seq, int64(w.count(`select count(*) from message_versions v join messages m on m.id = v.message_id where m.chat_id = $1`, made.ID)))
			return statements.Load() - before
		}
		require.Equal(t, count(small), count(large))
		require.LessOrEqual(t, count(small), int64(12))
		require.ErrorIs(t, second(traced.fork(ada, most)), app.ErrTooLarge)
	})
	t.Run("of texts that are long there is an end too, versions and reasoning counted in", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		ada, id := w.pair()
		last := w.long(id, 3)
		const third = chat.MaxForkBytes / 3
		w.do(`update messages set content = repeat('x', $2) where chat_id = $1 and seq = 1`, id, third)
		w.do(`update message_versions set content = repeat('x', $2) where message_id = (select id from messages where chat_id = $1 and seq = 2)`, id, third)
		_, err := w.fork(ada, last)
		require.NoError(t, err)
		w.do(`update messages set reasoning = repeat('x', $2) where chat_id = $1 and seq = 3`, id, third)
		require.ErrorIs(t, second(w.fork(ada, last)), app.ErrTooLarge)
	})
}

// long fills a chat with messages that have versions, and gives the last.
func (w *rooms) long(id app.ChatID, n int) app.Message {
	w.t.Helper()
	w.do(`insert into messages (id, chat_id, seq, rev, role, content, status, version, versions)
		select gen_random_uuid(), $1, n, n + 1, 'user', 'message ' || n, 'complete', 2, 2 from generate_series(1, $2::bigint) n`, id, n)
	w.do(`insert into message_versions (message_id, version, content, status, created_at) select id, 1, 'old', 'complete', now() from messages where chat_id = $1`, id)
	w.do(`update chats set rev = $2::bigint + 1, last_seq = $2 where id = $1`, id, n)
	m := app.Message{ChatID: id, Seq: int64(n)}
	require.NoError(w.t, w.raw.QueryRow(context.Background(), `select id from messages where chat_id = $1 and seq = $2`, id, n).Scan(&m.ID))
	return m
}

// counter counts statements.
type counter struct{ atomic.Int64 }

func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.Add(1)
	return ctx
}
func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
func (c *counter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}
func (c *counter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) { c.Add(1) }
func (c *counter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

func TestForksOfPeopleWhoGo(t *testing.T) {
	t.Parallel()
	for _, erase := range []bool{true, false} {
		t.Run(fmt.Sprint("with erase ", erase), func(t *testing.T) {
			t.Parallel()
			w := newRooms(t)
			departures, deletions := repositories.NewDepartureRepository(w.db), repositories.NewDeletionRepository(w.db)
			ada, id := w.pair()
			vic := w.user("Vic")
			w.join(id, vic, app.MemberViewer)
			said := w.post(question(id, ada, "secret"))[0].Messages[0]
			made, err := w.fork(vic, said)
			require.NoError(t, err)
			again, err := w.fork(vic, w.all(vic, made.ID)[0])
			require.NoError(t, err, "a fork of a fork")
			w.do(`insert into deletions (user_id, erase_messages) values ($1, $2)`, ada, erase)
			require.Error(t, deletions.Finish(t.Context(), ada), "while a fork quotes somebody he cannot be gone")
			chats, err := departures.GetByUserID(t.Context(), ada)
			require.NoError(t, err)
			require.ElementsMatch(t, []app.ChatID{id, made.ID, again.ID}, chats)
			for _, id := range chats {
				changes, err := departures.Leave(t.Context(), ada, id, erase)
				require.NoError(t, err)
				require.Equal(t, erase || id == said.ChatID, changes.Rev > changes.From, "who listens there hears of it")
			}
			require.NoError(t, deletions.Finish(t.Context(), ada))
			want := 3
			if erase {
				want = 0
			}
			require.Equal(t, want, w.count(`select count(*) from messages where content = 'secret'`))
			require.Nil(t, w.all(vic, again.ID)[0].Author)
		})
	}
}
