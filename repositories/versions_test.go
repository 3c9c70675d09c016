package repositories_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/repositories"
)

func (w *rooms) history() *repositories.HistoryRepository {
	return repositories.NewHistoryRepository(w.db)
}

func (w *rooms) choose(m app.Message, by app.UserID, version int) (app.Changes, error) {
	return w.history().Choose(w.t.Context(), chat.Choice{ChatID: m.ChatID, MessageID: m.ID, Version: version, By: by})
}

func TestChooseVersion(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	t.Run("brings back text, reasoning, model, status, error and usage, and takes one rev", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.asked(id, user)
		failure, usage := &app.Failure{Code: app.CodeUnavailable, Message: "Broke off."}, &app.Usage{PromptTokens: 3, CompletionTokens: 4}
		_, err := w.runs.End(t.Context(), app.Ending{ChatID: id, MessageID: m.ID, Rev: m.Rev, Status: app.StatusFailed, Failure: failure, Usage: usage, Content: ptr("old"), Reasoning: ptr("why")})
		require.NoError(t, err)
		first := w.get(user, m)
		again, err := w.restart(m, user, false)
		require.NoError(t, err)
		w.end(again.Messages[0], app.StatusComplete, ptr("new"))
		changes, err := w.choose(m, user, 1)
		require.NoError(t, err)
		require.Equal(t, changes.From+1, changes.Rev)
		require.Len(t, changes.Messages, 1)
		got := changes.Messages[0]
		require.Equal(t, changes.Rev, got.Rev)
		require.Equal(t, []int{1, 2}, []int{got.Version, got.Versions})
		require.Equal(t, []any{first.Content, first.Reasoning, first.Model, first.Status, failure, usage},
			[]any{got.Content, got.Reasoning, got.Model, got.Status, got.Error, got.Usage})
		past, err := w.past.Past(t.Context(), id, w.asked(id, user).ID, 1000)
		require.NoError(t, err)
		require.Equal(t, "old", past.Turns[1].Content, "the chosen one is what models are told")
	})
	t.Run("when a version began is kept", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.ended(id, user, app.StatusComplete, "one")
		list := func() []app.Version {
			list, err := w.history().GetByMessageID(t.Context(), user, id, m.ID, 0, 10)
			require.NoError(t, err)
			return list
		}
		again, err := w.restart(m, user, false)
		require.NoError(t, err)
		w.end(again.Messages[0], app.StatusComplete, ptr("two"))
		before := list()
		require.Equal(t, m.CreatedAt, before[0].CreatedAt)
		require.True(t, before[1].CreatedAt.After(before[0].CreatedAt))
		for _, version := range []int{1, 2, 1} {
			_, err := w.choose(m, user, version)
			require.NoError(t, err)
			require.Equal(t, before, list())
		}
	})
	t.Run("a refusal changes nothing and burns no number", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.ended(id, user, app.StatusComplete, "one")
		q := app.Message{ID: *m.ReplyTo, ChatID: id}
		again, err := w.restart(m, user, false)
		require.NoError(t, err)
		rev := w.rev(id)
		for _, refused := range []error{
			second(w.choose(m, user, 1)), second(w.choose(m, user, 2)), second(w.choose(q, user, 1)),
		} {
			require.ErrorIs(t, refused, app.ErrConflict)
		}
		require.ErrorIs(t, second(w.choose(q, w.user("Eve"), 1)), app.ErrForbidden)
		w.end(again.Messages[0], app.StatusComplete, ptr("two"))
		for _, version := range []int{-1, 0, 3} {
			require.ErrorIs(t, second(w.choose(m, user, version)), app.ErrInvalidInput)
		}
		same, err := w.choose(m, user, 2)
		require.NoError(t, err)
		require.Equal(t, same.From, same.Rev)
		require.Equal(t, rev+1, w.rev(id))
	})
	t.Run("there are as many as there may be, and one that is there can still be chosen and continued", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		asked := w.post(question(id, user, "why?"))[0].Messages[0]
		answer := w.ended(id, user, app.StatusStopped, "so")
		w.do(`update messages set versions = $2, version = 2 where chat_id = $1`, id, chat.MaxVersions)
		w.do(`insert into message_versions (message_id, version, content, status, created_at) select id, 1, 'first', status, now() from messages where chat_id = $1`, id)
		rev := w.rev(id)
		_, err := w.messages.Update(t.Context(), chat.Edit{ChatID: id, MessageID: asked.ID, Author: user, Content: "how?"})
		require.ErrorIs(t, err, app.ErrConflict)
		_, err = w.restart(answer, user, false)
		require.ErrorIs(t, err, app.ErrConflict)
		require.Equal(t, rev, w.rev(id))
		_, err = w.choose(asked, user, 1)
		require.NoError(t, err)
		_, err = w.restart(answer, user, true)
		require.NoError(t, err)
	})
	t.Run("a deleted person's message is nobody's to choose", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		m := w.post(question(id, user, "x"))[0].Messages[0]
		w.do(`update messages set author_id = null, versions = 2 where id = $1`, m.ID)
		require.ErrorIs(t, second(w.choose(m, user, 1)), app.ErrForbidden)
	})
}

func second[T any](_ T, err error) error { return err }

func TestListVersions(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	stranger := w.user("Dora")
	m := w.ended(id, user, app.StatusStopped, "one")
	again, err := w.restart(m, user, false)
	require.NoError(t, err)
	m = again.Messages[0]
	w.flush(m, chunk(m, app.PartContent, 0, "so "), chunk(m, app.PartReasoning, 0, "hm"))
	w.flush(m, chunk(m, app.PartContent, 3, "far"))
	list := func(user app.UserID, id app.ChatID, after int) ([]app.Version, error) {
		return w.history().GetByMessageID(t.Context(), user, id, m.ID, after, 10)
	}
	t.Run("a running one has its text so far", func(t *testing.T) {
		got, err := list(user, id, 1)
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.Equal(t, "so far", got[0].Content)
		require.Equal(t, "hm", *got[0].Reasoning)
		require.Equal(t, app.StatusStreaming, got[0].Status)
	})
	t.Run("there is an end", func(t *testing.T) {
		got, err := list(user, id, 2)
		require.NoError(t, err)
		require.Empty(t, got)
	})
	t.Run("strangers and other chats have none", func(t *testing.T) {
		_, err := list(stranger, id, 0)
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = list(user, w.room(user), 0)
		require.ErrorIs(t, err, app.ErrNotFound)
	})
	t.Run("a deleted message has none", func(t *testing.T) {
		_, err := w.messages.Delete(t.Context(), "", id, m.ID)
		require.NoError(t, err)
		_, err = list(user, id, 0)
		require.ErrorIs(t, err, app.ErrNotFound)
	})
}

// TestVersionsProperty holds a message and its answer against lists of texts,
// whatever is done to them and in whatever order.
func TestVersionsProperty(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	rapid.Check(t, func(rt *rapid.T) {
		user, id := w.pair()
		m := w.asked(id, user)
		answer := newVersions(w, user, m)
		said := newVersions(w, user, app.Message{ID: *m.ReplyTo, ChatID: id})
		said.texts = []string{"why?"}
		number := 0
		text := func() string { number++; return fmt.Sprint("text ", number) }
		rt.Repeat(map[string]func(*rapid.T){
			"edit":       func(*rapid.T) { said.edit(rt, text(), false, answer) },
			"ask again":  func(*rapid.T) { said.edit(rt, text(), true, answer) },
			"regenerate": func(*rapid.T) { answer.restart(rt, false) },
			"continue":   func(*rapid.T) { answer.restart(rt, true) },
			"end": func(*rapid.T) {
				answer.end(rt, text(), rapid.SampledFrom([]app.MessageStatus{app.StatusComplete, app.StatusStopped, app.StatusFailed}).Draw(rt, "as"))
			},
			"choose":      func(*rapid.T) { answer.choose(rt, rapid.IntRange(0, 6).Draw(rt, "version"), answer) },
			"choose said": func(*rapid.T) { said.choose(rt, rapid.IntRange(0, 6).Draw(rt, "version"), answer) },
			"": func(*rapid.T) {
				said.check(rt)
				answer.check(rt)
				require.Equal(rt, w.rev(id), said.revs+answer.revs, "no rev is burnt")
			},
		})
	})
}

// versions is the model of one message: its texts, and which one is shown.
type versions struct {
	w       *rooms
	user    app.UserID
	m       app.Message
	texts   []string
	ends    []app.MessageStatus
	present int
	running int64
	revs    int64
}

func newVersions(w *rooms, user app.UserID, m app.Message) *versions {
	v := &versions{w: w, user: user, m: m, texts: []string{""}, ends: []app.MessageStatus{app.StatusComplete}, running: m.Rev, revs: 1}
	if m.Rev > 0 {
		v.revs = m.Rev - 1
		v.ends[0] = app.StatusStreaming
	}
	return v
}

func (v *versions) add(text string, end app.MessageStatus) {
	v.texts, v.ends = append(v.texts, text), append(v.ends, end)
	v.present = len(v.texts) - 1
	v.revs++
}

func (v *versions) edit(rt *rapid.T, text string, again bool, answer *versions) {
	changes, err := v.w.messages.Update(v.w.t.Context(), chat.Edit{ChatID: v.m.ChatID, MessageID: v.m.ID, Author: v.user, Content: text, Again: again, Owner: v.w.owner})
	if again && answer.running > 0 {
		require.ErrorIs(rt, err, app.ErrConflict)
		return
	}
	require.NoError(rt, err)
	v.add(text, app.StatusComplete)
	if again {
		answer.add("", app.StatusStreaming)
		answer.running = changes.Messages[1].Rev
	}
}

func (v *versions) restart(rt *rapid.T, keep bool) {
	changes, err := v.w.restart(v.m, v.user, keep)
	if v.running > 0 || keep && !v.ends[v.present].MayContinue() {
		require.ErrorIs(rt, err, app.ErrConflict)
		return
	}
	require.NoError(rt, err)
	if keep {
		v.ends[v.present] = app.StatusStreaming
		v.revs++
	} else {
		v.add("", app.StatusStreaming)
	}
	v.running = changes.Messages[0].Rev
}

func (v *versions) end(rt *rapid.T, text string, as app.MessageStatus) {
	if v.running == 0 {
		return
	}
	_, err := v.w.runs.End(v.w.t.Context(), app.Ending{ChatID: v.m.ChatID, MessageID: v.m.ID, Rev: v.running, Status: as, Content: &text})
	require.NoError(rt, err)
	v.texts[v.present], v.ends[v.present], v.running = text, as, 0
	v.revs++
}

func (v *versions) choose(rt *rapid.T, version int, answer *versions) {
	_, err := v.w.choose(v.m, v.user, version)
	switch {
	case version < 1 || version > len(v.texts):
		require.ErrorIs(rt, err, app.ErrInvalidInput)
	case answer.running > 0:
		require.ErrorIs(rt, err, app.ErrConflict)
	default:
		require.NoError(rt, err)
		if v.present != version-1 {
			v.present = version - 1
			v.revs++
		}
	}
}

func (v *versions) check(rt *rapid.T) {
	list, err := v.w.history().GetByMessageID(v.w.t.Context(), v.user, v.m.ChatID, v.m.ID, 0, 1000)
	require.NoError(rt, err)
	require.Len(rt, list, len(v.texts))
	for i, got := range list {
		require.Equal(rt, i+1, got.Version)
		require.Equal(rt, v.texts[i], got.Content)
		require.Equal(rt, v.ends[i], got.Status)
	}
	m := v.w.get(v.user, v.m)
	require.Equal(rt, []int{v.present + 1, len(v.texts)}, []int{m.Version, m.Versions})
	require.Equal(rt, v.texts[v.present], m.Content)
}
