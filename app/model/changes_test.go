package model_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

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
