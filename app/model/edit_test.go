package model_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/model"
)

func TestNames(t *testing.T) {
	t.Parallel()

	t.Run("a new id leaves the old one as an alias", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "gpt-4o-2024-11-20", "other")
		b.tables.wishes[bob.UserID] = "gpt-4o-2024-11-20"
		b.edit(t, "gpt-4o-2024-11-20", model.ModelChange{ID: ptr(" Best"), Aliases: &[]string{"Quality", "quality", "best"}})
		m := b.models(t, bob)["best"]
		require.Equal(t, []string{"quality", "gpt-4o-2024-11-20"}, m.Aliases)
		require.True(t, m.Default, "who wished for the old id gets the model")
		for _, name := range []string{"best", "quality", "gpt-4o-2024-11-20"} {
			choice, err := b.Resolve(t.Context(), ada, name)
			require.NoError(t, err, name)
			require.Equal(t, "best", choice.ID)
			require.Equal(t, "gpt-4o-2024-11-20", choice.Upstream)
			require.Equal(t, []string{"best"}, b.Mentions(t.Context(), "@"+strings.ToUpper(name)+" and @best"))
		}
		b.edit(t, "best", model.ModelChange{Aliases: &[]string{}})
		_, err := b.Resolve(t.Context(), ada, "quality")
		require.ErrorIs(t, err, app.ErrNotFound, "an alias that was taken away is gone")
	})

	t.Run("names are unique over ids and aliases, and may be exchanged for an own one", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "a", "b")
		b.edit(t, "a", model.ModelChange{Aliases: &[]string{"speed"}})
		for name, change := range map[string]model.ModelChange{
			"id of another":    {ID: ptr("a")},
			"alias of another": {ID: ptr("speed")},
			"the guide":        {ID: ptr("guide")},
			"alias as id":      {Aliases: &[]string{"a"}},
			"alias as alias":   {Aliases: &[]string{"speed"}},
			"guide as alias":   {Aliases: &[]string{"GUIDE"}},
		} {
			require.ErrorIs(t, b.ChangeModel(t.Context(), admin, b.uid(t, "b"), change), app.ErrConflict, name)
		}
		b.edit(t, "a", model.ModelChange{ID: ptr("speed")})
		require.Equal(t, []string{"a"}, b.models(t, ada)["speed"].Aliases)
	})

	t.Run("a list that comes later takes no name that is given", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "a")
		b.edit(t, "a", model.ModelChange{Aliases: &[]string{"speed"}})
		b.lists(home, "a", "speed")
		b.Refresh(t.Context())
		require.Equal(t, []string{"a*", "guide", "home/speed"}, b.ids(t, ada))
	})

	t.Run("whatever is renamed, each name leads to one model and mentions find it", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(r *rapid.T) {
			b := newBench(model.Options{EnvBaseURL: home})
			b.lists(home, "a", "b", "c")
			require.NoError(r, b.Sync(t.Context()))
			b.Refresh(t.Context())
			name := rapid.SampledFrom([]string{"a", "b", "c", "d", "e/f", "x.y", "guide", "-", "é", ""})
			for range rapid.IntRange(1, 12).Draw(r, "changes") {
				b.tables.mu.Lock()
				uid := b.tables.entries[rapid.IntRange(0, 2).Draw(r, "model")].UID
				b.tables.mu.Unlock()
				change := model.ModelChange{}
				if rapid.Bool().Draw(r, "renames") {
					change.ID = ptr(name.Draw(r, "id"))
				}
				if rapid.Bool().Draw(r, "aliases") {
					change.Aliases = to(rapid.SliceOfN(name, 0, 3).Draw(r, "list"))
				}
				_ = b.ChangeModel(t.Context(), admin, uid, change)
			}
			seen := map[string]bool{"guide": true}
			for _, entry := range b.tables.entries {
				for _, called := range append(entry.Aliases, entry.ID) {
					require.False(r, seen[called], called)
					seen[called] = true
					require.Equal(r, []string{entry.ID}, b.Mentions(t.Context(), "(@"+called+")."))
				}
			}
		})
	})
}
