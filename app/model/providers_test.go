package model_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/model"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

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

func TestProviders(t *testing.T) {
	t.Parallel()

	t.Run("only an administrator may add or change one", func(t *testing.T) {
		t.Parallel()
		b, id := stocked(t)
		input := model.ProviderInput{Name: "x", BaseURL: shop}
		_, err := b.CreateProvider(t.Context(), ada, input)
		require.ErrorIs(t, err, app.ErrForbidden)
		require.ErrorIs(t, b.ChangeProvider(t.Context(), ada, id, input), app.ErrForbidden)
		require.ErrorIs(t, b.ChangeProvider(t.Context(), ada, "none", input), app.ErrForbidden)
		require.ErrorIs(t, b.ChangeProvider(t.Context(), admin, "none", input), app.ErrNotFound)
	})

	t.Run("it is recorded who did what, in the transaction of the change, without the key", func(t *testing.T) {
		t.Parallel()
		b, id := stocked(t)
		require.NoError(t, b.ChangeProvider(t.Context(), admin, id, model.ProviderInput{Name: "Shop", BaseURL: "https://new.example/v1"}))
		require.Equal(t, []audit.Event{
			{Action: audit.ProviderCreated, Actor: admin, Target: string(id), Details: map[audit.Key]string{audit.KeyTo: shop}},
			{Action: audit.ProviderChanged, Actor: admin, Target: string(id), Details: map[audit.Key]string{audit.KeyFrom: shop, audit.KeyTo: "https://new.example/v1"}},
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
		err := b.ChangeProvider(t.Context(), admin, b.tables.providers[0].ID, model.ProviderInput{Name: "x", BaseURL: home})
		require.ErrorIs(t, err, app.ErrConflict)
	})

	for name, test := range map[string]struct {
		base string
		key  *string
		want string
	}{
		"nothing changes":             {shop, nil, "k-123"},
		"the path changes":            {"https://shop.example/v2", nil, "k-123"},
		"the default port is written": {"https://SHOP.example:443/v1", nil, "k-123"},
		"the scheme changes":          {"http://shop.example/v1", nil, ""},
		"the host changes":            {"https://shop.example.evil/v1", nil, ""},
		"the port changes":            {"https://shop.example:8443/v1", nil, ""},
		"a new key comes":             {"https://elsewhere/v1", ptr("k-456"), "k-456"},
		"the key is taken away":       {shop, ptr(""), ""},
	} {
		t.Run("when "+name+" the key is "+test.want, func(t *testing.T) {
			t.Parallel()
			b, id := stocked(t)
			require.NoError(t, b.ChangeProvider(t.Context(), admin, id, model.ProviderInput{Name: "Shop", BaseURL: test.base, Key: test.key, Enabled: true}))
			b.Refresh(t.Context())
			require.Equal(t, test.want, b.net.key(test.base))
			require.Equal(t, test.want == "", len(b.tables.provider(t, id).Key.Ciphertext) == 0)
		})
	}

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

		input := model.ProviderInput{Name: "Shop", BaseURL: "https://shop.example/v2", Enabled: true}
		require.ErrorIs(t, b.ChangeProvider(t.Context(), admin, id, input), app.ErrInvalidInput)
		b.box.lost = false
		input.Key = ptr("k-789")
		require.NoError(t, b.ChangeProvider(t.Context(), admin, id, input))
		_, err = b.Resolve(t.Context(), ada, "m")
		require.NoError(t, err)
		b.Refresh(t.Context())
		require.Equal(t, "k-789", b.net.key("https://shop.example/v2"))
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
