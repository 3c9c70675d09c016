package model_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/model"
)

func TestTrials(t *testing.T) {
	t.Parallel()

	t.Run("are for administrators who typed their password lately", func(t *testing.T) {
		t.Parallel()
		b, id := stocked(t)
		_, err := b.TestProvider(t.Context(), ada, model.Trial{ProviderID: id})
		require.ErrorIs(t, err, app.ErrForbidden)
		stale := admin
		stale.SessionID, stale.ConfirmedAt = "s", b.clock().Add(-app.ConfirmLasts)
		_, err = b.TestProvider(t.Context(), stale, model.Trial{ProviderID: "none"})
		require.Same(t, app.ErrConfirm, err)
		require.Empty(t, b.net.trials)
	})

	for name, test := range map[string]struct {
		trial        model.Trial
		address, key string
	}{
		"a stored provider is asked with its key":                {model.Trial{}, shop, "k-123"},
		"its address may be said":                                {model.Trial{BaseURL: shop}, shop, "k-123"},
		"another key is taken instead":                           {model.Trial{Key: ptr("k-456")}, shop, "k-456"},
		"or none":                                                {model.Trial{Key: ptr("")}, shop, ""},
		"another address does not get the stored key":            {model.Trial{BaseURL: "https://evil.example/v1"}, "https://evil.example/v1", ""},
		"nor does another path":                                  {model.Trial{BaseURL: shop + "/x"}, shop + "/x", ""},
		"another address gets the key that was typed along with": {model.Trial{BaseURL: "https://new.example/v1", Key: ptr("k-789")}, "https://new.example/v1", "k-789"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, id := stocked(t)
			test.trial.ProviderID = id
			steps, err := b.TestProvider(t.Context(), admin, test.trial)
			require.NoError(t, err)
			require.Len(t, steps, 1)
			require.Equal(t, []string{test.address, test.key}, b.net.trials[0][:2])
			require.Equal(t, audit.Event{
				Action: audit.ProviderTested, Actor: admin, Target: string(id), Details: map[audit.Key]string{audit.KeyTo: test.address},
			}, b.log.events[len(b.log.events)-1])
		})
	}

	t.Run("an address that nobody has stored has no key", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{EnvKey: "secret"}, "m")
		_, err := b.TestProvider(t.Context(), admin, model.Trial{BaseURL: home})
		require.NoError(t, err)
		_, err = b.TestProvider(t.Context(), admin, model.Trial{ProviderID: b.tables.providers[0].ID})
		require.NoError(t, err)
		require.Equal(t, [][3]string{{home, "", "m"}, {home, "secret", "m"}}, b.net.trials, "the environment's key is for its own provider")
	})

	t.Run("what cannot be is named, and what is not recorded is not tried", func(t *testing.T) {
		t.Parallel()
		b, id := stocked(t)
		for field, trial := range map[string]model.Trial{
			"base_url": {},
			"key":      {ProviderID: id, Key: ptr("a b")},
			"model":    {ProviderID: id, Model: strings.Repeat("x", 201)},
		} {
			_, err := b.TestProvider(t.Context(), admin, trial)
			require.ErrorIs(t, err, app.ErrInvalidInput)
			require.Equal(t, field, app.AsError(err).Details[0].Field)
		}
		_, err := b.TestProvider(t.Context(), admin, model.Trial{ProviderID: "none"})
		require.ErrorIs(t, err, app.ErrNotFound)
		b.box.lost = true
		_, err = b.TestProvider(t.Context(), admin, model.Trial{ProviderID: id})
		require.ErrorIs(t, err, app.ErrInvalidInput)
		b.box.lost, b.log.full = false, app.ErrUnavailable
		_, err = b.TestProvider(t.Context(), admin, model.Trial{ProviderID: id})
		require.ErrorIs(t, err, app.ErrUnavailable)
		require.Empty(t, b.net.trials)
	})

	t.Run("the model that is asked is the named one, one that is on here, or one that chats", func(t *testing.T) {
		t.Parallel()
		b := started(t, model.Options{}, "text-embedding-3", "a", "b")
		id := b.tables.providers[0].ID
		b.edit(t, "a", model.ModelChange{Enabled: to(false)})
		try := func(trial model.Trial) string {
			_, err := b.TestProvider(t.Context(), admin, trial)
			require.NoError(t, err)
			return b.net.trials[len(b.net.trials)-1][2]
		}
		require.Equal(t, "z", try(model.Trial{ProviderID: id, Model: " z"}))
		require.Equal(t, "b", try(model.Trial{ProviderID: id}))
		require.Equal(t, "a", try(model.Trial{BaseURL: home}))
		_, err := b.AddModel(t.Context(), admin, id, "by hand")
		require.NoError(t, err)
		b.lists(home)
		b.edit(t, "b", model.ModelChange{Enabled: to(false)})
		require.Equal(t, "by hand", try(model.Trial{ProviderID: id}))
		require.Empty(t, try(model.Trial{BaseURL: "http://empty/v1"}))
	})
}
