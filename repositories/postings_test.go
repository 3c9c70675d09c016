package repositories_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

func TestPost(t *testing.T) {
	t.Parallel()
	w := newRooms(t)

	t.Run("a question and its answers are stored at once, in order", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		refusal := &app.Failure{Code: app.CodeForbidden, Message: "You may not use this model."}
		p := withClientID(question(id, user, "  hi \n", answerBy("m1"), app.Answer{ID: app.NewID[app.MessageID](), Model: "m2", Failure: refusal}), "c1")
		posted := w.post(p)[0]
		require.Equal(t, chat.Stored, posted.Verdict)
		require.Equal(t, p.ID, posted.ID)
		require.EqualValues(t, 1, posted.From, "a new chat is at rev 1")
		list, err := w.messages.GetByChatID(t.Context(), user, id, chat.Range{Limit: 10})
		require.NoError(t, err)
		require.Equal(t, posted.Messages, list, "what is told without reading back is what is there")
		require.Equal(t, []int64{1, 2, 3}, []int64{list[0].Seq, list[1].Seq, list[2].Seq})
		require.Equal(t, []int64{2, 3, 4}, []int64{list[0].Rev, list[1].Rev, list[2].Rev})
		require.Equal(t, "  hi \n", list[0].Content, "nothing is trimmed")
		require.Equal(t, app.StatusStreaming, list[1].Status)
		require.Equal(t, app.StatusFailed, list[2].Status)
		require.Equal(t, refusal, list[2].Error)
		require.Equal(t, 1, w.count(`select count(*) from runs where chat_id = $1`, id), "a refused model is never asked")
		require.Equal(t, 1, w.count(`select last_read_seq::int from members where chat_id = $1`, id), "its author has read it")
	})

	t.Run("a repeated client_id is the message that is there, and takes no number", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		first := withClientID(question(id, user, "hi"), "c1")
		w.post(first)
		again := w.post(withClientID(question(id, user, "other", answerBy("m")), "c1"))[0]
		require.Equal(t, chat.Duplicate, again.Verdict)
		require.Equal(t, first.ID, again.ID)
		_, err := w.messages.Delete(t.Context(), user, id, first.ID)
		require.NoError(t, err)
		tombstone := w.post(withClientID(question(id, user, "hi"), "c1"))[0]
		require.Equal(t, chat.Duplicate, tombstone.Verdict, "a deleted one too")
		require.Equal(t, first.ID, tombstone.ID)
		require.EqualValues(t, 3, w.rev(id))
		w.requireNumbers(id)
	})

	t.Run("a client_id is for one author and one chat", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		friend := w.user("Bob")
		w.join(id, friend, app.MemberEditor)
		for _, p := range []chat.Posting{question(id, user, "a"), question(id, friend, "b"), question(w.room(user), user, "c")} {
			require.Equal(t, chat.Stored, w.post(withClientID(p, "same"))[0].Verdict)
		}
	})

	t.Run("a second try of the same posting finds itself", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		p := question(id, user, "hi", answerBy("m"))
		w.post(p)
		again := w.post(p)[0]
		require.Equal(t, chat.Duplicate, again.Verdict)
		require.Equal(t, p.ID, again.ID)
		require.Equal(t, 2, w.count(`select count(*) from messages where chat_id = $1`, id))
	})

	t.Run("who may not post burns no number", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		viewer, gone := w.user("Vi"), w.user("Gone")
		w.join(id, viewer, app.MemberViewer)
		w.join(id, gone, app.MemberEditor)
		w.do(`update members set removed_at = now() where chat_id = $1 and user_id = $2`, id, gone)
		deleted := w.room(user)
		_, err := w.chats.Delete(t.Context(), deleted)
		require.NoError(t, err)
		elsewhere := w.post(question(w.room(user), user, "elsewhere"))[0].ID
		erased := w.post(question(id, user, "erased"))[0].ID
		_, err = w.messages.Delete(t.Context(), user, id, erased)
		require.NoError(t, err)
		before := w.rev(id)

		reply := func(to app.MessageID) chat.Posting {
			p := question(id, user, "reply")
			p.ReplyTo = &to
			return p
		}
		good, goodReply := question(id, user, "good"), reply(app.NewID[app.MessageID]())
		goodReply.ReplyTo = &good.ID
		posted := w.post(question(id, w.user("Stranger"), "x"), question(id, viewer, "x"), question(id, gone, "x"),
			question(deleted, user, "x"), question(app.NewID[app.ChatID](), user, "x"),
			reply(elsewhere), reply(erased), reply(app.NewID[app.MessageID]()), good)
		verdicts := make([]chat.Verdict, len(posted))
		for i, p := range posted {
			verdicts[i] = p.Verdict
		}
		require.Equal(t, []chat.Verdict{
			chat.NotMember, chat.ReadOnly, chat.NotMember, chat.NotMember, chat.NotMember,
			chat.UnknownReply, chat.UnknownReply, chat.UnknownReply, chat.Stored,
		}, verdicts)
		require.Equal(t, before+1, w.rev(id))
		require.Equal(t, before, posted[8].From)
		require.Equal(t, chat.Stored, w.post(goodReply)[0].Verdict)
		w.requireNumbers(id)
	})

	t.Run("one group over several chats is one transaction", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, one := w.pair()
		two := w.room(user)
		posted := w.post(question(one, user, "1"), question(two, user, "2", answerBy("m")), question(one, user, "3", answerBy("m")))
		require.Equal(t, []int64{1, 1, 2}, []int64{posted[0].From, posted[1].From, posted[2].From})
		require.EqualValues(t, 2, posted[2].Messages[0].Seq)
		require.Equal(t, &posted[2].ID, posted[2].Messages[1].ReplyTo, "each answer belongs to its question")
		require.Equal(t, 1, w.count(`select count(distinct xmin::text) from messages where chat_id = any($1)`, []app.ChatID{one, two}))
		bad := question(two, user, "a\x00b")
		_, err := w.messages.Create(t.Context(), w.owner, []chat.Posting{question(one, user, "4"), bad})
		require.ErrorIs(t, err, app.ErrInvalidInput)
		require.EqualValues(t, 4, w.rev(one), "one that cannot be stored leaves nothing of its group")
	})
}

// waves posts from many sides at once; each side's groups are over all chats.
func waves(t *testing.T, w *rooms, sides, each int, group func(side, n int) []chat.Posting) []chat.Posted {
	t.Helper()
	var mu sync.Mutex
	var all []chat.Posted
	var wait sync.WaitGroup
	for side := range sides {
		wait.Go(func() {
			for n := range each {
				posted, err := w.messages.Create(context.Background(), w.owner, group(side, n))
				mu.Lock()
				if err != nil {
					t.Errorf("post: %v", err)
				}
				all = append(all, posted...)
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return all
}

func TestPostsAtOnce(t *testing.T) {
	t.Parallel()
	w := newRooms(t)

	t.Run("rev and seq have no holes, and each commit follows on the one before", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, stranger := w.user("Ada"), w.user("Eve")
		rooms := []app.ChatID{w.room(user), w.room(user), w.room(user)}
		all := waves(t, w, 4, 10, func(side, n int) []chat.Posting {
			var group []chat.Posting
			for i := range 4 {
				group = append(group, question(rooms[(side+n+i)%3], user, "x"))
			}
			return append(group, question(rooms[n%3], stranger, "refused"))
		})
		for _, id := range rooms {
			w.requireNumbers(id)
			var revs []int64
			for _, p := range all {
				for _, m := range p.Messages {
					if m.ChatID == id {
						revs = append(revs, m.Rev)
						require.Equal(t, m.Rev-1, p.From)
					}
				}
			}
			slices.Sort(revs)
			for i, rev := range revs {
				require.EqualValues(t, i+2, rev)
			}
			require.Equal(t, revs[len(revs)-1], w.rev(id))
		}
	})

	t.Run("one client_id from many sides is stored once", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		all := waves(t, w, 4, 5, func(int, int) []chat.Posting {
			return []chat.Posting{withClientID(question(id, user, "x", answerBy("m")), "once")}
		})
		stored := 0
		for _, p := range all {
			require.Equal(t, all[0].ID, p.ID)
			if p.Verdict == chat.Stored {
				stored++
			}
		}
		require.Equal(t, 1, stored)
		require.EqualValues(t, 3, w.rev(id))
	})

	t.Run("a user's line is one, in however many chats and transactions", func(t *testing.T) {
		t.Parallel()
		w := newRooms(t)
		user, id := w.pair()
		elsewhere := w.room(user)
		begun := make(chan error)
		wait := make(chan struct{})
		commit := sync.OnceFunc(func() { close(wait) })
		t.Cleanup(commit)
		done := make(chan error, 1)
		go func() {
			done <- w.db.InTx(context.Background(), func(ctx context.Context) error {
				_, err := w.messages.Create(ctx, w.owner, []chat.Posting{question(id, user, "x", answers(3)...)})
				begun <- err
				<-wait
				return err
			})
		}()
		require.NoError(t, <-begun)
		second := make(chan []chat.Posted, 1)
		go func() {
			posted, err := w.messages.Create(context.Background(), w.owner, []chat.Posting{question(elsewhere, user, "x", answerBy("m"))})
			if err != nil {
				t.Errorf("post: %v", err)
			}
			second <- posted
		}()
		w.requireWaiting()
		commit()
		require.NoError(t, <-done)
		require.Equal(t, app.StatusQueued, (<-second)[0].Messages[1].Status)
	})

	t.Run("a user never has more than three running, in however many chats", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user := w.user("Ada")
		rooms := make([]app.ChatID, 4)
		for i := range rooms {
			rooms[i] = w.room(user)
		}
		waves(t, w, 4, 3, func(side, _ int) []chat.Posting {
			return []chat.Posting{question(rooms[side], user, "x", answerBy("m"))}
		})
		require.Equal(t, 3, w.count(`select count(*) from runs where asker_id = $1 and run > 0`, user))
		require.Equal(t, 12-3, w.count(`select count(*) from runs where asker_id = $1 and run = 0`, user))
	})
}

func TestLines(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	statuses := func(posted []chat.Posted) (running, waiting, refused int) {
		for _, p := range posted {
			if p.Verdict == chat.TooMany {
				refused++
			}
			for _, m := range p.Messages {
				switch m.Status {
				case app.StatusStreaming:
					running++
				case app.StatusQueued:
					waiting++
				}
			}
		}
		return running, waiting, refused
	}
	many := func(n int, id app.ChatID, author func() app.UserID) []chat.Posting {
		list := make([]chat.Posting, n)
		for i := range list {
			list[i] = question(id, author(), "x", answerBy("m"))
		}
		return list
	}

	t.Run("three run and twenty wait in a chat, whoever asks, and in one group as one by one", func(t *testing.T) {
		t.Parallel()
		for _, size := range []int{1, 5, 30} {
			w := w.in(t)
			owner, id := w.pair()
			postings := many(30, id, func() app.UserID {
				user := w.user("U")
				w.join(id, user, app.MemberEditor)
				return user
			})
			postings = append(postings, question(id, owner, "no answer wanted"))
			var all []chat.Posted
			for group := range slices.Chunk(postings, size) {
				all = append(all, w.post(group...)...)
			}
			running, waiting, refused := statuses(all)
			require.Equal(t, []int{3, 20, 7}, []int{running, waiting, refused}, "groups of %d", size)
			require.Equal(t, chat.Stored, all[30].Verdict, "a message that asks nobody waits for nobody")
			require.Equal(t, chat.TooMany, all[29].Verdict)
			require.Equal(t, chat.Stored, all[22].Verdict)
			w.requireNumbers(id)
		}
	})

	t.Run("the same for one user over several chats", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user := w.user("Ada")
		var postings []chat.Posting
		for range 13 {
			postings = append(postings, many(2, w.room(user), func() app.UserID { return user })...)
		}
		running, waiting, refused := statuses(w.post(postings...))
		require.Equal(t, []int{3, 20, 3}, []int{running, waiting, refused})
	})

	t.Run("one question never has more answers waiting than may", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		require.Equal(t, chat.TooMany, w.post(question(id, user, "x", answers(24)...))[0].Verdict)
		require.Equal(t, chat.Stored, w.post(question(id, user, "x", answers(23)...))[0].Verdict)
	})

	t.Run("nobody overtakes who waits already", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		posted := w.post(question(id, user, "x", answers(4)...))[0]
		w.end(posted.Messages[1], app.StatusComplete, ptr("done"))
		late := w.asked(id, user)
		require.Equal(t, app.StatusQueued, late.Status)
		waiting, err := w.runs.Waiting(t.Context(), 20)
		require.NoError(t, err)
		waiting = slices.DeleteFunc(waiting, func(r app.Run) bool { return r.ChatID != id })
		require.Equal(t, posted.Messages[4].ID, waiting[0].MessageID)
		require.Equal(t, late.ID, waiting[1].MessageID)
	})

	t.Run("a refused model takes no place in the line", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		refused := app.Answer{Model: "m", Failure: &app.Failure{Code: app.CodeForbidden, Message: "No."}}
		list := answers(3)
		for range 3 {
			refused.ID = app.NewID[app.MessageID]()
			list = append([]app.Answer{refused}, list...)
		}
		running, waiting, _ := statuses(w.post(question(id, user, "x", list...)))
		require.Equal(t, []int{3, 0}, []int{running, waiting})
	})
}
