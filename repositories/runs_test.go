package repositories_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/assistant"
	"github.com/quillium/quillium/app/chat"
)

func (w *rooms) restart(m app.Message, user app.UserID, keep bool) (app.Changes, error) {
	return w.runs.Restart(context.Background(), assistant.Restart{ChatID: m.ChatID, MessageID: m.ID, Asker: user, Model: "other", Keep: keep, Owner: w.owner})
}

func TestRestart(t *testing.T) {
	t.Parallel()
	w := newRooms(t)

	t.Run("regenerate empties the text and keeps it as a version", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.asked(id, user)
		failure := &app.Failure{Code: app.CodeUnavailable, Message: "Broke off."}
		_, err := w.runs.End(t.Context(), app.Ending{
			ChatID: id, MessageID: m.ID, Rev: m.Rev, Status: app.StatusFailed, Failure: failure,
			Usage: &app.Usage{PromptTokens: 3, CompletionTokens: 4}, Content: ptr("old"), Reasoning: ptr("why"),
		})
		require.NoError(t, err)
		ended := w.get(user, m)
		require.Equal(t, failure, ended.Error)
		require.Equal(t, &app.Usage{PromptTokens: 3, CompletionTokens: 4}, ended.Usage)

		changes, err := w.restart(m, user, false)
		require.NoError(t, err)
		again := changes.Messages[0]
		require.Equal(t, []int64{ended.Rev, ended.Rev + 1}, []int64{changes.From, changes.Rev})
		require.Equal(t, "other", *again.Model)
		require.Equal(t, app.StatusStreaming, again.Status)
		require.Equal(t, []int{2, 2}, []int{again.Version, again.Versions})
		require.Empty(t, again.Content)
		require.Nil(t, again.Reasoning)
		require.Nil(t, again.Error)
		require.Nil(t, again.Usage)
		require.Equal(t, m.Seq, again.Seq, "its place stays")
		require.Equal(t, 1, w.count(`select count(*) from message_versions where message_id = $1 and version = 1 and content = 'old'
			and reasoning = 'why' and model = 'm' and status = 'failed' and error_message = 'Broke off.' and prompt_tokens = 3`, m.ID))
	})

	t.Run("an answer whose question was deleted stays as it is", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.ended(id, user, app.StatusStopped, "kept")
		_, err := w.messages.Delete(t.Context(), user, id, *m.ReplyTo)
		require.NoError(t, err)
		rev := w.rev(id)
		for _, keep := range []bool{true, false} {
			_, err := w.restart(m, user, keep)
			require.ErrorIs(t, err, app.ErrConflict)
		}
		require.Equal(t, rev, w.rev(id))
		got := w.get(user, m)
		require.Equal(t, "kept", got.Content)
		require.Equal(t, m.ReplyTo, got.ReplyTo)
	})

	t.Run("what runs cannot be restarted, what is complete not continued, a question neither", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		posted := w.post(question(id, user, "x", answers(4)...))[0]
		before := w.rev(id)
		for _, m := range []app.Message{posted.Messages[1], posted.Messages[4], posted.Messages[0]} {
			for _, keep := range []bool{true, false} {
				_, err := w.restart(m, user, keep)
				require.ErrorIs(t, err, app.ErrConflict)
			}
		}
		complete := w.end(posted.Messages[1], app.StatusComplete, ptr("done")).Messages[0]
		_, err := w.restart(complete, user, true)
		require.ErrorIs(t, err, app.ErrConflict)
		require.Equal(t, before+1, w.rev(id), "a refusal burns no number")
		_, err = w.messages.Delete(t.Context(), "", id, complete.ID)
		require.NoError(t, err)
		_, err = w.restart(complete, user, false)
		require.ErrorIs(t, err, app.ErrNotFound)
	})

	t.Run("a restarted answer waits its turn like a new one, and is refused behind twenty", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		old, older := w.ended(id, user, app.StatusStopped, "abc"), w.ended(id, user, app.StatusStopped, "abc")
		w.post(question(id, user, "x", answers(22)...))
		changes, err := w.restart(old, user, true)
		require.NoError(t, err)
		require.Equal(t, app.StatusQueued, changes.Messages[0].Status)
		require.Equal(t, "abc", changes.Messages[0].Content)
		_, err = w.restart(older, user, true)
		require.ErrorIs(t, err, app.ErrRateLimited)
	})

	t.Run("nothing begins in a deleted chat", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.ended(id, user, app.StatusStopped, "abc")
		_, err := w.chats.Delete(t.Context(), id)
		require.NoError(t, err)
		_, err = w.restart(m, user, false)
		require.ErrorIs(t, err, app.ErrNotFound)
	})
}

func TestStop(t *testing.T) {
	t.Parallel()
	w := newRooms(t)

	t.Run("the wish to stop a streaming answer holds for that run alone", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.asked(id, user)
		changes, run, err := w.runs.Stop(t.Context(), id, m.ID)
		require.NoError(t, err)
		require.Equal(t, m.Rev, run)
		require.Equal(t, changes.From, changes.Rev, "a wish takes no rev")
		require.True(t, w.flush(m)[0].Stop)
		w.end(m, app.StatusStopped, ptr("abc"))
		next, err := w.restart(m, user, true)
		require.NoError(t, err)
		for _, kept := range w.flush(next.Messages[0]) {
			require.False(t, kept.Stop)
		}
	})

	t.Run("a waiting answer becomes stopped at once", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.post(question(id, user, "x", answers(4)...))[0].Messages[4]
		changes, run, err := w.runs.Stop(t.Context(), id, m.ID)
		require.NoError(t, err)
		require.Equal(t, m.Rev, run)
		require.Equal(t, app.StatusStopped, changes.Messages[0].Status)
		require.Equal(t, changes.From+1, changes.Rev)
		require.Zero(t, w.count(`select count(*) from runs where message_id = $1`, m.ID))
	})

	t.Run("nothing happens to one that has ended; a question and a stranger's cannot be stopped", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.ended(id, user, app.StatusComplete, "done")
		changes, run, err := w.runs.Stop(t.Context(), id, m.ID)
		require.NoError(t, err)
		require.Zero(t, run)
		require.Equal(t, changes.From, changes.Rev)
		require.Equal(t, app.StatusComplete, w.get(user, m).Status)
		_, _, err = w.runs.Stop(t.Context(), id, *m.ReplyTo)
		require.ErrorIs(t, err, app.ErrConflict)
		_, _, err = w.runs.Stop(t.Context(), w.room(user), m.ID)
		require.ErrorIs(t, err, app.ErrNotFound)
	})
}

func TestEnd(t *testing.T) {
	t.Parallel()
	w := newRooms(t)

	t.Run("happens once, and only to the run it is meant for", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.asked(id, user)
		w.flush(m, chunk(m, app.PartContent, 0, "flushed"))
		other := m
		other.Rev--
		require.Equal(t, m.Rev, w.end(other, app.StatusComplete, ptr("no")).Rev)
		first := w.end(m, app.StatusComplete, ptr("flushed and more"))
		require.Equal(t, m.Rev+1, first.Rev)
		require.Equal(t, first.Rev, first.Messages[0].Rev)
		second := w.end(m, app.StatusInterrupted, nil)
		require.Equal(t, second.From, second.Rev)
		require.Equal(t, "flushed and more", w.get(user, m).Content)
		require.Zero(t, w.count(`select count(*) from runs where message_id = $1`, m.ID)+w.count(`select count(*) from chunks where message_id = $1`, m.ID))
	})

	t.Run("from many sides at once it takes one rev", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.asked(id, user)
		var wait sync.WaitGroup
		for range 6 {
			wait.Go(func() {
				if _, err := w.runs.End(context.Background(), app.Ending{ChatID: id, MessageID: m.ID, Rev: m.Rev, Status: app.StatusInterrupted}); err != nil {
					t.Errorf("end: %v", err)
				}
			})
		}
		wait.Wait()
		require.Equal(t, m.Rev+1, w.rev(id))
	})

	t.Run("without text it keeps what is stored, without reasoning none", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.asked(id, user)
		w.flush(m, chunk(m, app.PartReasoning, 0, "hm"))
		got := w.end(m, app.StatusInterrupted, nil).Messages[0]
		require.Empty(t, got.Content)
		require.Equal(t, "hm", *got.Reasoning)
		require.Nil(t, w.end(w.asked(id, user), app.StatusInterrupted, nil).Messages[0].Reasoning)
	})

	t.Run("a chat that is gone is not found", func(t *testing.T) {
		t.Parallel()
		_, err := w.runs.End(t.Context(), app.Ending{ChatID: app.NewID[app.ChatID](), MessageID: app.NewID[app.MessageID](), Rev: 1, Status: app.StatusComplete})
		require.ErrorIs(t, err, app.ErrNotFound)
	})
}

func TestClaim(t *testing.T) {
	t.Parallel()
	mine := func(t *testing.T, w *rooms) []app.Run {
		list, err := w.runs.Waiting(t.Context(), 20)
		require.NoError(t, err)
		return list
	}

	t.Run("who waits is claimed in order, as places come free", func(t *testing.T) {
		t.Parallel()
		w := newRooms(t)
		user, id := w.pair()
		messages := w.post(question(id, user, "x", answers(6)...))[0].Messages
		require.Empty(t, mine(t, w))
		w.end(messages[1], app.StatusComplete, ptr("done"))
		waiting := mine(t, w)
		require.Equal(t, []app.MessageID{messages[4].ID, messages[5].ID, messages[6].ID}, []app.MessageID{waiting[0].MessageID, waiting[1].MessageID, waiting[2].MessageID})
		require.Equal(t, user, waiting[0].Asker)
		changes, err := w.runs.Claim(t.Context(), w.owner, waiting[0])
		require.NoError(t, err)
		require.Equal(t, app.StatusStreaming, changes.Messages[0].Status)
		require.Equal(t, changes.Rev, changes.Messages[0].Rev)
		require.Len(t, w.flush(changes.Messages[0], chunk(changes.Messages[0], app.PartContent, 0, "a")), 2, "the claim's rev names the run")
		for _, run := range waiting {
			none, err := w.runs.Claim(t.Context(), w.owner, run)
			require.NoError(t, err)
			require.Equal(t, none.From, none.Rev, "it is running already, or there is no room")
		}
	})

	t.Run("two nodes claim one answer once", func(t *testing.T) {
		t.Parallel()
		w := newRooms(t)
		user, id := w.pair()
		messages := w.post(question(id, user, "x", answers(4)...))[0].Messages
		w.end(messages[1], app.StatusComplete, ptr("done"))
		run := mine(t, w)[0]
		var wait sync.WaitGroup
		var mu sync.Mutex
		taken := 0
		for range 4 {
			wait.Go(func() {
				owner, err := w.nodes.Register(context.Background(), app.NewID[app.NodeID]())
				if err != nil {
					t.Errorf("register: %v", err)
				}
				changes, err := w.runs.Claim(context.Background(), owner, run)
				if err != nil {
					t.Errorf("claim: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				if changes.Rev > changes.From {
					taken++
				}
			})
		}
		wait.Wait()
		require.Equal(t, 1, taken)
	})

	t.Run("who waits for another chat's end holds up nobody here", func(t *testing.T) {
		t.Parallel()
		w := newRooms(t)
		user, id := w.pair()
		friend := w.user("Bob")
		w.join(id, friend, app.MemberEditor)
		w.post(question(w.room(user), user, "x", answers(3)...))
		blocked := w.asked(id, user)
		require.Equal(t, app.StatusQueued, blocked.Status)
		require.Equal(t, app.StatusStreaming, w.asked(id, friend).Status)
		require.Empty(t, mine(t, w))
	})

	t.Run("in a deleted chat it becomes stopped", func(t *testing.T) {
		t.Parallel()
		w := newRooms(t)
		user, id := w.pair()
		messages := w.post(question(id, user, "x", answers(4)...))[0].Messages
		_, err := w.chats.Delete(t.Context(), id)
		require.NoError(t, err)
		require.True(t, w.flush(messages[1])[0].Stop, "what runs there is wished to stop")
		changes, err := w.runs.Claim(t.Context(), w.owner, mine(t, w)[0])
		require.NoError(t, err)
		require.Equal(t, app.StatusStopped, changes.Messages[0].Status)
		require.Empty(t, mine(t, w))
	})

	t.Run("one whose asker is gone holds up nobody", func(t *testing.T) {
		t.Parallel()
		w := newRooms(t)
		user, id := w.pair()
		messages := w.post(question(id, user, "x", answers(4)...))[0].Messages
		w.do(`update runs set asker_id = null where message_id = $1`, messages[4].ID)
		w.end(messages[1], app.StatusComplete, ptr("done"))
		changes, err := w.runs.Claim(t.Context(), w.owner, mine(t, w)[0])
		require.NoError(t, err)
		require.Equal(t, app.StatusStreaming, changes.Messages[0].Status)
	})

	t.Run("held are the runs of this owner at this epoch", func(t *testing.T) {
		t.Parallel()
		w := newRooms(t)
		user, id := w.pair()
		m := w.post(question(id, user, "x", answers(4)...))[0].Messages
		held, err := w.runs.Held(t.Context(), w.owner)
		require.NoError(t, err)
		require.ElementsMatch(t, []app.MessageID{m[1].ID, m[2].ID, m[3].ID}, []app.MessageID{held[0].MessageID, held[1].MessageID, held[2].MessageID})
		held, err = w.runs.Held(t.Context(), app.Owner{Node: w.owner.Node, Epoch: w.owner.Epoch + 1})
		require.NoError(t, err)
		require.Empty(t, held)
	})
}

func TestEdit(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	edit := func(w *rooms, m app.Message, author app.UserID, again bool, first ...app.Answer) (app.Changes, error) {
		return w.messages.Update(context.Background(), chat.Edit{ChatID: m.ChatID, MessageID: m.ID, Author: author, Content: "new", Again: again, First: first, Owner: w.owner})
	}

	t.Run("keeps what was there as a version", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.post(withClientID(question(id, user, "old"), "c"))[0].Messages[0]
		for n := 2; n <= 3; n++ {
			changes, err := edit(w, m, user, false)
			require.NoError(t, err)
			require.Equal(t, changes.From+1, changes.Rev)
			got := changes.Messages[0]
			require.Equal(t, []int{n, n}, []int{got.Version, got.Versions})
			require.Equal(t, "new", got.Content)
			require.Equal(t, m.Seq, got.Seq)
			require.Equal(t, "c", *got.ClientID)
		}
		require.Equal(t, 1, w.count(`select count(*) from message_versions where message_id = $1 and version = 1 and content = 'old' and author_id = $2`, m.ID, user))
		require.Equal(t, 2, w.count(`select count(*) from message_versions where message_id = $1`, m.ID))
	})

	t.Run("is for its author alone, and for what people wrote", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.ended(id, user, app.StatusComplete, "answer")
		_, err := edit(w, m, user, false)
		require.ErrorIs(t, err, app.ErrForbidden)
		q := app.Message{ID: *m.ReplyTo, ChatID: id}
		_, err = edit(w, q, w.user("Eve"), false)
		require.ErrorIs(t, err, app.ErrForbidden)
		_, err = w.messages.Delete(t.Context(), user, id, q.ID)
		require.NoError(t, err)
		_, err = edit(w, q, user, false)
		require.ErrorIs(t, err, app.ErrNotFound)
		require.Equal(t, m.Rev+1, w.rev(id))
	})

	t.Run("asking again restarts the answers there are, each with a rev", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		posted := w.post(question(id, user, "x", answers(2)...))[0].Messages
		_, err := edit(w, posted[0], user, true)
		require.ErrorIs(t, err, app.ErrConflict, "while one runs it is refused")
		require.Equal(t, "x", w.get(user, posted[0]).Content)
		require.Zero(t, w.count(`select count(*) from message_versions where message_id = $1`, posted[0].ID))
		w.end(posted[1], app.StatusComplete, ptr("1"))
		w.end(posted[2], app.StatusComplete, ptr("2"))
		changes, err := edit(w, posted[0], user, true, answerBy("unused"))
		require.NoError(t, err)
		require.Equal(t, changes.From+3, changes.Rev)
		require.Len(t, changes.Messages, 3)
		for i, m := range changes.Messages {
			require.Equal(t, changes.From+int64(i)+1, m.Rev)
			require.Equal(t, posted[i].ID, m.ID)
			require.Equal(t, 2, m.Versions)
		}
		require.Equal(t, 2, w.count(`select count(*) from runs where chat_id = $1 and run > 0`, id))
	})

	t.Run("asking where nobody answered makes the first ones, at the end", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.post(question(id, user, "x"), question(id, user, "y"))[0].Messages[0]
		refusal := &app.Failure{Code: app.CodeForbidden, Message: "No."}
		changes, err := edit(w, m, user, true, answerBy("m"), app.Answer{ID: app.NewID[app.MessageID](), Model: "n", Failure: refusal})
		require.NoError(t, err)
		require.Len(t, changes.Messages, 3)
		require.Equal(t, []int64{1, 3, 4}, []int64{changes.Messages[0].Seq, changes.Messages[1].Seq, changes.Messages[2].Seq})
		require.Equal(t, app.StatusStreaming, changes.Messages[1].Status)
		require.Equal(t, refusal, changes.Messages[2].Error)
		require.Equal(t, &m.ID, changes.Messages[1].ReplyTo)
		w.requireNumbers(id)
	})
}

func TestDeleteMessage(t *testing.T) {
	t.Parallel()
	w := newRooms(t)

	t.Run("erases text, reasoning, error, versions, chunks and run; its place stays", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		old := w.ended(id, user, app.StatusStopped, "first secret")
		changes, err := w.restart(old, user, false)
		require.NoError(t, err)
		m := changes.Messages[0]
		w.flush(m, chunk(m, app.PartContent, 0, "second secret"), chunk(m, app.PartReasoning, 0, "third"))
		changes, err = w.messages.Delete(t.Context(), "", id, m.ID)
		require.NoError(t, err)
		left := changes.Messages[0]
		require.Equal(t, changes.From+1, left.Rev)
		require.NotNil(t, left.DeletedAt)
		require.Equal(t, app.StatusStopped, left.Status)
		require.Equal(t, m.Seq, left.Seq)
		require.Empty(t, left.Content)
		require.Nil(t, left.Reasoning)
		require.Equal(t, []int{1, 1}, []int{left.Version, left.Versions})
		for _, table := range []string{"message_versions", "chunks", "runs"} {
			require.Zero(t, w.count(`select count(*) from `+table+` where message_id = $1`, m.ID), table)
		}
		require.Equal(t, left.Rev, w.end(m, app.StatusComplete, ptr("back")).Rev, "an end that comes late brings nothing back")
		require.Empty(t, w.get(user, m).Content)
		_, err = w.messages.Delete(t.Context(), "", id, m.ID)
		require.ErrorIs(t, err, app.ErrNotFound)
	})

	t.Run("a person may delete his own, not others' nor a model's", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		friend := w.user("Bob")
		w.join(id, friend, app.MemberEditor)
		m := w.ended(id, user, app.StatusComplete, "x")
		for _, target := range []app.MessageID{m.ID, *m.ReplyTo} {
			_, err := w.messages.Delete(t.Context(), friend, id, target)
			require.ErrorIs(t, err, app.ErrForbidden)
		}
		_, err := w.messages.Delete(t.Context(), user, id, *m.ReplyTo)
		require.NoError(t, err)
		_, err = w.messages.Delete(t.Context(), "", w.room(user), m.ID)
		require.ErrorIs(t, err, app.ErrNotFound, "through another chat nothing is found")
	})
}
