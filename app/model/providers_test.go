package model_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/model"
)

func ptr(text string) *string { return &text }

const shop = "https://shop.example/v1"

// stocked has a provider in the database with a key and a model.
func stocked(t *testing.T) (*bench, app.ProviderID) {
	t.Helper()
	b := newBench(model.Options{})
	b.lists(shop, "m")
	id, err := b.CreateProvider(t.Context(), admin, model.ProviderInput{Name: " Shop ", BaseURL: shop, Key: ptr("k-123"), Enabled: true})
	require.NoError(t, err)
	b.Refresh(t.Context())
	return b, id
}

func TestManagedProviders(t *testing.T) {
	t.Parallel()

	t.Run("are shown with how they are, never with their key", func(t *testing.T) {
		t.Parallel()
		b, id := stocked(t)
		at := b.clock()
		shown := app.ManagedProvider{ID: id, Name: "Shop", BaseURL: shop, Source: "database", Enabled: true, HasKey: true, Models: 1, LookedAt: &at}
		list, err := b.GetProviders(t.Context(), admin)
		require.NoError(t, err)
		require.Equal(t, []app.ManagedProvider{shown}, list)
		_, err = b.GetProvider(t.Context(), admin, "none")
		require.ErrorIs(t, err, app.ErrNotFound)
	})

	t.Run("the environment's has its key in the environment", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{EnvKey: "secret"}, "m")
		one, err := b.GetProvider(t.Context(), admin, b.tables.providers[0].ID)
		require.NoError(t, err)
		require.True(t, one.HasKey)
		require.Equal(t, "env", one.Source)
	})

	t.Run("a list can be asked for now", func(t *testing.T) {
		t.Parallel()
		b, id := stocked(t)
		b.lists(shop, "m", "n")
		one, err := b.FetchModels(t.Context(), admin, id)
		require.NoError(t, err)
		require.Equal(t, 2, one.Models)
		require.Empty(t, one.Reason)
		b.fails(shop, llm.RefusedKey(nil))
		one, err = b.FetchModels(t.Context(), admin, id)
		require.NoError(t, err)
		require.Contains(t, one.Reason, "refused the key")
		_, err = b.FetchModels(t.Context(), admin, "none")
		require.ErrorIs(t, err, app.ErrNotFound)
	})
}

func TestProviders(t *testing.T) {
	t.Parallel()

	t.Run("only an administrator may add or change one", func(t *testing.T) {
		t.Parallel()
		b, id := stocked(t)
		_, err := b.CreateProvider(t.Context(), ada, model.ProviderInput{Name: "x", BaseURL: "nonsense"})
		require.ErrorIs(t, err, app.ErrForbidden)
		_, err = b.FetchModels(t.Context(), ada, id)
		require.ErrorIs(t, err, app.ErrForbidden)
		_, err = b.GetProviders(t.Context(), ada)
		require.ErrorIs(t, err, app.ErrForbidden)
		_, err = b.GetProvider(t.Context(), ada, id)
		require.ErrorIs(t, err, app.ErrForbidden)
		nonsense := model.ProviderChange{BaseURL: ptr("nonsense")}
		require.ErrorIs(t, b.ChangeProvider(t.Context(), ada, id, nonsense), app.ErrForbidden)
		require.ErrorIs(t, b.ChangeProvider(t.Context(), admin, "none", nonsense), app.ErrNotFound)
		require.ErrorIs(t, b.DeleteProvider(t.Context(), ada, id), app.ErrForbidden)
		require.ErrorIs(t, b.DeleteProvider(t.Context(), admin, "none"), app.ErrNotFound)
	})

	t.Run("it is recorded who did what, in the transaction of the change, without the key", func(t *testing.T) {
		t.Parallel()
		b, id := stocked(t)
		require.NoError(t, b.ChangeProvider(t.Context(), admin, id, model.ProviderChange{BaseURL: ptr("https://new.example/v1"), Key: ptr("")}))
		require.NoError(t, b.DeleteProvider(t.Context(), admin, id))
		before, after := "Shop, on, with a key, "+shop, "Shop, on, without a key, https://new.example/v1"
		require.Equal(t, []audit.Event{
			{Action: audit.ProviderCreated, Actor: admin, Target: string(id), Details: map[audit.Key]string{audit.KeyTo: before}},
			{Action: audit.ProviderChanged, Actor: admin, Target: string(id), Details: map[audit.Key]string{audit.KeyFrom: before, audit.KeyTo: after}},
			{Action: audit.ProviderDeleted, Actor: admin, Target: string(id), Details: map[audit.Key]string{audit.KeyFrom: after}},
		}, b.log.events)
		b.log.full = app.ErrUnavailable
		_, err := b.CreateProvider(t.Context(), admin, model.ProviderInput{Name: "x", BaseURL: shop})
		require.ErrorIs(t, err, app.ErrUnavailable, "what cannot be recorded is not done")
	})

	t.Run("its key is stored sealed and used for its address", func(t *testing.T) {
		t.Parallel()
		b, id := stocked(t)
		row := b.tables.provider(t, id)
		require.Equal(t, "Shop", row.Name)
		require.NotContains(t, string(row.Key.Ciphertext), "k-123")
		require.Equal(t, "k-123", b.net.key(shop))
		require.Equal(t, []string{"guide", "m*"}, b.ids(t, ada))
	})

	t.Run("values that cannot be are named", func(t *testing.T) {
		t.Parallel()
		b, _ := stocked(t)
		for field, input := range map[string]model.ProviderInput{
			"name":               {Name: strings.Repeat("x", 81), BaseURL: shop},
			"base_url":           {Name: "x", BaseURL: "ftp://x"},
			"base_url, too long": {Name: "x", BaseURL: shop + strings.Repeat("/x", 250)},
			"key":                {Name: "x", BaseURL: shop, Key: ptr("a b")},
			"key, too long":      {Name: "x", BaseURL: shop, Key: ptr(strings.Repeat("k", 2001))},
			"name, missing":      {Name: " ", BaseURL: shop},
		} {
			_, err := b.CreateProvider(t.Context(), admin, input)
			require.ErrorIs(t, err, app.ErrInvalidInput)
			field, _, _ = strings.Cut(field, ",")
			require.Equal(t, field, app.AsError(err).Details[0].Field)
		}
	})

	t.Run("the environment's is changed in the environment", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "m")
		id := b.tables.providers[0].ID
		require.ErrorIs(t, b.ChangeProvider(t.Context(), admin, id, model.ProviderChange{Name: ptr("x")}), app.ErrConflict)
		require.ErrorIs(t, b.DeleteProvider(t.Context(), admin, id), app.ErrConflict)
		require.Equal(t, []string{"guide", "m*"}, b.ids(t, ada))
	})

	for name, test := range map[string]struct {
		change model.ProviderChange
		want   string
	}{
		"nothing changes":              {model.ProviderChange{}, "k-123"},
		"its name changes":             {model.ProviderChange{Name: ptr("Stall")}, "k-123"},
		"the same address is sent":     {model.ProviderChange{BaseURL: ptr(" " + shop)}, "k-123"},
		"a new key comes with another": {model.ProviderChange{BaseURL: ptr("https://elsewhere/v1"), Key: ptr("k-456")}, "k-456"},
		"a new key comes":              {model.ProviderChange{Key: ptr("k-456")}, "k-456"},
		"the key is taken away":        {model.ProviderChange{Key: ptr("")}, ""},
		"it goes with the address":     {model.ProviderChange{BaseURL: ptr("https://elsewhere/v1"), Key: ptr("")}, ""},
	} {
		t.Run("when "+name+" the key is "+test.want, func(t *testing.T) {
			t.Parallel()
			b, id := stocked(t)
			require.NoError(t, b.ChangeProvider(t.Context(), admin, id, test.change))
			b.Refresh(t.Context())
			row := b.tables.provider(t, id)
			require.Equal(t, test.want, b.net.key(row.BaseURL))
			require.Equal(t, test.want == "", len(row.Key.Ciphertext) == 0)
		})
	}

	for name, address := range map[string]string{
		"scheme": "http://shop.example/v1", "host": "https://shop.example.evil/v1", "port": "https://shop.example:8443/v1", "path": "https://shop.example/v2",
	} {
		t.Run("a stored key does not follow to another "+name, func(t *testing.T) {
			t.Parallel()
			b, id := stocked(t)
			err := b.ChangeProvider(t.Context(), admin, id, model.ProviderChange{BaseURL: &address})
			require.ErrorIs(t, err, app.ErrInvalidInput)
			require.Equal(t, "key", app.AsError(err).Details[0].Field)
			require.Equal(t, shop, b.tables.provider(t, id).BaseURL, "nothing is changed")
		})
	}

	t.Run("what decides where chats go takes the password of the last minutes", func(t *testing.T) {
		t.Parallel()
		b, id := stocked(t)
		stale := admin
		stale.SessionID, stale.ConfirmedAt = "s", b.clock().Add(-app.ConfirmLasts)
		_, err := b.CreateProvider(t.Context(), stale, model.ProviderInput{Name: "x", BaseURL: shop})
		require.Same(t, app.ErrConfirm, err)
		for _, change := range []model.ProviderChange{{BaseURL: ptr("https://elsewhere/v1"), Key: ptr("k")}, {Key: ptr("")}} {
			err := b.ChangeProvider(t.Context(), stale, id, change)
			require.Same(t, app.ErrConfirm, err)
		}
		require.Same(t, app.ErrConfirm, b.DeleteProvider(t.Context(), stale, id))
		require.NoError(t, b.ChangeProvider(t.Context(), stale, id, model.ProviderChange{Name: ptr("Stall"), BaseURL: ptr(shop)}), "a name leads nowhere")
	})

	t.Run("a deleted one takes its models along, and what names them is told so", func(t *testing.T) {
		t.Parallel()
		b, id := stocked(t)
		require.NoError(t, b.DeleteProvider(t.Context(), admin, id))
		require.Equal(t, []string{"guide*"}, b.ids(t, ada))
		_, err := b.Resolve(t.Context(), ada, "m")
		require.ErrorIs(t, err, app.ErrNotFound)
		b.Refresh(t.Context())
		list, err := b.GetProviders(t.Context(), admin)
		require.NoError(t, err)
		require.Empty(t, list)
	})

	t.Run("a switched-off one keeps its models for later", func(t *testing.T) {
		t.Parallel()
		b, id := stocked(t)
		off, on := false, true
		require.NoError(t, b.ChangeProvider(t.Context(), admin, id, model.ProviderChange{Enabled: &off}))
		require.Equal(t, []string{"guide*"}, b.ids(t, ada))
		_, err := b.FetchModels(t.Context(), admin, id)
		require.ErrorIs(t, err, app.ErrConflict)
		require.NoError(t, b.ChangeProvider(t.Context(), admin, id, model.ProviderChange{Enabled: &on}))
		require.Equal(t, []string{"guide", "m*"}, b.ids(t, ada))
	})

	t.Run("there are a hundred at most", func(t *testing.T) {
		t.Parallel()
		b, _ := stocked(t)
		for len(b.tables.providers) < 100 {
			b.tables.providers = append(b.tables.providers, model.Provider{Provider: app.Provider{ID: app.NewID[app.ProviderID]()}})
		}
		_, err := b.CreateProvider(t.Context(), admin, model.ProviderInput{Name: "x", BaseURL: shop})
		require.ErrorIs(t, err, app.ErrConflict)
	})

	t.Run("a key that is unreadable has to be entered again", func(t *testing.T) {
		t.Parallel()
		b, id := stocked(t)
		b.box.lost = true
		b.tables.providers[0].Key.KeyID = "k0"
		b.pass(5 * time.Second)
		b.Refresh(t.Context())
		m := b.models(t, ada)["m"]
		require.False(t, m.Available)
		require.Contains(t, m.Reason, "unreadable")
		_, err := b.Resolve(t.Context(), ada, "m")
		require.ErrorIs(t, err, app.ErrUnavailable)
		require.Contains(t, app.AsError(err).Message, "enter it again")

		b.box.lost = false
		require.NoError(t, b.ChangeProvider(t.Context(), admin, id, model.ProviderChange{Key: ptr("k-789")}))
		_, err = b.Resolve(t.Context(), ada, "m")
		require.NoError(t, err)
		b.Refresh(t.Context())
		require.Equal(t, "k-789", b.net.key(shop))
	})

	t.Run("an address that went bad in the table is told", func(t *testing.T) {
		t.Parallel()
		b, _ := stocked(t)
		b.tables.providers[0].BaseURL = "gopher://x"
		b.tables.providers[0].Key = model.Sealed{}
		b.pass(5 * time.Second)
		require.Contains(t, b.models(t, ada)["m"].Reason, "cannot be used")
	})
}
