package repositories_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/app/model"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

func envProvider(baseURL string) app.Provider {
	return app.Provider{ID: app.NewID[app.ProviderID](), Name: "env", BaseURL: baseURL, Source: model.SourceEnv, Enabled: true}
}

func entry(provider app.ProviderID, id, upstream string, position int) model.Entry {
	return model.Entry{ID: id, ProviderID: provider, Upstream: upstream, Name: upstream, Enabled: true, Position: position}
}

func TestProviderOfTheEnvironment(t *testing.T) {
	t.Parallel()
	models := repositories.NewModelRepository(pgtest.New(t))
	require.NoError(t, models.DisableEnv(t.Context()), "none is no failure")

	first := envProvider("http://one/v1")
	id, err := models.SaveEnv(t.Context(), first)
	require.NoError(t, err)
	require.Equal(t, first.ID, id)
	require.NoError(t, models.DisableEnv(t.Context()))
	providers, _, err := models.Load(t.Context())
	require.NoError(t, err)
	require.False(t, providers[0].Enabled)

	id, err = models.SaveEnv(t.Context(), envProvider("http://two/v1"))
	require.NoError(t, err)
	require.Equal(t, first.ID, id, "it is renewed, not made anew")
	first.BaseURL = "http://two/v1"
	providers, entries, err := models.Load(t.Context())
	require.NoError(t, err)
	require.Equal(t, []model.Provider{{Provider: first}}, providers)
	require.Empty(t, entries)
}

func anyway([]model.Provider) error { return nil }

func TestTheFirstProvider(t *testing.T) {
	t.Parallel()
	models := repositories.NewModelRepository(pgtest.New(t))
	var nodes sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		nodes.Go(func() {
			made := model.Provider{Provider: app.Provider{ID: app.NewID[app.ProviderID](), Name: "x", BaseURL: "http://one/v1", Source: model.SourceDatabase, Enabled: true}}
			results[i] = models.CreateProvider(t.Context(), made, func(there []model.Provider) error {
				if len(there) > 0 {
					return app.ErrConflict
				}
				return nil
			})
		})
	}
	nodes.Wait()
	refused := 0
	for _, err := range results {
		if err != nil {
			require.ErrorIs(t, err, app.ErrConflict)
			refused++
		}
	}
	require.Equal(t, len(results)-1, refused, "who looks whether he is first is alone")
	providers, _, err := models.Load(t.Context())
	require.NoError(t, err)
	require.Len(t, providers, 1)
}

func TestSaveModels(t *testing.T) {
	t.Parallel()
	models := repositories.NewModelRepository(pgtest.New(t))
	id, err := models.SaveEnv(t.Context(), envProvider("http://one/v1"))
	require.NoError(t, err)
	a, b, c := entry(id, "a", "A", 2), entry(id, "b", "B", 1), entry(id, "c", "C", 1)
	require.NoError(t, models.SaveModels(t.Context(), model.Changes{}))
	require.NoError(t, models.SaveModels(t.Context(), model.Changes{Add: []model.Entry{a, b}}))

	list := func() []model.Entry {
		_, entries, err := models.Load(t.Context())
		require.NoError(t, err)
		return entries
	}
	require.Equal(t, []model.Entry{b, a}, list(), "in their order")

	b.ContextSize = 4096
	require.NoError(t, models.SaveModels(t.Context(), model.Changes{
		Add: []model.Entry{c, entry(id, "a", "taken id", 5), entry(id, "new", "B", 6)}, Resize: []model.Entry{b}, Gone: []string{"none"},
	}))
	require.Equal(t, []model.Entry{b, c, a}, list(), "what is taken is left out")

	require.NoError(t, models.SaveModels(t.Context(), model.Changes{Gone: []string{"a", "b"}}))
	require.Equal(t, []model.Entry{c}, list())

	stray := entry(app.NewID[app.ProviderID](), "x", "X", 0)
	err = models.SaveModels(t.Context(), model.Changes{Gone: []string{"c"}, Add: []model.Entry{stray}})
	require.ErrorIs(t, err, app.ErrNotFound, "a provider that is gone")
	require.Equal(t, []model.Entry{c}, list(), "all or nothing")
}

func TestStoredProviders(t *testing.T) {
	t.Parallel()
	models := repositories.NewModelRepository(pgtest.New(t))
	provider := model.Provider{
		Provider: app.Provider{ID: app.NewID[app.ProviderID](), Name: "Shop", BaseURL: "https://shop/v1", Source: model.SourceDatabase, Enabled: true},
		Key:      model.Sealed{KeyID: "k1", Nonce: []byte{1, 0}, Ciphertext: []byte{2, 255}},
	}
	require.NoError(t, models.CreateProvider(t.Context(), provider, anyway))
	require.ErrorIs(t, models.CreateProvider(t.Context(), provider, anyway), app.ErrConflict)

	want := provider
	want.Name, want.BaseURL, want.Enabled, want.Key = "Stall", "https://stall/v1", false, model.Sealed{}
	require.NoError(t, models.ChangeProvider(t.Context(), provider.ID, func(was model.Provider) (model.Provider, error) {
		require.Equal(t, provider, was)
		return want, nil
	}))
	refused := errors.New("refused")
	err := models.ChangeProvider(t.Context(), provider.ID, func(was model.Provider) (model.Provider, error) {
		require.Equal(t, want, was)
		return provider, refused
	})
	require.ErrorIs(t, err, refused)
	stored, _, err := models.Load(t.Context())
	require.NoError(t, err)
	require.Equal(t, []model.Provider{want}, stored, "a refused change changes nothing")

	err = models.ChangeProvider(t.Context(), app.NewID[app.ProviderID](), nil)
	require.ErrorIs(t, err, app.ErrNotFound)
}

func TestDefaultModelOfAUser(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	models := repositories.NewModelRepository(db)
	name, err := models.DefaultModel(t.Context(), app.NewID[app.UserID]())
	require.NoError(t, err)
	require.Empty(t, name)

	user := app.User{ID: app.NewID[app.UserID](), Email: "Ada@example.org", Name: "Ada", Role: app.RoleUser, Status: app.UserActive}
	require.NoError(t, repositories.NewUserRepository(db).Create(t.Context(), auth.Account{User: user, EmailKey: "ada@example.org"}))
	settings := app.UserSettings{Theme: "dark", Language: "de", DefaultModel: "guide"}
	require.NoError(t, repositories.NewUserSettingsRepository(db).Put(t.Context(), user.ID, settings))
	name, err = models.DefaultModel(t.Context(), user.ID)
	require.NoError(t, err)
	require.Equal(t, "guide", name)
}
