package model_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/model"
)

func TestGetModels(t *testing.T) {
	t.Parallel()

	t.Run("a stranger sees none", func(t *testing.T) {
		t.Parallel()
		_, err := newBench(model.Options{}).GetModels(t.Context(), app.Actor{})
		require.ErrorIs(t, err, app.ErrUnauthorized)
	})

	t.Run("without any endpoint there is the guide", func(t *testing.T) {
		t.Parallel()
		b := newBench(model.Options{})
		require.NoError(t, b.Sync(t.Context()))
		require.Equal(t, map[string]app.Model{"guide": {
			ID: "guide", Name: "Guide", Aliases: []string{}, Provider: "Quillium", Input: []string{"text"}, Default: true, Available: true,
		}}, b.models(t, ada))
	})

	t.Run("models are shown as their provider names them, in its order", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "Zeta 9", "alpha")
		list, err := b.GetModels(t.Context(), ada)
		require.NoError(t, err)
		require.Equal(t, app.Model{
			ID: "zeta-9", Name: "Zeta 9", Aliases: []string{}, Provider: "home", Input: []string{"text"}, Default: true, Available: true,
		}, list[0])
		require.Equal(t, "alpha", list[1].ID)
	})

	t.Run("what is switched off is not shown", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "a", "b")
		b.tables.entries[0].Enabled = false
		b.pass(5 * time.Second)
		require.Equal(t, []string{"b*", "guide"}, b.ids(t, ada))
	})

	t.Run("the default is the user's, as he set it a moment ago", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "a", "b")
		require.Equal(t, []string{"a*", "b", "guide"}, b.ids(t, ada))
		b.tables.wishes[ada.UserID] = "guide"
		require.Equal(t, []string{"a", "b", "guide*"}, b.ids(t, ada))
	})
}

func TestDefault(t *testing.T) {
	t.Parallel()

	t.Run("the chat's, the user's, DEFAULT_MODEL, the first, the guide", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{DefaultModel: "B"}, "a", "b")
		b.tables.wishes["bob"] = "gone"
		require.Equal(t, "chosen", b.Default(t.Context(), ada, "chosen"))
		require.Equal(t, "gone", b.Default(t.Context(), app.Actor{UserID: "bob"}, ""), "a choice is never swapped")
		require.Equal(t, "b", b.Default(t.Context(), ada, ""))
		require.Equal(t, "b", b.Default(t.Context(), app.Actor{}, ""))
		require.Equal(t, "a", started(t, model.Options{}, "a", "b").Default(t.Context(), ada, ""))
		require.Equal(t, "guide", started(t, model.Options{}).Default(t.Context(), ada, ""))
		require.Equal(t, "guide", started(t, model.Options{DefaultModel: "guide"}, "a").Default(t.Context(), ada, ""))
	})

	t.Run("DEFAULT_MODEL that is switched off is not the default", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{DefaultModel: "b"}, "a", "b")
		for i := range b.tables.entries {
			b.tables.entries[i].Enabled = b.tables.entries[i].ID != "b"
		}
		b.pass(5 * time.Second)
		require.Equal(t, "a", b.Default(t.Context(), ada, ""))
	})

	t.Run("it is the guide where nothing can be read", func(t *testing.T) {
		t.Parallel()
		b := newBench(model.Options{})
		b.tables.down = app.ErrUnavailable
		require.Equal(t, "guide", b.Default(t.Context(), ada, ""))
	})
}

func TestResolve(t *testing.T) {
	t.Parallel()

	t.Run("a model comes with its own name and its endpoint", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "Big Model")
		choice, err := b.Resolve(t.Context(), ada, "big-model")
		require.NoError(t, err)
		require.NoError(t, choice.Provider.Stream(t.Context(), llm.Request{Model: choice.Upstream}, nil))
		require.Equal(t, []llm.Request{{Model: "Big Model"}}, b.net.endpoints[home].Requests())
		require.Equal(t, "big-model", choice.ID)
	})

	t.Run("the guide is always there", func(t *testing.T) {
		t.Parallel()
		b := newBench(model.Options{})
		b.tables.down = app.ErrUnavailable
		choice, err := b.Resolve(t.Context(), ada, "guide")
		require.NoError(t, err)
		require.Equal(t, model.Choice{ID: "guide", Upstream: "guide", Provider: b.guide}, choice)
	})

	t.Run("whoever may not is told why", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "on", "off")
		b.tables.entries[1].Enabled = false
		b.pass(5 * time.Second)
		for id, want := range map[string]struct {
			actor app.Actor
			err   error
			says  string
		}{
			"on":   {app.Actor{}, app.ErrUnauthorized, "Sign in"},
			"off":  {ada, app.ErrForbidden, `"off" is switched off`},
			"none": {ada, app.ErrNotFound, `"none" is not (or no longer) here`},
		} {
			_, err := b.Resolve(t.Context(), want.actor, id)
			require.ErrorIs(t, err, want.err)
			require.Contains(t, app.AsError(err).Message, want.says)
		}
	})

	t.Run("a model of a provider that is switched off is switched off", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "m")
		b.tables.providers[0].Enabled = false
		b.pass(5 * time.Second)
		_, err := b.Resolve(t.Context(), ada, "m")
		require.ErrorIs(t, err, app.ErrForbidden)
	})

	t.Run("an endpoint that was not reached is asked all the same", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "m")
		b.fails(home, llm.Unreachable(errors.New("refused")))
		b.Refresh(t.Context())
		_, err := b.Resolve(t.Context(), ada, "m")
		require.NoError(t, err)
	})

	t.Run("nothing is known without a database", func(t *testing.T) {
		t.Parallel()
		b := newBench(model.Options{})
		b.tables.down = app.ErrUnavailable
		_, err := b.Resolve(t.Context(), ada, "m")
		require.ErrorIs(t, err, app.ErrUnavailable)
		_, err = b.GetModels(t.Context(), ada)
		require.ErrorIs(t, err, app.ErrUnavailable)
		require.Equal(t, []string{"guide"}, b.Mentions(t.Context(), "@m @guide"))
	})
}

func TestServiceMentions(t *testing.T) {
	t.Parallel()
	b := started(t, model.Options{}, "on", "off")
	b.tables.entries[1].Enabled = false
	b.pass(5 * time.Second)
	require.Equal(t, []string{"off", "guide", "on"}, b.Mentions(t.Context(), "@off @guide @on @none"))
	require.Empty(t, b.Mentions(t.Context(), "nobody"))
}

func TestCache(t *testing.T) {
	t.Parallel()

	t.Run("posting costs no query, and news comes within five seconds", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "m")
		b.Default(t.Context(), ada, "")
		loads, reads := b.tables.loads, b.tables.reads
		for range 100 {
			require.Equal(t, "m", b.Default(t.Context(), ada, ""))
			require.Equal(t, []string{"m"}, b.Mentions(t.Context(), "@m"))
			_, err := b.Resolve(t.Context(), ada, "m")
			require.NoError(t, err)
		}
		require.Equal(t, loads, b.tables.loads)
		require.Equal(t, reads, b.tables.reads)

		b.tables.wishes[ada.UserID] = "guide"
		b.tables.entries[0].Enabled = false
		b.pass(5 * time.Second)
		require.Equal(t, "guide", b.Default(t.Context(), ada, ""))
		_, err := b.Resolve(t.Context(), ada, "m")
		require.ErrorIs(t, err, app.ErrForbidden)
	})

	t.Run("while the database is away the last catalogue holds, and is not asked for by everybody", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "m")
		b.tables.down = app.ErrUnavailable
		b.pass(time.Minute)
		before := b.tables.loads
		for range 10 {
			_, err := b.Resolve(t.Context(), ada, "m")
			require.NoError(t, err)
			require.Equal(t, "m", b.Default(t.Context(), ada, ""))
		}
		require.Equal(t, before+1, b.tables.loads)
		b.tables.down = nil
		b.tables.entries = nil
		b.pass(time.Second)
		_, err := b.Resolve(t.Context(), ada, "m")
		require.ErrorIs(t, err, app.ErrNotFound)
	})
}
