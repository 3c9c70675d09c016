package repositories_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/repositories/pgtest"
)

func TestListChats(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	list := func(t *testing.T, user app.UserID, filter chat.Filter, limit int) (titles []string, pages int) {
		page := app.PageRequest{Limit: limit}
		for {
			got, err := w.chats.GetByUserID(t.Context(), user, filter, page)
			require.NoError(t, err)
			require.NotNil(t, got.Data)
			require.Equal(t, limit, got.Pagination.Limit)
			pages++
			for _, c := range got.Data {
				titles = append(titles, c.Title)
			}
			if got.Pagination.Next == nil {
				return titles, pages
			}
			page.Cursor = *got.Pagination.Next
		}
	}
	titled := func(w *rooms, user app.UserID, title string) app.ChatID {
		id := w.room(user)
		_, err := w.chats.Update(w.t.Context(), id, chat.Settings{Title: &title})
		require.NoError(w.t, err)
		return id
	}

	t.Run("pages meet without a gap or a repeat where many chats have one time", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user := w.user("Ada")
		for n := range 7 {
			titled(w, user, fmt.Sprint(n))
		}
		w.do(`update chats set updated_at = '2026-01-02 03:04:05.678901Z' where id in (select chat_id from members where user_id = $1)`, user)
		for _, limit := range []int{1, 2, 3, 7, 100} {
			titles, pages := list(t, user, chat.Filter{}, limit)
			require.Equal(t, []string{"6", "5", "4", "3", "2", "1", "0"}, titles)
			require.Equal(t, (7+limit-1)/limit, pages)
		}
	})

	t.Run("the newest message comes first; archived and deleted ones are lists of their own", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user := w.user("Ada")
		first, second, archived, deleted := titled(w, user, "first"), titled(w, user, "second"), titled(w, user, "archived"), titled(w, user, "deleted")
		w.post(question(second, user, "x"))
		w.post(question(first, user, "x"))
		require.NoError(t, w.members.SetMine(t.Context(), user, archived, chat.Mine{Archived: ptr(true), Pinned: ptr(true)}))
		_, err := w.chats.Delete(t.Context(), deleted)
		require.NoError(t, err)
		for want, filter := range map[string]chat.Filter{"first second": {}, "archived": {Archived: true}, "deleted": {Deleted: true}} {
			titles, _ := list(t, user, filter, 10)
			require.Equal(t, want, strings.Join(titles, " "))
		}
	})

	t.Run("a search takes its text for what it is", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user := w.user("Ada")
		for _, title := range []string{`50% off_`, `Back\slash`, "other"} {
			titled(w, user, title)
		}
		for query, want := range map[string]int{"OFF": 1, "%": 1, "_": 1, `\`: 1, `\\`: 0, "__": 0, "o": 2} {
			titles, _ := list(t, user, chat.Filter{Query: query}, 10)
			require.Len(t, titles, want, query)
		}
	})

	t.Run("nobody sees the chats of others, nor those he left", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		friend := w.user("Bob")
		w.join(id, friend, app.MemberViewer)
		got, err := w.chats.GetByID(t.Context(), friend, id)
		require.NoError(t, err)
		require.Equal(t, app.MemberViewer, got.Me.Role)
		require.Equal(t, 2, got.MemberCount)
		w.do(`update members set removed_at = now() where user_id = $1`, friend)
		_, err = w.chats.GetByID(t.Context(), friend, id)
		require.ErrorIs(t, err, app.ErrNotFound)
		titles, _ := list(t, friend, chat.Filter{}, 10)
		require.Empty(t, titles)
		_, err = w.chats.GetByID(t.Context(), user, app.NewID[app.ChatID]())
		require.ErrorIs(t, err, app.ErrNotFound)
	})

	t.Run("a cursor of nobody's making is refused or harmless, never a fault", func(t *testing.T) {
		t.Parallel()
		user, _ := w.in(t).pair()
		encode := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
		id := string(app.NewID[app.ChatID]())
		for _, cursor := range []string{"!", "AA", encode("x " + id), encode("1"), encode("1 x"), encode("-1 " + id), encode("9223372036854775807 " + id), encode("99999999999999999999 " + id), encode("1 " + strings.ToUpper(id))} {
			_, err := w.chats.GetByUserID(t.Context(), user, chat.Filter{}, app.PageRequest{Limit: 1, Cursor: cursor})
			require.ErrorIs(t, err, app.ErrInvalidInput, cursor)
		}
		rapid.Check(t, func(t *rapid.T) {
			cursor := rapid.OneOf(
				rapid.StringN(1, 40, -1),
				rapid.Map(rapid.StringN(0, 60, -1), encode),
				rapid.Map(rapid.Int64(), func(n int64) string { return encode(fmt.Sprint(n, " ", id)) }),
			).Draw(t, "cursor")
			_, err := w.chats.GetByUserID(w.t.Context(), user, chat.Filter{}, app.PageRequest{Limit: 1, Cursor: cursor})
			if err != nil {
				require.ErrorIs(t, err, app.ErrInvalidInput)
			}
		})
	})
}

func TestChangeChats(t *testing.T) {
	t.Parallel()
	w := newRooms(t)

	t.Run("a new chat is at rev 1 with its first owner", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user := w.user("Ada")
		made := app.Chat{ID: app.NewID[app.ChatID](), Title: "T", Model: "m", SystemPrompt: "p", ReplyPolicy: app.ReplyNever}
		got, err := w.chats.Create(t.Context(), user, made, true)
		require.NoError(t, err)
		require.Equal(t, []any{made.ID, "T", "m", "p", app.ReplyNever, int64(1), int64(0), 1},
			[]any{got.ID, got.Title, got.Model, got.SystemPrompt, got.ReplyPolicy, got.Rev, got.LastSeq, got.MemberCount})
		require.Equal(t, app.Me{Role: app.MemberOwner}, *got.Me)
		_, err = w.chats.Create(t.Context(), user, made, true)
		require.ErrorIs(t, err, app.ErrConflict)
	})

	t.Run("a change takes one rev, changes what is named, and is no activity", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		before, err := w.chats.GetByID(t.Context(), user, id)
		require.NoError(t, err)
		changes, err := w.chats.Update(t.Context(), id, chat.Settings{Title: ptr("New"), Model: ptr("m"), SystemPrompt: ptr("p"), ReplyPolicy: ptr(app.ReplyMention)})
		require.NoError(t, err)
		require.Equal(t, []int64{1, 2}, []int64{changes.From, changes.Rev})
		require.Empty(t, changes.Messages)
		require.Nil(t, changes.Chat.Me, "what all are told has nobody's own part")
		require.Equal(t, []any{"New", "m", "p", app.ReplyMention, int64(2), before.UpdatedAt},
			[]any{changes.Chat.Title, changes.Chat.Model, changes.Chat.SystemPrompt, changes.Chat.ReplyPolicy, changes.Chat.Rev, changes.Chat.UpdatedAt})
		changes, err = w.chats.Update(t.Context(), id, chat.Settings{Title: ptr("Newer")})
		require.NoError(t, err)
		require.Equal(t, "m", changes.Chat.Model)
		require.Equal(t, 1, w.count(`select count(*) from chats where id = $1 and reply_policy_set and settings_rev = 3`, id))
	})

	t.Run("a deleted chat can be restored by an owner while the grace lasts", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		friend := w.user("Bob")
		w.join(id, friend, app.MemberEditor)
		told, err := w.chats.Delete(t.Context(), id)
		require.NoError(t, err)
		require.ElementsMatch(t, []app.UserID{user, friend}, told)
		_, err = w.chats.Delete(t.Context(), id)
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = w.chats.Update(t.Context(), id, chat.Settings{Title: ptr("x")})
		require.ErrorIs(t, err, app.ErrNotFound)
		before := w.rev(id)
		_, err = w.chats.Restore(t.Context(), friend, id, time.Hour)
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = w.chats.Restore(t.Context(), user, id, 0)
		require.ErrorIs(t, err, app.ErrNotFound)
		require.Equal(t, before, w.rev(id), "a refusal burns no number")
		changes, err := w.chats.Restore(t.Context(), user, id, time.Hour)
		require.NoError(t, err)
		require.Equal(t, before+1, changes.Rev)
		_, err = w.chats.GetByID(t.Context(), user, id)
		require.NoError(t, err)
		_, err = w.chats.Restore(t.Context(), user, id, time.Hour)
		require.ErrorIs(t, err, app.ErrNotFound, "it is there already")
	})

	t.Run("what was deleted before a moment is erased with all that is in it, but not while an answer runs", func(t *testing.T) {
		t.Parallel()
		w := newRooms(t)
		user, id := w.pair()
		m := w.asked(id, user)
		young, kept := w.room(user), w.room(user)
		for _, gone := range []app.ChatID{id, young} {
			_, err := w.chats.Delete(t.Context(), gone)
			require.NoError(t, err)
		}
		w.do(`update chats set deleted_at = now() - interval '8 days' where id = $1`, id)
		erase := func() int64 {
			n, err := w.chats.Erase(t.Context(), time.Now().Add(-chat.Grace))
			require.NoError(t, err)
			return n
		}
		require.Zero(t, erase())
		w.end(m, app.StatusStopped, ptr("x"))
		require.EqualValues(t, 1, erase())
		require.Equal(t, 2, w.count(`select count(*) from chats where id = any($1)`, []app.ChatID{young, kept}))
		require.Zero(t, w.count(`select count(*) from messages`)+w.count(`select count(*) from members where chat_id = $1`, id))
	})
}

func TestAnErasedChatLeavesNoTrace(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	ada, id := w.pair()
	eve := w.user("Eve")
	w.join(id, eve, app.MemberEditor)
	text := "secret" + string(ada)
	_, err := w.chats.Update(t.Context(), id, chat.Settings{Title: &text, SystemPrompt: &text})
	require.NoError(t, err)
	old := w.ended(id, ada, app.StatusFailed, text)
	again, err := w.restart(old, ada, false)
	require.NoError(t, err)
	m := again.Messages[0]
	w.flush(m, chunk(m, app.PartContent, 0, text), chunk(m, app.PartReasoning, 0, text))
	kept, err := w.fork(eve, app.Message{ID: *m.ReplyTo, ChatID: id})
	require.NoError(t, err)
	require.Equal(t, text, kept.Title)
	w.do(`update chats set title = 'Another', system_prompt = '' where id = $1`, kept.ID)
	_, err = w.chats.Delete(t.Context(), id)
	require.NoError(t, err)
	w.end(m, app.StatusStopped, &text)
	w.do(`update chats set deleted_at = now() - interval '8 days' where id = $1`, id)
	w.do(`analyze`)
	require.NotEmpty(t, pgtest.Traces(t, w.raw, string(id)))
	n, err := w.chats.Erase(t.Context(), time.Now().Add(-chat.Grace))
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	w.do(`analyze`)
	for _, trace := range []string{text, string(id), string(m.ID), string(*m.ReplyTo)} {
		require.Empty(t, pgtest.Traces(t, w.raw, trace))
	}
	require.Equal(t, 1, w.count(`select count(*) from messages where chat_id = $1`, kept.ID), "a fork is a chat of its own")
}

func TestWhateverBelongsToAChatGoesWithIt(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	// Chunks are of running answers alone: whatever ends one clears them away.
	staying := w.count(`
		select count(*) from (
			select c.oid from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname in ('chat_id', 'message_id')
			where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> 'chunks'
			except
			select conrelid from pg_constraint where contype = 'f' and confdeltype = 'c' and confrelid in ('chats'::regclass, 'messages'::regclass)
		) t`)
	require.Zero(t, staying, "a table with chat_id or message_id needs a foreign key that cascades")
}

func TestMembers(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	friend := w.user("Bob")
	w.join(id, friend, app.MemberViewer)
	for range 5 {
		w.post(question(id, user, "x"))
	}

	t.Run("a role is for members of a living chat", func(t *testing.T) {
		role, err := w.members.Role(t.Context(), friend, id)
		require.NoError(t, err)
		require.Equal(t, app.MemberViewer, role)
		_, err = w.members.Role(t.Context(), w.user("Eve"), id)
		require.ErrorIs(t, err, app.ErrNotFound)
		deleted := w.room(user)
		_, err = w.chats.Delete(t.Context(), deleted)
		require.NoError(t, err)
		_, err = w.members.Role(t.Context(), user, deleted)
		require.ErrorIs(t, err, app.ErrNotFound)
		require.ErrorIs(t, w.members.SetMine(t.Context(), w.user("Eve"), id, chat.Mine{Pinned: ptr(true)}), app.ErrNotFound)
	})

	t.Run("a read mark moves forward only, and not past the last message", func(t *testing.T) {
		for _, step := range []struct {
			seq, at int64
			moved   bool
		}{{2, 2, true}, {1, 2, false}, {2, 2, false}, {0, 2, false}, {99, 5, true}, {5, 5, false}} {
			at, moved, err := w.members.MarkRead(t.Context(), friend, id, step.seq)
			require.NoError(t, err)
			require.Equal(t, []any{step.at, step.moved}, []any{at, moved}, "seq %d", step.seq)
		}
		_, _, err := w.members.MarkRead(t.Context(), w.user("Eve"), id, 1)
		require.ErrorIs(t, err, app.ErrNotFound)
		require.Equal(t, int64(7), w.rev(id), "and takes no rev")
	})

	t.Run("many marks at once end at the furthest", func(t *testing.T) {
		late := w.user("Late")
		w.join(id, late, app.MemberViewer)
		var wait sync.WaitGroup
		for seq := range int64(6) {
			wait.Go(func() {
				if _, _, err := w.members.MarkRead(t.Context(), late, id, seq); err != nil {
					t.Errorf("mark: %v", err)
				}
			})
		}
		wait.Wait()
		got, err := w.chats.GetByID(t.Context(), late, id)
		require.NoError(t, err)
		require.EqualValues(t, 5, got.Me.LastReadSeq)
		require.Zero(t, got.Me.Unread)
	})

	t.Run("pins and the archive are each member's own", func(t *testing.T) {
		require.NoError(t, w.members.SetMine(t.Context(), friend, id, chat.Mine{Pinned: ptr(true)}))
		require.NoError(t, w.members.SetMine(t.Context(), friend, id, chat.Mine{Archived: ptr(true)}))
		his, err := w.chats.GetByID(t.Context(), friend, id)
		require.NoError(t, err)
		hers, err := w.chats.GetByID(t.Context(), user, id)
		require.NoError(t, err)
		require.Equal(t, []bool{true, true, false, false}, []bool{his.Me.Pinned, his.Me.Archived, hers.Me.Pinned, hers.Me.Archived})
	})
}
