package repositories_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/realtime"
)

func (w *rooms) snapshot(user app.UserID, id app.ChatID, since *int64, limit int, resume bool) realtime.Snapshot {
	w.t.Helper()
	list, err := w.snaps.Snapshots(w.t.Context(), user, []realtime.Ask{{ChatID: id, Since: since}}, limit, resume)
	require.NoError(w.t, err)
	require.Len(w.t, list, 1)
	return list[0]
}

func seqs(messages []app.Message) string {
	list := make([]string, len(messages))
	for i, m := range messages {
		list[i] = fmt.Sprint(m.Seq)
	}
	return strings.Join(list, " ")
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	w := newRooms(t)

	t.Run("what changed after since, tombstones too, and nothing else", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		posted := w.post(withClientID(question(id, user, "1"), "c"), question(id, user, "2"), question(id, user, "3"))
		since := w.rev(id)
		require.Empty(t, w.snapshot(user, id, &since, 50, true).Messages)
		_, err := w.messages.Delete(t.Context(), user, id, posted[0].ID)
		require.NoError(t, err)
		friend := w.user("Bob")
		w.join(id, friend, app.MemberEditor)
		w.post(question(id, user, "4"))
		s := w.snapshot(user, id, &since, 50, true)
		require.True(t, s.Found)
		require.False(t, s.Reset)
		require.Equal(t, "1 4", seqs(s.Messages))
		require.NotNil(t, s.Messages[0].DeletedAt)
		require.Nil(t, s.Messages[0].ClientID)
		require.Nil(t, s.Chat.Me)
		require.Equal(t, w.rev(id), s.Chat.Rev)
		require.Equal(t, app.MemberOwner, s.Me.Role)
		require.Len(t, s.Members, 1)
		require.Equal(t, app.Person{ID: friend, Name: "Bob"}, s.Members[0].User)
	})

	t.Run("answers that run are always there, with their text so far, and not counted", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		posted := w.post(question(id, user, "1", answers(4)...))[0].Messages
		w.flush(posted[1], chunk(posted[1], app.PartContent, 0, "so far"))
		since := w.rev(id)
		s := w.snapshot(user, id, &since, 1, true)
		require.False(t, s.Reset)
		require.ElementsMatch(t, strings.Fields("2 3 4 5"), strings.Fields(seqs(s.Messages)))
		for _, m := range s.Messages {
			if m.ID == posted[1].ID {
				require.Equal(t, "so far", m.Content)
			}
		}
		w.post(question(id, user, "6"))
		require.False(t, w.snapshot(user, id, &since, 1, true).Reset, "one changed, one may")
		w.post(question(id, user, "7"))
		reset := w.snapshot(user, id, &since, 1, true)
		require.True(t, reset.Reset, "two changed")
		require.Equal(t, "7", seqs(reset.Messages), "older running ones are left out of a reset")
	})

	t.Run("a reset holds the newest by place, ascending, tombstones counted, and all members", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		var last chat.Posted
		for range 5 {
			last = w.post(question(id, user, "x"))[0]
		}
		_, err := w.messages.Delete(t.Context(), user, id, last.ID)
		require.NoError(t, err)
		rev := w.rev(id)
		other := int64(1)
		for name, c := range map[string]struct {
			since  *int64
			resume bool
		}{
			"no since":                {nil, true},
			"since above the rev":     {ptr(rev + 1), true},
			"another store":           {&rev, false},
			"more changed than limit": {&other, true},
		} {
			s := w.snapshot(user, id, c.since, 2, c.resume)
			require.True(t, s.Reset, name)
			require.Equal(t, "4 5", seqs(s.Messages), name)
			require.Len(t, s.Members, 1, name)
		}
		w.do(`update chats set floor_rev = $2 where id = $1`, id, rev)
		require.True(t, w.snapshot(user, id, ptr(rev-1), 50, true).Reset, "below the floor")
		require.False(t, w.snapshot(user, id, &rev, 50, true).Reset, "at the floor")
	})

	t.Run("more than 512 KiB is a reset with as many as fit, and at least one", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		since := w.rev(id)
		for range 5 {
			w.post(question(id, user, strings.Repeat("x", 120<<10)))
		}
		require.True(t, w.snapshot(user, id, &since, 50, true).Reset)
		require.Equal(t, "2 3 4 5", seqs(w.snapshot(user, id, nil, 50, true).Messages))
		require.False(t, w.snapshot(user, id, ptr(since+1), 50, true).Reset, "four of them fit")
		w.post(question(id, user, strings.Repeat("y", 600<<10)))
		w.post(question(id, user, "small"))
		require.Equal(t, "7", seqs(w.snapshot(user, id, nil, 50, true).Messages), "no hole: nothing behind the one that is too large")
		w.do(`update messages set content = $2 where chat_id = $1 and seq = 7`, id, strings.Repeat("z", 600<<10))
		require.Equal(t, "7", seqs(w.snapshot(user, id, nil, 50, true).Messages))
	})

	t.Run("a running answer of any size makes no reset", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		since := w.rev(id)
		for range 3 {
			m := w.asked(id, user)
			w.flush(m, chunk(m, app.PartContent, 0, strings.Repeat("x", 250<<10)))
		}
		require.False(t, w.snapshot(user, id, &since, 50, true).Reset)
	})

	t.Run("many chats are read at once, in the order asked, and what is not his is not found", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, one := w.pair()
		two, deleted, left := w.room(user), w.room(user), w.room(w.user("Bob"))
		w.post(question(one, user, "1"), question(two, user, "1"), question(two, user, "2"))
		_, err := w.chats.Delete(t.Context(), deleted)
		require.NoError(t, err)
		w.join(left, user, app.MemberViewer)
		w.do(`update members set removed_at = now() where chat_id = $1 and user_id = $2`, left, user)
		owner, foreign := w.pair()
		w.asked(foreign, owner)
		since := int64(2)
		list, err := w.snaps.Snapshots(t.Context(), user, []realtime.Ask{
			{ChatID: two}, {ChatID: foreign, Since: &since}, {ChatID: deleted}, {ChatID: one, Since: &since}, {ChatID: left}, {ChatID: app.NewID[app.ChatID]()},
		}, 50, true)
		require.NoError(t, err)
		require.Equal(t, []bool{true, false, false, true, false, false}, []bool{list[0].Found, list[1].Found, list[2].Found, list[3].Found, list[4].Found, list[5].Found})
		require.Equal(t, realtime.Snapshot{}, list[1])
		require.Equal(t, []app.ChatID{two, one}, []app.ChatID{list[0].Chat.ID, list[3].Chat.ID})
		require.Equal(t, "1 2", seqs(list[0].Messages))
		require.Empty(t, list[3].Messages)
	})
}

func TestRevs(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, one := w.pair()
	two, gone := w.room(user), app.NewID[app.ChatID]()
	m, deleted := w.asked(one, user), w.room(user)
	w.do(`update chats set deleted_at = now() where id = $1`, deleted)
	revs, err := w.snaps.Revs(t.Context(), []app.ChatID{one, gone, two, deleted})
	require.NoError(t, err)
	require.Equal(t, map[app.ChatID]int64{one: m.Rev, two: 1}, revs)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = w.snaps.Revs(ended, []app.ChatID{one})
	require.ErrorIs(t, err, app.ErrUnavailable)
}

// since reads what one chat's listeners lack.
func (w *rooms) since(t *testing.T, id app.ChatID, rev int64) (app.Changes, error) {
	t.Helper()
	list, err := w.snaps.SinceAll(t.Context(), []realtime.Where{{ChatID: id, Rev: rev}})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.True(t, list[0].Found)
	return list[0].Changes, err
}

func TestSince(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	notice := func(id app.ChatID) app.Changes {
		rev := w.rev(id)
		return app.Changes{ChatID: id, From: rev, Rev: rev, Messages: []app.Message{}}
	}

	t.Run("is everything after a rev, in its present state", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		first := w.post(withClientID(question(id, user, "1"), "c"))[0].Messages[0]
		m := w.asked(id, user)
		w.flush(m, chunk(m, app.PartContent, 0, "so far"))
		friend := w.user("Bob")
		w.join(id, friend, app.MemberEditor)
		got, err := w.since(t, id, 1)
		require.NoError(t, err)
		require.Equal(t, []int64{1, 5}, []int64{got.From, got.Rev})
		require.Equal(t, "1 2 3", seqs(got.Messages))
		require.Equal(t, "so far", got.Messages[2].Content)
		require.Nil(t, got.Messages[0].ClientID)
		require.Len(t, got.Members, 1)
		require.Nil(t, got.Chat, "its settings did not change")
		got, err = w.since(t, id, first.Rev)
		require.NoError(t, err)
		require.Equal(t, "2 3", seqs(got.Messages))
		_, err = w.chats.Update(t.Context(), id, chat.Settings{Title: ptr("New")})
		require.NoError(t, err)
		got, err = w.since(t, id, 5)
		require.NoError(t, err)
		require.Equal(t, "New", got.Chat.Title)
		require.Empty(t, got.Messages)
	})

	t.Run("of many chats at once, each on its own, and nothing of those that are gone", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, one := w.pair()
		large, deleted, gone := w.room(user), w.room(user), app.NewID[app.ChatID]()
		w.post(question(one, user, "one"), question(deleted, user, "gone"))
		for range 4 {
			w.post(question(large, user, strings.Repeat("x", 200<<10)))
		}
		w.do(`update chats set deleted_at = now() where id = $1`, deleted)
		got, err := w.snaps.SinceAll(t.Context(), []realtime.Where{{ChatID: gone, Rev: 1}, {ChatID: large, Rev: 1}, {ChatID: deleted, Rev: 1}, {ChatID: one, Rev: 1}})
		require.NoError(t, err)
		require.Equal(t, []bool{false, true, false, true}, []bool{got[0].Found, got[1].Found, got[2].Found, got[3].Found})
		require.Equal(t, notice(large), got[1].Changes)
		require.Equal(t, "one", got[3].Changes.Messages[0].Content)
		got, err = w.snaps.SinceAll(t.Context(), []realtime.Where{{ChatID: large, Rev: 3}})
		require.NoError(t, err)
		require.Len(t, got[0].Changes.Messages, 2)
	})

	t.Run("a notice where more than 200 changed", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		for range 4 {
			var group []chat.Posting
			for range 50 {
				group = append(group, question(id, user, "x"))
			}
			w.post(group...)
		}
		got, err := w.since(t, id, 1)
		require.NoError(t, err)
		require.Len(t, got.Messages, 200)
		w.post(question(id, user, "x"))
		got, err = w.since(t, id, 1)
		require.NoError(t, err)
		require.Equal(t, notice(id), got)
	})

	t.Run("who lost it since, and is not back", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		_, id := w.pair()
		out, back := w.user("Olga"), w.user("Bert")
		for _, somebody := range []app.UserID{out, back} {
			w.join(id, somebody, app.MemberViewer)
			w.do(`update members set removed_at = now(), rev = 7 where user_id = $1`, somebody)
		}
		w.do(`update members set removed_at = null, rev = 8 where user_id = $1`, back)
		got, err := w.snaps.SinceAll(t.Context(), []realtime.Where{{ChatID: id, Rev: 6}})
		require.NoError(t, err)
		require.Equal(t, []app.UserID{out}, got[0].Lost)
		got, err = w.snaps.SinceAll(t.Context(), []realtime.Where{{ChatID: id, Rev: 7}})
		require.NoError(t, err)
		require.Empty(t, got[0].Lost)
	})

	t.Run("a notice where it is too large, or rows were really erased", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		w.post(question(id, user, strings.Repeat("x", 600<<10)))
		got, err := w.since(t, id, 1)
		require.NoError(t, err)
		require.Equal(t, notice(id), got)
		other := w.room(user)
		w.post(question(other, user, "x"))
		w.do(`update chats set floor_rev = 2 where id = $1`, other)
		got, err = w.since(t, other, 1)
		require.NoError(t, err)
		require.Equal(t, notice(other), got)
	})
}
