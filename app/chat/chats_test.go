package chat

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func TestCreateChat(t *testing.T) {
	t.Parallel()
	t.Run("nothing said takes the defaults", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		chat, err := w.service.CreateChat(t.Context(), actorOf(owner), NewChat{})
		require.NoError(t, err)
		require.Equal(t, "New chat", chat.Title)
		require.Equal(t, app.ReplyAlways, chat.ReplyPolicy)
		require.False(t, w.policy, "nobody set the policy, so a second person may change it")
		_, err = app.ParseID[app.ChatID](string(chat.ID))
		require.NoError(t, err)
	})
	t.Run("what is said is kept, as the rules make it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		chat, err := w.service.CreateChat(t.Context(), actorOf(owner), NewChat{
			Title: ptr("  Plans "), Model: ptr("guide"), SystemPrompt: ptr("Be brief."), ReplyPolicy: ptr("never"),
		})
		require.NoError(t, err)
		require.Equal(t, app.Chat{ID: chat.ID, Title: "Plans", Model: "guide", SystemPrompt: "Be brief.", ReplyPolicy: app.ReplyNever}, chat)
		require.True(t, w.policy)
	})
	for field, input := range map[string]NewChat{
		"title":         {Title: ptr(strings.Repeat("x", 256))},
		"model":         {Model: ptr("No Such")},
		"system_prompt": {SystemPrompt: ptr("\x01")},
		"reply_policy":  {ReplyPolicy: ptr("sometimes")},
	} {
		t.Run("a bad "+field+" is refused and named", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, err := w.service.CreateChat(t.Context(), actorOf(owner), input)
			require.ErrorIs(t, err, app.ErrInvalidInput)
			require.Equal(t, field, app.AsError(err).Details[0].Field)
			require.Empty(t, w.asked)
		})
	}
}

func TestListChats(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.service.GetChats(t.Context(), actorOf(owner), Filter{Query: " plans ", Archived: true}, app.PageRequest{Limit: 3})
	require.NoError(t, err)
	require.Equal(t, Filter{Query: "plans", Archived: true}, w.filter)
	_, err = w.service.GetChats(t.Context(), actorOf(owner), Filter{Query: strings.Repeat("x", 201)}, app.PageRequest{})
	require.ErrorIs(t, err, app.ErrInvalidInput)
}

func TestUpdateChat(t *testing.T) {
	t.Parallel()
	t.Run("a change of the shared part is told to all", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := w.service.UpdateChat(t.Context(), actorOf(owner), room, Patch{NewChat: NewChat{Title: ptr("New")}})
		require.NoError(t, err)
		require.Equal(t, "New", *w.updated.Title)
		require.Nil(t, w.updated.Model)
		require.Nil(t, w.mine)
		require.Equal(t, []app.Changes{w.changes}, w.told)
	})
	t.Run("a change that changed nothing is told to nobody", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.changes.Rev = w.changes.From
		_, err := w.service.UpdateChat(t.Context(), actorOf(owner), room, Patch{NewChat: NewChat{Title: ptr("Room")}})
		require.NoError(t, err)
		require.Empty(t, w.signals)
	})
	t.Run("one's own part is nobody else's business", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := w.service.UpdateChat(t.Context(), actorOf(viewer), room, Patch{Archived: ptr(false)})
		require.NoError(t, err)
		require.Equal(t, Mine{Archived: ptr(false)}, *w.mine)
		require.Nil(t, w.updated)
		require.Equal(t, []string{"own part of viewer"}, w.signals)
	})
	t.Run("an empty patch is an answer like any other", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		chat, err := w.service.UpdateChat(t.Context(), actorOf(viewer), room, Patch{})
		require.NoError(t, err)
		require.Equal(t, room, chat.ID)
		require.Equal(t, []string{"get chat"}, w.asked)
	})
	t.Run("what cannot be stored is told to nobody", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.fail = errors.New("disk full")
		_, err := w.service.UpdateChat(t.Context(), actorOf(owner), room, Patch{NewChat: NewChat{Title: ptr("New")}})
		require.ErrorIs(t, err, w.fail)
		_, err = w.service.UpdateChat(t.Context(), actorOf(owner), room, Patch{Pinned: ptr(true)})
		require.ErrorIs(t, err, w.fail)
		require.ErrorIs(t, w.service.DeleteChat(t.Context(), actorOf(owner), room), w.fail)
		_, err = w.service.RestoreChat(t.Context(), actorOf(owner), room)
		require.ErrorIs(t, err, w.fail)
		require.ErrorIs(t, w.service.Read(t.Context(), actorOf(owner), room, 1), w.fail)
		_, err = w.service.EditMessage(t.Context(), actorOf(owner), room, question, EditInput{Content: "x"})
		require.ErrorIs(t, err, w.fail)
		_, err = w.service.DeleteMessage(t.Context(), actorOf(owner), room, question)
		require.ErrorIs(t, err, w.fail)
		require.Empty(t, w.signals)
	})
}

func TestDeleteAndRestoreChat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.service.DeleteChat(t.Context(), actorOf(owner), room))
	require.Equal(t, []string{"lost by owner", "lost by editor"}, w.signals)
	w.signals = nil
	_, err := w.service.RestoreChat(t.Context(), actorOf(owner), room)
	require.NoError(t, err)
	require.Equal(t, []string{"changed"}, w.signals)
}

func TestRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.service.Read(t.Context(), actorOf(viewer), room, 5))
	require.Equal(t, int64(5), w.seq)
	require.Equal(t, []string{"read by viewer"}, w.signals)
	w.moved = false
	require.NoError(t, w.service.Read(t.Context(), actorOf(viewer), room, 4))
	require.Len(t, w.signals, 1, "a mark that did not move is told to nobody")
}

// janitor counts how often it is called, and until when it may erase.
type janitor struct {
	before []time.Time
	n      int64
	fail   error
}

func (j *janitor) Erase(_ context.Context, before time.Time) (int64, error) {
	j.before = append(j.before, before)
	return j.n, j.fail
}

func TestEraseDeleted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var log strings.Builder
		w.service.log = slog.New(slog.NewTextHandler(&log, nil))
		j := janitor{n: 2}
		require.NoError(t, w.service.EraseDeleted(t.Context(), &j))
		require.Equal(t, []time.Time{time.Now().Add(-Grace)}, j.before, "what was deleted long enough ago")
		require.Contains(t, log.String(), "erase_chats")
		require.Error(t, w.service.EraseDeleted(t.Context(), &janitor{fail: errors.New("away")}))
	})
}
