package repositories_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/assistant"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/repositories"
)

func TestTail(t *testing.T) {
	t.Parallel()
	w := newRooms(t)

	t.Run("a flush appends where the stored text ends, and tells where that is", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.asked(id, user)
		kept := w.flush(m, chunk(m, app.PartContent, 0, "héllo"), chunk(m, app.PartReasoning, 0, "wh"))
		require.ElementsMatch(t, []app.Kept{
			{MessageID: m.ID, Rev: m.Rev, Part: app.PartContent, End: 6},
			{MessageID: m.ID, Rev: m.Rev, Part: app.PartReasoning, End: 2},
		}, kept, "in bytes")
		w.flush(m, chunk(m, app.PartContent, 6, " wörld"), chunk(m, app.PartReasoning, 2, "y"))
		got := w.get(user, m)
		require.Equal(t, "héllo wörld", got.Content)
		require.Equal(t, "why", *got.Reasoning)
		require.Equal(t, m.Rev, got.Rev, "growing takes no rev")
	})

	t.Run("a repeated chunk is stored once, one behind a gap or inside not at all", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.asked(id, user)
		for _, k := range []app.Chunk{
			chunk(m, app.PartContent, 3, "gap"), chunk(m, app.PartContent, 0, "abc"), chunk(m, app.PartContent, 0, "abc"),
			chunk(m, app.PartContent, 2, "inside"), chunk(m, app.PartContent, 0, "abcdef"),
		} {
			w.flush(m, k)
		}
		kept := w.flush(m)
		require.Len(t, kept, 2)
		require.Equal(t, 3, kept[0].End+kept[1].End)
		require.Equal(t, "abc", w.get(user, m).Content)
		require.Nil(t, w.get(user, m).Reasoning)
	})

	t.Run("text so far ends at the first hole", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.asked(id, user)
		w.flush(m, chunk(m, app.PartContent, 0, "ä"))
		w.do(`insert into chunks (message_id, run, part, "offset", text) values ($1, $2, 'content', 2, 'b'), ($1, $2, 'content', 4, 'lost'), ($1, $2, 'content', 8, 'too'), ($1, $3, 'content', 3, 'other run')`, m.ID, m.Rev, m.Rev-1)
		require.Equal(t, "äb", w.get(user, m).Content)
		require.Equal(t, "äb", w.end(m, app.StatusInterrupted, nil).Messages[0].Content)
		require.Zero(t, w.count(`select count(*) from chunks where message_id = $1`, m.ID), "an end leaves no chunks")
	})

	t.Run("a continued answer goes on behind the bytes it has", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		old := w.ended(id, user, app.StatusStopped, "grün")
		changes, err := w.runs.Restart(t.Context(), assistant.Restart{ChatID: id, MessageID: old.ID, Asker: user, Keep: true, Owner: w.owner})
		require.NoError(t, err)
		m := changes.Messages[0]
		require.Equal(t, "grün", m.Content)
		require.Equal(t, old.Rev+1, m.Rev)
		w.flush(old, chunk(old, app.PartContent, 5, "of the run before"))
		w.flush(m, chunk(m, app.PartContent, 5, " und blau"))
		require.Equal(t, "grün und blau", w.get(user, m).Content)
		ended := w.end(m, app.StatusInterrupted, nil).Messages[0]
		require.Equal(t, "grün und blau", ended.Content)
		require.Nil(t, ended.Reasoning)
	})

	t.Run("what has ended, is deleted, or belongs to others takes nothing and is not kept", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		over := w.ended(id, user, app.StatusComplete, "over")
		erased := w.asked(id, user)
		_, err := w.messages.Delete(t.Context(), "", id, erased.ID)
		require.NoError(t, err)
		others := w.asked(id, user)
		w.do(`update runs set node_id = $2, node_epoch = $3 where message_id = $1`, others.ID, w.node().Node, 1)
		for _, m := range []app.Message{over, erased, others} {
			require.Empty(t, w.flush(m, chunk(m, app.PartContent, 0, "late")))
			require.Zero(t, w.count(`select count(*) from chunks where message_id = $1`, m.ID))
		}
	})

	t.Run("many answers share one flush", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		one, two := w.asked(id, user), w.asked(id, user)
		alive, kept, err := w.nodes.Flush(t.Context(), w.owner, []app.Run{runOf(one), runOf(two)},
			[]app.Chunk{chunk(one, app.PartContent, 0, "1"), chunk(two, app.PartReasoning, 0, "22")})
		require.NoError(t, err)
		require.True(t, alive)
		require.Len(t, kept, 4)
		require.Equal(t, "1", w.get(user, one).Content)
		require.Equal(t, "22", *w.get(user, two).Reasoning)
	})
}

// holdFlush is the first half of a flush on a connection of its own: the beat
// is raised and a chunk written, and the transaction is still open.
func (w *rooms) holdFlush(m app.Message, text string) (commit func()) {
	w.t.Helper()
	tx, err := w.raw.Begin(context.Background())
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	_, err = tx.Exec(context.Background(), `update nodes set beat = beat + 1 where id = $1`, w.owner.Node)
	require.NoError(w.t, err)
	_, err = tx.Exec(context.Background(), `insert into chunks (message_id, run, part, "offset", text) values ($1, $2, 'content', 0, $3)`, m.ID, m.Rev, text)
	require.NoError(w.t, err)
	return func() { require.NoError(w.t, tx.Commit(context.Background())) }
}

// requireWaiting waits until a statement of the program waits for a lock.
func (w *rooms) requireWaiting() {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		return w.count(`select count(*) from pg_stat_activity where datname = current_database() and application_name = 'quillium' and wait_event_type = 'Lock'`) > 0
	}, 10*time.Second, 2*time.Millisecond)
}

func TestAnEndWaitsForAFlushUnderWay(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *rooms, m app.Message) (app.Changes, error){
		"interrupted with what was flushed": func(w *rooms, m app.Message) (app.Changes, error) {
			return w.runs.End(context.Background(), app.Ending{ChatID: m.ChatID, MessageID: m.ID, Rev: m.Rev, Status: app.StatusInterrupted})
		},
		"deleted": func(w *rooms, m app.Message) (app.Changes, error) {
			return w.messages.Delete(context.Background(), "", m.ChatID, m.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newRooms(t)
			user, id := w.pair()
			m := w.asked(id, user)
			commit := w.holdFlush(m, "just in time")
			done := make(chan app.Changes, 1)
			go func() {
				changes, err := end(w, m)
				if err != nil {
					t.Errorf("end: %v", err)
				}
				done <- changes
			}()
			w.requireWaiting()
			commit()
			changes := <-done
			require.Len(t, changes.Messages, 1)
			if changes.Messages[0].DeletedAt == nil {
				require.Equal(t, "just in time", changes.Messages[0].Content)
			} else {
				require.Empty(t, changes.Messages[0].Content)
			}
			require.Zero(t, w.count(`select count(*) from chunks`), "no chunk appears behind an end")
		})
	}
}

func TestTheEndOfAChatWaitsForAFlushUnderWay(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	m := w.asked(id, user)
	commit := w.holdFlush(m, "nobody may find this")
	done := make(chan error, 1)
	go func() {
		_, err := repositories.NewDepartureRepository(w.db).Leave(context.Background(), user, id, true)
		done <- err
	}()
	w.requireWaiting()
	commit()
	require.NoError(t, <-done)
	require.Zero(t, w.count(`select count(*) from chats where id = $1`, id))
	require.Zero(t, w.count(`select count(*) from chunks`), "no chunk outlives its chat")
}

func TestNodes(t *testing.T) {
	t.Parallel()
	w := newRooms(t)

	t.Run("a node that comes back is at its next epoch", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		first := w.node()
		second, err := w.nodes.Register(t.Context(), first.Node)
		require.NoError(t, err)
		require.Equal(t, app.Owner{Node: first.Node, Epoch: first.Epoch + 1}, second)
	})

	t.Run("a node that was declared dead raises no beat and stores nothing", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		w.owner = w.node()
		user, id := w.pair()
		m := w.asked(id, user)
		w.flush(m, chunk(m, app.PartContent, 0, "kept"))
		beats, err := w.nodes.Beats(t.Context())
		require.NoError(t, err)
		require.Contains(t, beats, assistant.Beat{Node: w.owner.Node, Epoch: 1, Beat: 1})
		orphans, err := w.nodes.Orphans(t.Context())
		require.NoError(t, err)
		require.NotContains(t, orphans, app.Ending{ChatID: id, MessageID: m.ID, Rev: m.Rev, Status: app.StatusInterrupted})

		buried, err := w.nodes.Bury(t.Context(), assistant.Beat{Node: w.owner.Node, Epoch: 1, Beat: 1})
		require.NoError(t, err)
		require.True(t, buried)
		alive, kept, err := w.nodes.Flush(t.Context(), w.owner, []app.Run{runOf(m)}, []app.Chunk{chunk(m, app.PartContent, 4, "late")})
		require.NoError(t, err)
		require.False(t, alive)
		require.Empty(t, kept)
		orphans, err = w.nodes.Orphans(t.Context())
		require.NoError(t, err)
		require.Contains(t, orphans, app.Ending{ChatID: id, MessageID: m.ID, Rev: m.Rev, Status: app.StatusInterrupted})
		require.Equal(t, "kept", w.end(m, app.StatusInterrupted, nil).Messages[0].Content)
	})

	t.Run("one that moved meanwhile is not buried", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		owner := w.node()
		_, _, err := w.nodes.Flush(t.Context(), owner, nil, nil)
		require.NoError(t, err)
		for _, stale := range []assistant.Beat{{Node: owner.Node, Epoch: 1, Beat: 0}, {Node: owner.Node, Epoch: 0, Beat: 1}} {
			buried, err := w.nodes.Bury(t.Context(), stale)
			require.NoError(t, err)
			require.False(t, buried)
		}
	})

	t.Run("one that owns nothing is forgotten after a day, and comes back all the same", func(t *testing.T) {
		t.Parallel()
		w := newRooms(t)
		user, id := w.pair()
		w.asked(id, user)
		idle, young := w.node(), w.node()
		w.do(`update nodes set started_at = now() - interval '2 days' where id <> $1`, young.Node)
		require.NoError(t, w.nodes.Forget(t.Context(), app.NewID[app.NodeID]()))
		require.Equal(t, 2, w.count(`select count(*) from nodes`), "who owns an answer, and who is young, stays")
		alive, _, err := w.nodes.Flush(t.Context(), idle, nil, nil)
		require.NoError(t, err)
		require.False(t, alive)
		w.do(`delete from runs`)
		require.NoError(t, w.nodes.Forget(t.Context(), w.owner.Node))
		require.Equal(t, 1, w.count(`select count(*) from nodes where id = $1`, w.owner.Node), "nobody forgets himself")
	})
}

func TestPast(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	w.do(`update chats set system_prompt = 'Be kind.' where id = $1`, id)
	w.ended(id, user, app.StatusComplete, "because")
	w.ended(id, user, app.StatusFailed, "")
	gone := w.user("Gone")
	w.join(id, gone, app.MemberEditor)
	w.post(question(id, gone, "by nobody"))
	w.do(`delete from users where id = $1`, gone)
	erased := w.post(question(id, user, "erased"))[0].ID
	_, err := w.messages.Delete(t.Context(), user, id, erased)
	require.NoError(t, err)
	w.asked(id, user)
	posted := w.post(question(id, user, "both?", answers(2)...))[0]
	w.end(posted.Messages[1], app.StatusComplete, ptr("one of them"))
	w.post(question(id, user, "later"))
	mine := posted.Messages[2]
	contents := func(bytes int) []string {
		past, err := w.past.Past(t.Context(), id, mine.ID, bytes)
		require.NoError(t, err)
		require.Equal(t, "Be kind.", past.System)
		require.Equal(t, 2, past.Members)
		var list []string
		for _, turn := range past.Turns {
			list = append(list, turn.Author+"|"+turn.Content)
		}
		return list
	}
	require.Equal(t, []string{"Ada|both?", "Ada|why?", "|by nobody", "Ada|why?", "|because", "Ada|why?"}, contents(10_000),
		"newest first, without what runs, is empty, erased, later, or answers the same question")
	require.Equal(t, []string{"Ada|both?"}, contents(1), "the newest is there in any case")
	require.Equal(t, []string{"Ada|both?", "Ada|why?"}, contents(6), "and the one that crosses the limit")
	_, err = w.past.Past(t.Context(), app.NewID[app.ChatID](), mine.ID, 10)
	require.ErrorIs(t, err, app.ErrNotFound)
}

func TestGetMessages(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	for range 5 {
		w.post(question(id, user, "x"))
	}
	for name, c := range map[string]struct {
		within chat.Range
		want   []int64
	}{
		"the newest":              {chat.Range{Limit: 2}, []int64{4, 5}},
		"those before a place":    {chat.Range{Before: ptr[int64](4), Limit: 2}, []int64{2, 3}},
		"those after a place":     {chat.Range{After: ptr[int64](1), Limit: 2}, []int64{2, 3}},
		"before the first: none":  {chat.Range{Before: ptr[int64](1), Limit: 2}, nil},
		"after the last: none":    {chat.Range{After: ptr[int64](5), Limit: 2}, nil},
		"all, where they are few": {chat.Range{Limit: 50}, []int64{1, 2, 3, 4, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := w.messages.GetByChatID(t.Context(), user, id, c.within)
			require.NoError(t, err)
			var seqs []int64
			for _, m := range list {
				seqs = append(seqs, m.Seq)
			}
			require.Equal(t, c.want, seqs)
		})
	}
	t.Run("a stranger sees nothing, nor does anybody of a deleted chat or through another chat", func(t *testing.T) {
		list, err := w.messages.GetByChatID(t.Context(), user, id, chat.Range{Limit: 1})
		require.NoError(t, err)
		message := list[0].ID
		stranger := w.user("Eve")
		_, err = w.messages.GetByChatID(t.Context(), stranger, id, chat.Range{Limit: 1})
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = w.messages.GetByID(t.Context(), stranger, id, message)
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = w.messages.GetByID(t.Context(), stranger, w.room(stranger), message)
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = w.chats.Delete(t.Context(), id)
		require.NoError(t, err)
		_, err = w.messages.GetByChatID(t.Context(), user, id, chat.Range{Limit: 1})
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = w.messages.GetByID(t.Context(), user, id, message)
		require.ErrorIs(t, err, app.ErrNotFound)
	})
}

func TestAPageEndsWhereItsTextsAreTooMuch(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	for range 5 {
		w.post(question(id, user, strings.Repeat("x", 200<<10)))
	}
	seqs := func(within chat.Range) (list []int64) {
		messages, err := w.messages.GetByChatID(t.Context(), user, id, within)
		require.NoError(t, err)
		for _, m := range messages {
			require.Len(t, m.Content, 200<<10)
			list = append(list, m.Seq)
		}
		return list
	}
	require.Equal(t, []int64{3, 4, 5}, seqs(chat.Range{Limit: 101}), "up to the one that is too much")
	require.Equal(t, []int64{1, 2, 3}, seqs(chat.Range{Limit: 101, After: ptr[int64](0)}))
	require.Equal(t, []int64{5}, seqs(chat.Range{Limit: 1}))
	w.do(`update messages set content = repeat('x', 700 * 1024) where chat_id = $1 and seq = 5`, id)
	alone, err := w.messages.GetByChatID(t.Context(), user, id, chat.Range{Limit: 101})
	require.NoError(t, err)
	require.Len(t, alone, 2, "one that is too much alone, and the next")
}
