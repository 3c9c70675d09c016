package chat

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func TestGetMessages(t *testing.T) {
	t.Parallel()
	t.Run("running answers have the text they have now", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.overlay = "so far"
		list, err := w.service.GetMessages(t.Context(), actorOf(viewer), room, Range{Limit: 1})
		require.NoError(t, err)
		require.Equal(t, "so far", list[0].Content)
		one, err := w.service.GetMessage(t.Context(), actorOf(viewer), room, question)
		require.NoError(t, err)
		require.Equal(t, "so far", one.Content)
	})
	t.Run("a client_id is for its author alone", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		for user, shown := range map[app.UserID]bool{editor: true, owner: false} {
			list, err := w.service.GetMessages(t.Context(), actorOf(user), room, Range{Limit: 1})
			require.NoError(t, err)
			require.Equal(t, shown, list[0].ClientID != nil)
			one, err := w.service.GetMessage(t.Context(), actorOf(user), room, question)
			require.NoError(t, err)
			require.Equal(t, shown, one.ClientID != nil)
		}
	})
}

func TestPost(t *testing.T) {
	t.Parallel()
	t.Run("a message is told with its answers, before its author is answered, and without its client_id", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.plan = []app.Answer{{ID: "a1", Model: "guide"}, {ID: "a2", Model: "other"}}
		m, err := w.service.Post(t.Context(), actorOf(editor), room, Input{Content: " hello ", ClientID: ptr("mine")})
		require.NoError(t, err)
		require.Equal(t, " hello ", m.Content, "content is not trimmed")
		require.Equal(t, "mine", *m.ClientID)
		require.Equal(t, []string{"changed", "started"}, w.signals)
		require.Equal(t, int64(1), w.told[0].From)
		require.Equal(t, int64(4), w.told[0].Rev)
		require.Len(t, w.told[0].Messages, 3)
		require.Nil(t, w.told[0].Messages[0].ClientID)
		require.Equal(t, []app.Run{
			{ChatID: room, MessageID: "a1", Rev: 3, Asker: editor, Model: "guide"},
			{ChatID: room, MessageID: "a2", Rev: 4, Asker: editor, Model: "other"},
		}, w.runs)
	})
	for name, try := range map[string]struct {
		input Input
		code  app.Code
	}{
		"too much text is too large":               {Input{Content: strings.Repeat("x", maxBytes+1)}, app.CodeTooLarge},
		"an empty client_id is no client_id":       {Input{Content: "x", ClientID: ptr("")}, app.CodeInvalidInput},
		"a client_id has at most 64 characters":    {Input{Content: "x", ClientID: ptr(strings.Repeat("x", 65))}, app.CodeInvalidInput},
		"a model has a name of its kind":           {Input{Content: "x", Model: "No Such"}, app.CodeInvalidInput},
		"what a message answers is named by an id": {Input{Content: "x", ReplyTo: ptr("that one")}, app.CodeInvalidInput},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.posted = func([]Posting) ([]Posted, error) { panic("nothing is stored") }
			_, err := w.service.Post(t.Context(), actorOf(editor), room, try.input)
			require.Equal(t, try.code, app.AsError(err).Code)
		})
	}
	for verdict, code := range map[Verdict]app.Code{
		NotMember: app.CodeNotFound, ReadOnly: app.CodeForbidden, UnknownReply: app.CodeInvalidInput, TooMany: app.CodeRateLimited, "": app.CodeNotFound,
	} {
		t.Run("what the database says last is what counts: "+string(verdict), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.posted = func(postings []Posting) ([]Posted, error) { return []Posted{{Verdict: verdict}}, nil }
			_, err := w.service.Post(t.Context(), actorOf(editor), room, Input{Content: "x", ReplyTo: ptr(string(question))})
			require.Equal(t, code, app.AsError(err).Code)
			require.Empty(t, w.signals)
		})
	}
	t.Run("too many waiting answers say when to come back", func(t *testing.T) {
		t.Parallel()
		require.Positive(t, TooManyWaiting().RetryAfter)
	})
	t.Run("a repeat is answered with the message that is there, and told to nobody", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.posted = func([]Posting) ([]Posted, error) { return []Posted{{Verdict: Duplicate, ID: question}}, nil }
		m, err := w.service.Post(t.Context(), actorOf(editor), room, Input{Content: "x", ClientID: ptr("again")})
		require.NoError(t, err)
		require.Equal(t, question, m.ID)
		require.Empty(t, w.signals)
	})
	t.Run("where no model can be planned nothing is stored", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.planned = errors.New("no models")
		w.posted = func([]Posting) ([]Posted, error) { panic("nothing is stored") }
		_, err := w.service.Post(t.Context(), actorOf(editor), room, Input{Content: "x"})
		require.ErrorIs(t, err, w.planned)
	})
	t.Run("a context given up ends the waiting, not the storing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		release := make(chan struct{})
		w.posted = func(postings []Posting) ([]Posted, error) {
			<-release
			return w.storeAll(postings)
		}
		ctx, cancel := context.WithCancel(t.Context())
		wait, err := w.service.Submit(ctx, actorOf(editor), room, Input{Content: "x"})
		require.NoError(t, err)
		cancel()
		_, err = wait(ctx)
		require.ErrorIs(t, err, app.ErrUnavailable)
		require.ErrorIs(t, err, context.Canceled)
		close(release)
		_, err = w.service.Post(t.Context(), actorOf(editor), room, Input{Content: "y"})
		require.NoError(t, err)
		require.Equal(t, "x", w.told[0].Messages[0].Content)
	})
}

func TestEditMessage(t *testing.T) {
	t.Parallel()
	secret := "mine"
	changed := func(w *world) {
		w.changes.Messages = []app.Message{
			{ID: question, ChatID: room, Rev: 2, Author: &app.Person{ID: editor}, ClientID: &secret},
			{ID: "a1", ChatID: room, Rev: 3, Role: app.MessageAssistant, Status: app.StatusStreaming, Model: ptr("guide")},
			{ID: "a2", ChatID: room, Rev: 4, Role: app.MessageAssistant, Status: app.StatusQueued, Model: ptr("guide")},
		}
	}
	t.Run("a new text is stored as its author's, and told without its client_id", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.plan = []app.Answer{{ID: "a1"}}
		changed(w)
		m, err := w.service.EditMessage(t.Context(), actorOf(editor), room, question, EditInput{Content: "better"})
		require.NoError(t, err)
		require.Equal(t, "mine", *m.ClientID)
		require.Nil(t, w.told[0].Messages[0].ClientID)
		require.Equal(t, Edit{ChatID: room, MessageID: question, Author: editor, Content: "better", Owner: app.Owner{Node: "here", Epoch: 7}}, w.edit)
	})
	t.Run("its answers begin anew where asked, those that stream are handed over", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.plan = []app.Answer{{ID: "a1"}}
		changed(w)
		_, err := w.service.EditMessage(t.Context(), actorOf(editor), room, question, EditInput{Content: "better", Answer: true})
		require.NoError(t, err)
		require.True(t, w.edit.Again)
		require.Equal(t, w.plan, w.edit.First)
		require.Equal(t, []string{"changed", "started"}, w.signals)
		require.Equal(t, []app.Run{{ChatID: room, MessageID: "a1", Rev: 3, Asker: editor, Model: "guide"}}, w.runs)
	})
	t.Run("where no model can be planned nothing is changed", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.planned = errors.New("no models")
		_, err := w.service.EditMessage(t.Context(), actorOf(editor), room, question, EditInput{Content: "better", Answer: true})
		require.ErrorIs(t, err, w.planned)
		require.NotContains(t, w.asked, "update message")
	})
}

func TestDeleteMessage(t *testing.T) {
	t.Parallel()
	for user, by := range map[app.UserID]app.UserID{editor: editor, owner: ""} {
		t.Run("an editor deletes his own, an owner any: "+string(user), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.by = "nobody yet"
			w.changes.Messages = []app.Message{{ID: question, Rev: 2}}
			m, err := w.service.DeleteMessage(t.Context(), actorOf(user), room, question)
			require.NoError(t, err)
			require.Equal(t, question, m.ID)
			require.Equal(t, by, w.by)
			require.Equal(t, []string{"changed"}, w.signals)
		})
	}
}
