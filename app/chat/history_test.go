package chat

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func TestHistory(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*world, *History) {
		w := newWorld(t)
		return w, NewHistory(w.service, history{w})
	}
	title := "Anew"
	t.Run("versions are read by members", func(t *testing.T) {
		t.Parallel()
		w, h := start(t)
		list, err := h.GetVersions(t.Context(), actorOf(viewer), room, question, 3, 2)
		require.NoError(t, err)
		require.Equal(t, []app.Version{{Version: 5}}, list)
		_, err = h.GetVersions(t.Context(), actorOf("stranger"), room, question, 0, 2)
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = h.GetVersions(t.Context(), app.Actor{}, room, question, 0, 2)
		require.ErrorIs(t, err, app.ErrUnauthorized)
		require.Equal(t, []string{"list versions"}, w.asked)
	})
	t.Run("editors choose, everybody hears, and a client_id is for its author", func(t *testing.T) {
		t.Parallel()
		w, h := start(t)
		secret := "mine"
		w.changes.Messages = []app.Message{{ID: question, Rev: 2, Author: &app.Person{ID: editor}, ClientID: &secret}}
		m, err := h.ChooseVersion(t.Context(), actorOf(editor), room, question, 2)
		require.NoError(t, err)
		require.Equal(t, &secret, m.ClientID)
		require.Equal(t, Choice{ChatID: room, MessageID: question, Version: 2, By: editor}, w.choice)
		require.Equal(t, []string{"changed"}, w.signals)
		require.Nil(t, w.told[0].Messages[0].ClientID)
	})
	t.Run("a choice that changes nothing is told to nobody", func(t *testing.T) {
		t.Parallel()
		w, h := start(t)
		w.changes.Rev = w.changes.From
		m, err := h.ChooseVersion(t.Context(), actorOf(editor), room, question, 2)
		require.NoError(t, err)
		require.Equal(t, question, m.ID)
		require.Empty(t, w.signals)
	})
	t.Run("who may not is not asked what", func(t *testing.T) {
		t.Parallel()
		w, h := start(t)
		for user, refusal := range map[app.UserID]error{viewer: app.ErrForbidden, "stranger": app.ErrNotFound, "": app.ErrUnauthorized} {
			_, err := h.ChooseVersion(t.Context(), actorOf(user), room, question, 0)
			require.ErrorIs(t, err, refusal)
		}
		for user, refusal := range map[app.UserID]error{"stranger": app.ErrNotFound, "": app.ErrUnauthorized} {
			_, err := h.ForkChat(t.Context(), actorOf(user), room, "nonsense", nil)
			require.ErrorIs(t, err, refusal)
		}
		require.Empty(t, w.asked)
	})
	t.Run("a viewer forks, under a name by the rules", func(t *testing.T) {
		t.Parallel()
		w, h := start(t)
		made, err := h.ForkChat(t.Context(), actorOf(viewer), room, string(question), &title)
		require.NoError(t, err)
		require.Equal(t, Fork{ID: made.ID, From: room, Upto: question, Owner: viewer, Title: &title}, w.fork)
		require.Empty(t, w.signals, "nobody else knows of it")
	})
	t.Run("a fork has a message it goes up to, and a title that is none is refused", func(t *testing.T) {
		t.Parallel()
		w, h := start(t)
		empty := " "
		for _, bad := range []struct {
			message string
			title   *string
			refusal error
		}{{"", nil, app.ErrInvalidInput}, {string(question), &empty, app.ErrInvalidInput}, {"x", &title, app.ErrNotFound}} {
			_, err := h.ForkChat(t.Context(), actorOf(owner), room, bad.message, bad.title)
			require.ErrorIs(t, err, bad.refusal)
		}
		require.Empty(t, w.asked)
	})
}
