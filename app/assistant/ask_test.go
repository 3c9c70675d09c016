package assistant

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/llmtest"
)

var ada = app.Actor{UserID: "ada"}

func TestPlan(t *testing.T) {
	t.Parallel()
	known := llmtest.New()
	s := build(map[string]llm.Provider{"default": known, "room": known, "alpha": known, "beta": known}, nil)
	for name, c := range map[string]struct {
		policy         app.ReplyPolicy
		content, asked string
		model          string
		want           []string
	}{
		"the default, always":               {app.ReplyAlways, "hi", "", "", []string{"default"}},
		"the chat's":                        {app.ReplyAlways, "hi", "", "room", []string{"room"}},
		"those that are mentioned, instead": {app.ReplyAlways, "@beta and @alpha", "", "room", []string{"alpha", "beta"}},
		"the one that was named, alone":     {app.ReplyAlways, "@beta hi", "alpha", "room", []string{"alpha"}},
		"on a mention only":                 {app.ReplyMention, "@beta hi", "", "", []string{"beta"}},
		"without one nobody":                {app.ReplyMention, "hi", "", "room", nil},
		"never":                             {app.ReplyNever, "@beta hi", "", "room", nil},
		"an alias, under the model's id":    {app.ReplyAlways, "hi", "alias-alpha", "room", []string{"alpha"}},
		"never, but when named":             {app.ReplyNever, "hi", "alpha", "room", []string{"alpha"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := s.Plan(t.Context(), ada, app.Chat{ReplyPolicy: c.policy, Model: c.model}, c.content, c.asked)
			require.NoError(t, err)
			var ids []string
			for _, answer := range got {
				ids = append(ids, answer.Model)
				require.Nil(t, answer.Failure)
				require.NotEmpty(t, answer.ID)
			}
			require.Equal(t, c.want, ids)
		})
	}

	t.Run("a model that may not be asked answers that, and is never swapped", func(t *testing.T) {
		t.Parallel()
		got, err := s.Plan(t.Context(), ada, app.Chat{ReplyPolicy: app.ReplyAlways}, "hi", "secret")
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.Equal(t, "secret", got[0].Model)
		require.Equal(t, &app.Failure{Code: app.CodeNotFound, Message: "There is no model secret."}, got[0].Failure)
	})

	t.Run("a fault of ours is none of the model", func(t *testing.T) {
		t.Parallel()
		broken := build(nil, nil)
		broken.models = shelf{refusal: errors.New("what?")}
		_, err := broken.Plan(t.Context(), ada, app.Chat{ReplyPolicy: app.ReplyAlways}, "hi", "")
		require.Error(t, err)
	})
}

func TestWhoMayAsk(t *testing.T) {
	t.Parallel()
	calls := map[string]func(*stage, app.Actor) error{
		"regenerate": func(s *stage, a app.Actor) error { _, err := s.Regenerate(t.Context(), a, "chat", "m", ""); return err },
		"continue":   func(s *stage, a app.Actor) error { _, err := s.Continue(t.Context(), a, "chat", "m", ""); return err },
		"stop":       func(s *stage, a app.Actor) error { _, err := s.Service.Stop(t.Context(), a, "chat", "m"); return err },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := build(nil, func(_ *Options, db *store) { db.role = app.MemberViewer })
			require.ErrorIs(t, call(s, app.Actor{}), app.ErrUnauthorized)
			require.ErrorIs(t, call(s, ada), app.ErrForbidden, "a viewer reads")
			s.fail(func(string) error { return app.ErrNotFound })
			require.ErrorIs(t, call(s, ada), app.ErrNotFound, "to a stranger there is nothing")
		})
	}
}

func TestAskingAgain(t *testing.T) {
	t.Parallel()
	answer := func(status app.MessageStatus) app.Changes {
		model, why := "m", "why, "
		m := app.Message{ID: "a", ChatID: "chat", Rev: 9, Status: status, Model: &model, Content: "so far, ", Reasoning: &why}
		return app.Changes{ChatID: "chat", From: 8, Rev: 9, Messages: []app.Message{m}}
	}
	play(t, models(llmtest.Reasoning("because"), llmtest.Text("new")), nil, func(t *testing.T, s *stage) {
		var asked Restart
		s.set(func(db *store) {
			db.restart = func(r Restart) (app.Changes, error) {
				asked = r
				return answer(app.StatusStreaming), nil
			}
		})
		m, err := s.Continue(t.Context(), ada, "chat", "a", "alias-m")
		require.NoError(t, err)
		require.Equal(t, app.StatusStreaming, m.Status)
		require.Equal(t, Restart{ChatID: "chat", MessageID: "a", Asker: "ada", Model: "m", Keep: true, Owner: s.Owner()}, asked)
		e := s.endings()
		require.Equal(t, []string{"so far, new", "why, because"}, []string{*e[0].Content, *e[0].Reasoning})
		require.Len(t, s.told(), 2)

		_, err = s.Regenerate(t.Context(), ada, "chat", "a", "Not a model!")
		require.ErrorIs(t, err, app.ErrInvalidInput)
		s.set(func(db *store) {
			db.restart = func(r Restart) (app.Changes, error) {
				asked = r
				return answer(app.StatusQueued), nil
			}
		})
		_, err = s.Regenerate(t.Context(), ada, "chat", "a", "")
		require.NoError(t, err)
		require.False(t, asked.Keep)
		require.Len(t, s.endings(), 1, "one that waits does not begin")
		s.set(func(db *store) {
			db.restart = func(Restart) (app.Changes, error) { return app.Changes{}, app.ErrConflict }
		})
		_, err = s.Regenerate(t.Context(), ada, "chat", "a", "")
		require.ErrorIs(t, err, app.ErrConflict)
	})
}

func TestStopping(t *testing.T) {
	t.Parallel()
	play(t, nil, nil, func(t *testing.T, s *stage) {
		run, err := s.Service.Stop(t.Context(), ada, "chat", "a")
		require.NoError(t, err)
		require.EqualValues(t, 7, run)
		require.Empty(t, s.told(), "a wish is no change")
		s.set(func(db *store) { db.stopped = app.Changes{ChatID: "chat", From: 8, Rev: 9} })
		_, err = s.Service.Stop(t.Context(), ada, "chat", "a")
		require.NoError(t, err)
		require.Len(t, s.told(), 1, "one that waited has stopped")
		s.fail(func(call string) error {
			if call == "stop" {
				return app.ErrConflict
			}
			return nil
		})
		_, err = s.Service.Stop(t.Context(), ada, "chat", "a")
		require.ErrorIs(t, err, app.ErrConflict)
	})
}
