package model_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/model"
)

// uid finds a model of a bench by its id.
func (b *bench) uid(t require.TestingT, id string) app.ModelUID {
	b.tables.mu.Lock()
	defer b.tables.mu.Unlock()
	for _, entry := range b.tables.entries {
		if entry.ID == id {
			return entry.UID
		}
	}
	require.Fail(t, "no model is called "+id)
	return ""
}

func (b *bench) edit(t *testing.T, id string, change model.ModelChange) {
	t.Helper()
	require.NoError(t, b.ChangeModel(t.Context(), admin, b.uid(t, id), change))
}

func to[T any](value T) *T { return &value }

func TestWhoMayChangeModels(t *testing.T) {
	t.Parallel()
	b := started(t, model.Options{}, "m")
	uid, provider := b.uid(t, "m"), b.tables.providers[0].ID
	calls := func(actor app.Actor, uid app.ModelUID, provider app.ProviderID) map[string]error {
		_, add := b.AddModel(t.Context(), actor, provider, "")
		_, one := b.GetManagedModel(t.Context(), actor, uid)
		return map[string]error{
			"add": add, "get": one,
			"change":  b.ChangeModel(t.Context(), actor, uid, model.ModelChange{ID: ptr("")}),
			"move":    b.MoveModel(t.Context(), actor, uid, "sideways"),
			"delete":  b.DeleteModel(t.Context(), actor, uid),
			"default": b.SetDefault(t.Context(), actor, uid),
		}
	}
	for call, err := range calls(ada, uid, provider) {
		require.ErrorIs(t, err, app.ErrForbidden, call)
	}
	for call, err := range calls(admin, "none", "none") {
		require.ErrorIs(t, err, app.ErrNotFound, call)
	}
	_, err := b.GetManagedModels(t.Context(), ada, model.Filter{}, app.PageRequest{Limit: 1})
	require.ErrorIs(t, err, app.ErrForbidden)
	require.Empty(t, b.log.events)
}

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

func TestWhoMayAsk(t *testing.T) {
	t.Parallel()
	b := started(t, model.Options{}, "dear", "cheap")
	b.edit(t, "dear", model.ModelChange{Restricted: to(true), Users: &[]string{"ADA@example.org"}})

	t.Run("the chosen see it and may ask it", func(t *testing.T) {
		require.Equal(t, []string{"cheap", "dear*", "guide"}, b.ids(t, ada))
		_, err := b.Resolve(t.Context(), ada, "dear")
		require.NoError(t, err)
	})
	t.Run("others do not, and their default is the first that they may ask", func(t *testing.T) {
		require.Equal(t, []string{"cheap*", "guide"}, b.ids(t, bob))
		_, err := b.Resolve(t.Context(), bob, "dear")
		require.ErrorIs(t, err, app.ErrForbidden)
		require.Contains(t, app.AsError(err).Message, `may not ask the model "dear"`)
		require.Equal(t, "cheap", b.Default(t.Context(), bob, ""))
		require.Equal(t, "dear", b.Default(t.Context(), bob, "dear"), "what a chat names is never swapped")
	})
	t.Run("as the default of the instance it is shown, whomever it is for", func(t *testing.T) {
		require.NoError(t, b.SetDefault(t.Context(), admin, b.uid(t, "dear")))
		one, err := b.GetManagedModel(t.Context(), admin, b.uid(t, "dear"))
		require.NoError(t, err)
		require.True(t, one.Default)
		require.Equal(t, []string{"cheap*", "guide"}, b.ids(t, bob))
	})
	t.Run("administrators are no exception", func(t *testing.T) {
		_, err := b.Resolve(t.Context(), admin, "dear")
		require.ErrorIs(t, err, app.ErrForbidden)
	})
	t.Run("it stays restricted when it goes from the list and comes back", func(t *testing.T) {
		b.lists(home, "cheap")
		b.Refresh(t.Context())
		one, err := b.GetManagedModel(t.Context(), admin, b.uid(t, "dear"))
		require.NoError(t, err)
		require.False(t, one.Listed)
		b.lists(home, "cheap", "dear")
		b.Refresh(t.Context())
		_, err = b.Resolve(t.Context(), bob, "dear")
		require.ErrorIs(t, err, app.ErrForbidden)
	})
	t.Run("only people who are here can be chosen", func(t *testing.T) {
		err := b.ChangeModel(t.Context(), admin, b.uid(t, "dear"), model.ModelChange{Users: &[]string{"ada@example.org", "who@example.org"}})
		require.ErrorIs(t, err, app.ErrInvalidInput)
		require.Contains(t, err.Error(), "line 2")
	})
	t.Run("the choice is forgotten by nobody while everyone may", func(t *testing.T) {
		b.edit(t, "dear", model.ModelChange{Restricted: to(false)})
		_, err := b.Resolve(t.Context(), bob, "dear")
		require.NoError(t, err)
		one, err := b.GetManagedModel(t.Context(), admin, b.uid(t, "dear"))
		require.NoError(t, err)
		require.Equal(t, []app.User{everybody[0]}, one.Users)
	})
}

func TestFigures(t *testing.T) {
	t.Parallel()

	t.Run("what is set holds, whatever the list says", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "m")
		b.edit(t, "m", model.ModelChange{
			Name: ptr(" The Model "), ContextOverride: to(4096), InputPrice: to(int64(150_000)), OutputPrice: to(int64(600_000)), SystemPrompt: ptr("Be brief."),
		})
		b.net.endpoints[home].Lists(nil, llm.Listing{Name: "m", ContextSize: 8192})
		b.Refresh(t.Context())
		choice, err := b.Resolve(t.Context(), ada, "m")
		require.NoError(t, err)
		require.Equal(t, 4096, choice.ContextSize)
		require.Equal(t, "Be brief.", choice.SystemPrompt)
		require.Equal(t, "The Model", b.models(t, ada)["m"].Name)
		one, err := b.GetManagedModel(t.Context(), admin, b.uid(t, "m"))
		require.NoError(t, err)
		require.Equal(t, app.ManagedModel{
			UID: b.uid(t, "m"), ID: "m", Aliases: []string{}, Name: "The Model", ProviderID: b.tables.providers[0].ID, Provider: "home", Upstream: "m",
			Enabled: true, Listed: true, Default: true, Available: true, ContextSize: 4096, ContextOverride: 4096,
			InputPrice: 150_000, OutputPrice: 600_000, SystemPrompt: ptr("Be brief."), Users: []app.User{},
		}, one)
		b.edit(t, "m", model.ModelChange{ContextOverride: to(0)})
		require.Equal(t, 8192, b.models(t, ada)["m"].ContextSize)
	})

	t.Run("values that cannot be are named", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "m")
		many := make([]string, 21)
		for i := range many {
			many[i] = fmt.Sprint("alias-", i)
		}
		for field, change := range map[string]model.ModelChange{
			"id":                   {ID: ptr("no way")},
			"id, empty":            {ID: ptr("")},
			"id, ends in a dot":    {ID: ptr("m.")},
			"aliases":              {Aliases: &[]string{"ok", "no way"}},
			"aliases, many":        {Aliases: &many},
			"name":                 {Name: ptr("")},
			"context_override":     {ContextOverride: to(-1)},
			"input_price":          {InputPrice: to(int64(-1))},
			"output_price":         {OutputPrice: to(int64(1e15))},
			"users":                {Users: to(slices.Repeat([]string{"ada@example.org"}, 501))},
			"users, nobody's":      {Users: &[]string{"x"}},
			"name, on three lines": {Name: ptr("a\nb\nc")},
		} {
			err := b.ChangeModel(t.Context(), admin, b.uid(t, "m"), change)
			require.ErrorIs(t, err, app.ErrInvalidInput, field)
			field, _, _ = strings.Cut(field, ",")
			require.Equal(t, field, app.AsError(err).Details[0].Field)
		}
		err := b.ChangeModel(t.Context(), admin, b.uid(t, "m"), model.ModelChange{SystemPrompt: ptr(strings.Repeat("x", 33<<10))})
		require.ErrorIs(t, err, app.ErrTooLarge)
		require.Empty(t, b.log.events, "what is refused is not recorded")
	})

	t.Run("a change is recorded with before and after, and never the prompt", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "m")
		b.edit(t, "m", model.ModelChange{Enabled: to(false), SystemPrompt: ptr("a secret plan"), Restricted: to(true), Users: &[]string{"ada@example.org"}})
		require.Len(t, b.log.events, 1)
		event := b.log.events[0]
		require.Equal(t, audit.ModelChanged, event.Action)
		require.Equal(t, string(b.uid(t, "m")), event.Target)
		require.Equal(t, "m (m), on, place 0, aliases [], context 0, prices 0 and 0, prompt of 0 bytes, for everyone", event.Details[audit.KeyFrom])
		require.Equal(t, "m (m), off, place 0, aliases [], context 0, prices 0 and 0, prompt of 13 bytes, for 1 users ada", event.Details[audit.KeyTo])
	})
}

func TestOrder(t *testing.T) {
	t.Parallel()
	b := started(t, model.Options{}, "a", "b", "c")
	order := func() string {
		list, err := b.GetModels(t.Context(), ada)
		require.NoError(t, err)
		text := ""
		for _, m := range list[:len(list)-1] {
			text += m.ID
		}
		return text
	}
	for _, step := range []struct {
		id   string
		move model.Move
		want string
	}{
		{"c", model.MoveUp, "acb"}, {"c", model.MoveUp, "cab"}, {"c", model.MoveUp, "cab"}, {"c", model.MoveDown, "acb"},
		{"b", model.MoveFirst, "bac"}, {"b", model.MoveLast, "acb"}, {"b", model.MoveDown, "acb"},
	} {
		require.NoError(t, b.MoveModel(t.Context(), admin, b.uid(t, step.id), step.move))
		require.Equal(t, step.want, order(), "%s %s", step.id, step.move)
	}
	require.Len(t, b.log.events, 5, "to stay in place is no change")
	require.ErrorIs(t, b.MoveModel(t.Context(), admin, b.uid(t, "a"), "sideways"), app.ErrInvalidInput)
}

func TestModelsByHand(t *testing.T) {
	t.Parallel()
	b := started(t, model.Options{}, "a")
	provider := b.tables.providers[0].ID

	t.Run("one that is not listed is added, and stays", func(t *testing.T) {
		uid, err := b.AddModel(t.Context(), admin, provider, " Secret Model")
		require.NoError(t, err)
		require.Equal(t, b.uid(t, "secret-model"), uid)
		b.Refresh(t.Context())
		require.Equal(t, []string{"a*", "guide", "secret-model"}, b.ids(t, ada))
		_, err = b.AddModel(t.Context(), admin, provider, "Secret Model")
		require.ErrorIs(t, err, app.ErrConflict)
		_, err = b.AddModel(t.Context(), admin, provider, "")
		require.ErrorIs(t, err, app.ErrInvalidInput)
	})
	t.Run("it can be deleted, what is listed not", func(t *testing.T) {
		require.NoError(t, b.DeleteModel(t.Context(), admin, b.uid(t, "secret-model")))
		require.Equal(t, []string{"a*", "guide"}, b.ids(t, ada))
		require.ErrorIs(t, b.DeleteModel(t.Context(), admin, b.uid(t, "a")), app.ErrConflict)
	})
	t.Run("a provider that is deleted meanwhile gets no models", func(t *testing.T) {
		other := b.again(model.Options{})
		id, err := other.CreateProvider(t.Context(), admin, model.ProviderInput{Name: "Shop", BaseURL: shop, Enabled: true})
		require.NoError(t, err)
		require.NoError(t, b.DeleteProvider(t.Context(), admin, id))
		b.lists(shop, "x")
		other.Refresh(t.Context())
		b.pass(10e9)
		require.Equal(t, []string{"a*", "guide"}, b.ids(t, ada))
	})
}

func TestSetDefault(t *testing.T) {
	t.Parallel()
	b := started(t, model.Options{}, "a", "b")
	require.NoError(t, b.SetDefault(t.Context(), admin, b.uid(t, "b")))
	require.Equal(t, []string{"a", "b*", "guide"}, b.ids(t, ada))
	b.edit(t, "b", model.ModelChange{ID: ptr("better")})
	require.Equal(t, []string{"a", "better*", "guide"}, b.ids(t, ada), "a new id changes nothing")
	b.lists(home, "a")
	b.Refresh(t.Context())
	require.Equal(t, []string{"a", "better*", "guide"}, b.ids(t, ada))
	b.edit(t, "better", model.ModelChange{Enabled: to(false)})
	require.Equal(t, []string{"a*", "guide"}, b.ids(t, ada))
	require.ErrorIs(t, b.SetDefault(t.Context(), admin, b.uid(t, "better")), app.ErrConflict)
	b.chosen.down = app.ErrUnavailable
	require.ErrorIs(t, b.SetDefault(t.Context(), admin, b.uid(t, "a")), app.ErrUnavailable)
}

func TestManagedModels(t *testing.T) {
	t.Parallel()
	names := make([]string, 25)
	for i := range names {
		names[i] = fmt.Sprintf("model-%02d", i)
	}
	b := started(t, model.Options{}, names...)
	b.edit(t, "model-03", model.ModelChange{Aliases: &[]string{"speed"}, Name: ptr("Über"), Enabled: to(false)})
	page := func(filter model.Filter, request app.PageRequest) (app.Page[app.ManagedModel], []string) {
		list, err := b.GetManagedModels(t.Context(), admin, filter, request)
		require.NoError(t, err)
		ids := make([]string, len(list.Data))
		for i, m := range list.Data {
			ids[i] = m.ID
		}
		return list, ids
	}

	t.Run("come page by page, those that are switched off too", func(t *testing.T) {
		t.Parallel()
		var all []string
		request := app.PageRequest{Limit: 10}
		for {
			list, ids := page(model.Filter{}, request)
			all = append(all, ids...)
			if list.Pagination.Next == nil {
				break
			}
			request.Cursor = *list.Pagination.Next
		}
		require.Equal(t, names, all)
	})
	t.Run("are found by id, alias and name", func(t *testing.T) {
		t.Parallel()
		for query, want := range map[string]int{"speed": 1, "ÜBER": 1, "model-0": 10, "nothing": 0} {
			_, ids := page(model.Filter{Query: query}, app.PageRequest{Limit: 100})
			require.Len(t, ids, want, query)
		}
		_, ids := page(model.Filter{Provider: "another"}, app.PageRequest{Limit: 100})
		require.Empty(t, ids)
	})
	t.Run("a page about all of them is from one moment", func(t *testing.T) {
		t.Parallel()
		all, err := b.GetManaged(t.Context(), admin, model.Filter{Query: "model-1"}, app.PageRequest{Limit: 3}, b.uid(t, "model-03"))
		require.NoError(t, err)
		require.Len(t, all.Providers, 1)
		require.Len(t, all.Models.Data, 3)
		require.Equal(t, 10, all.Total)
		require.Equal(t, "Über", all.Model.Name)
		all, err = b.GetManaged(t.Context(), admin, model.Filter{}, app.PageRequest{Limit: 3}, "")
		require.NoError(t, err)
		require.Nil(t, all.Model)
		_, err = b.GetManaged(t.Context(), admin, model.Filter{}, app.PageRequest{Limit: 3}, "none")
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = b.GetManaged(t.Context(), ada, model.Filter{}, app.PageRequest{Limit: 3}, "none")
		require.ErrorIs(t, err, app.ErrForbidden)
	})
	t.Run("a cursor that is none is refused", func(t *testing.T) {
		t.Parallel()
		for _, cursor := range []string{"x", "!", "eA"} {
			_, err := b.GetManagedModels(t.Context(), admin, model.Filter{}, app.PageRequest{Limit: 1, Cursor: cursor})
			require.ErrorIs(t, err, app.ErrInvalidInput, cursor)
		}
		_, err := b.GetManagedModels(t.Context(), admin, model.Filter{Query: strings.Repeat("x", 201)}, app.PageRequest{Limit: 1})
		require.ErrorIs(t, err, app.ErrInvalidInput)
	})
}
