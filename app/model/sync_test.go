package model_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/llmtest"
	"github.com/quillium/quillium/app/model"
)

func TestSync(t *testing.T) {
	t.Parallel()

	t.Run("the provider of the environment is a row without its key", func(t *testing.T) {
		t.Parallel()
		b := newBench(model.Options{EnvBaseURL: " " + home, EnvKey: "secret"})
		require.NoError(t, b.Sync(t.Context()))
		require.Len(t, b.tables.providers, 1)
		row := b.tables.providers[0]
		require.Equal(t, app.Provider{ID: row.ID, Name: "home", BaseURL: home, Source: "env", Enabled: true}, row.Provider)
		require.Zero(t, row.Key)
		b.Refresh(t.Context())
		require.Equal(t, "secret", b.net.key(home))
	})

	t.Run("each start renews it, and an empty variable switches it off", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "m")
		next := b.again(model.Options{EnvBaseURL: "https://new/v1"})
		require.NoError(t, next.Sync(t.Context()))
		require.Len(t, b.tables.providers, 1)
		require.Equal(t, "https://new/v1", b.tables.providers[0].BaseURL)

		last := b.again(model.Options{})
		require.NoError(t, last.Sync(t.Context()))
		_, err := last.Resolve(t.Context(), ada, "m")
		require.ErrorIs(t, err, app.ErrForbidden)
		require.Equal(t, "guide", last.Default(t.Context(), ada, ""))
	})

	t.Run("the environment's key goes to the environment's address alone", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{EnvKey: "secret"}, "m")
		b.tables.providers[0].BaseURL = "http://other:1/v1" // as a node with other variables left it
		b.pass(5 * time.Second)
		b.Refresh(t.Context())
		require.Contains(t, b.net.keys, "http://other:1/v1")
		require.Empty(t, b.net.key("http://other:1/v1"))
	})

	t.Run("DEFAULT_MODEL is known before and without any list", func(t *testing.T) {
		t.Parallel()
		b := newBench(model.Options{EnvBaseURL: home, DefaultModel: "My Model"})
		b.net.endpoints[home] = llmtest.New().Lists(llm.Unreachable(errors.New("refused")))
		require.NoError(t, b.Sync(t.Context()))
		require.NoError(t, b.Sync(t.Context()), "and once only")
		require.Equal(t, []string{"guide", "my-model*"}, b.ids(t, ada))
		b.Refresh(t.Context())
		m := b.models(t, ada)["my-model"]
		require.False(t, m.Available)
		require.Contains(t, m.Reason, "cannot be reached")
		b.lists(home, "another")
		b.Refresh(t.Context())
		require.Equal(t, []string{"another", "guide", "my-model*"}, b.ids(t, ada))
	})

	t.Run("DEFAULT_MODEL that nobody has is not made up", func(t *testing.T) {
		t.Parallel()
		b := newBench(model.Options{DefaultModel: "nobody's"})
		require.NoError(t, b.Sync(t.Context()))
		require.Equal(t, []string{"guide*"}, b.ids(t, ada))
	})

	t.Run("a database that is away is told", func(t *testing.T) {
		t.Parallel()
		for _, options := range []model.Options{{}, {EnvBaseURL: home}} {
			b := newBench(options)
			b.tables.down = app.ErrUnavailable
			require.ErrorIs(t, b.Sync(t.Context()), app.ErrUnavailable)
		}
	})
}

func TestRefresh(t *testing.T) {
	t.Parallel()

	t.Run("models come, change and go with the list", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "a", "b", "text-embedding-3")
		require.Equal(t, []string{"a*", "b", "guide"}, b.ids(t, ada))
		b.net.endpoints[home].Lists(nil, llm.Listing{Name: "b", ContextSize: 4096}, llm.Listing{Name: "c"})
		b.Refresh(t.Context())
		require.Equal(t, []string{"b*", "c", "guide"}, b.ids(t, ada))
		require.Equal(t, 4096, b.models(t, ada)["b"].ContextSize)
		b.lists(home, "b", "c")
		b.Refresh(t.Context())
		require.Equal(t, 4096, b.models(t, ada)["b"].ContextSize, "silence is no news")
	})

	t.Run("what is switched off stays switched off when it comes back", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "a")
		b.tables.entries[0].Enabled, b.tables.entries[0].Kept = false, true
		b.lists(home)
		b.Refresh(t.Context())
		b.lists(home, "a")
		b.Refresh(t.Context())
		b.pass(5 * time.Second)
		require.Equal(t, []string{"guide*"}, b.ids(t, ada))
	})

	t.Run("names that clash become ids that do not", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "m", "M", "guide")
		_, err := b.CreateProvider(t.Context(), admin, model.ProviderInput{Name: "Other", BaseURL: "http://other/v1", Enabled: true})
		require.NoError(t, err)
		b.lists("http://other/v1", "m")
		b.Refresh(t.Context())
		require.Equal(t, []string{"guide", "home/guide", "home/m", "m*", "other/m"}, b.ids(t, ada))
	})

	t.Run("an endpoint that is away keeps its models, with the reason", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "m")
		b.fails(home, llm.RefusedKey(errors.New("401")))
		b.Refresh(t.Context())
		m := b.models(t, ada)["m"]
		require.False(t, m.Available)
		require.Contains(t, m.Reason, "refused the key")
		b.lists(home, "m")
		b.Refresh(t.Context())
		require.True(t, b.models(t, ada)["m"].Available)
	})

	t.Run("an endpoint without a list is no worse for it", func(t *testing.T) {
		t.Parallel()
		b := newBench(model.Options{EnvBaseURL: home, DefaultModel: "m"})
		b.net.endpoints[home] = llmtest.New().Lists(llm.NoList(nil))
		require.NoError(t, b.Sync(t.Context()))
		b.Refresh(t.Context())
		require.True(t, b.models(t, ada)["m"].Available)
	})

	t.Run("a list that cannot be stored is tried again", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "m")
		b.lists(home, "m", "n")
		b.tables.down = app.ErrUnavailable
		b.Refresh(t.Context())
		b.tables.down = nil
		b.tables.entries = b.tables.entries[:1]
		b.Refresh(t.Context())
		require.Equal(t, []string{"guide", "m*", "n"}, b.ids(t, ada))
	})
}

func TestRun(t *testing.T) {
	t.Parallel()

	run := func(t *testing.T, b *bench) {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); b.Run(ctx) }()
		t.Cleanup(func() { cancel(); <-done })
	}

	t.Run("whoever comes right after a start finds the first list", func(t *testing.T) {
		t.Parallel()
		b := newBench(model.Options{EnvBaseURL: home})
		b.lists(home, "m")
		require.NoError(t, b.Sync(t.Context()))
		run(t, b)
		require.Eventually(t, func() bool {
			_, err := b.Resolve(t.Context(), ada, "m")
			return err == nil && len(b.ids(t, ada)) == 2
		}, 5*time.Second, time.Millisecond)
	})

	t.Run("a list that is old when somebody looks is fetched anew", func(t *testing.T) {
		t.Parallel()
		b := newBench(model.Options{EnvBaseURL: home})
		b.lists(home, "m")
		require.NoError(t, b.Sync(t.Context()))
		run(t, b)
		require.Eventually(t, func() bool { return len(b.ids(t, ada)) == 2 }, 5*time.Second, time.Millisecond)
		b.lists(home, "m", "n")
		b.pass(2 * time.Minute)
		require.Eventually(t, func() bool { return len(b.ids(t, ada)) == 3 }, 5*time.Second, time.Millisecond)
	})
}
