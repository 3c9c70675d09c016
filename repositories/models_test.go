package repositories_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
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
	return model.Entry{
		UID: app.NewID[app.ModelUID](), ID: id, Aliases: []string{}, ProviderID: provider, Upstream: upstream, Name: upstream,
		Enabled: true, Listed: true, Users: []app.UserID{}, Position: position,
	}
}

// become applies changes that are decided already.
func become(t *testing.T, models *repositories.ModelRepository, changes model.Changes) error {
	t.Helper()
	return models.ChangeModels(t.Context(), func([]model.Provider, []model.Entry) (model.Changes, error) { return changes, nil })
}

func account(t *testing.T, db *repositories.DB, name string) app.User {
	t.Helper()
	user := app.User{ID: app.NewID[app.UserID](), Email: name + "@example.org", Name: name, Role: app.RoleUser, Status: app.UserActive}
	require.NoError(t, repositories.NewUserRepository(db).Create(t.Context(), auth.Account{User: user, EmailKey: strings.ToLower(user.Email)}))
	return user
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

func TestChangeModels(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	models := repositories.NewModelRepository(db)
	id, err := models.SaveEnv(t.Context(), envProvider("http://one/v1"))
	require.NoError(t, err)
	a, b, c := entry(id, "a", "A", 2), entry(id, "b", "B", 1), entry(id, "c", "C", 1)
	require.NoError(t, become(t, models, model.Changes{}))
	require.NoError(t, become(t, models, model.Changes{Add: []model.Entry{a, b}}))

	list := func() []model.Entry {
		_, entries, err := models.Load(t.Context())
		require.NoError(t, err)
		return entries
	}
	require.Equal(t, []model.Entry{b, a}, list(), "in their order")

	b.ID, b.Name, b.Aliases, b.Enabled, b.Listed, b.Kept, b.Restricted = "b2", "Bee", []string{"b", "quick"}, false, false, true, true
	b.ContextSize, b.ContextOverride, b.InputPrice, b.OutputPrice, b.SystemPrompt = 4096, 2048, 1, 1<<40, "Be brief."
	require.NoError(t, become(t, models, model.Changes{
		Add: []model.Entry{c, entry(id, "a", "taken id", 5), entry(id, "new", "B", 6)}, Update: []model.Entry{b}, Gone: []app.ModelUID{app.NewID[app.ModelUID]()},
	}))
	require.Equal(t, []model.Entry{b, c, a}, list(), "what is taken is left out")

	require.NoError(t, become(t, models, model.Changes{Gone: []app.ModelUID{a.UID, b.UID}}))
	require.Equal(t, []model.Entry{c}, list())

	stray := entry(app.NewID[app.ProviderID](), "x", "X", 0)
	err = become(t, models, model.Changes{Gone: []app.ModelUID{c.UID}, Add: []model.Entry{stray}})
	require.ErrorIs(t, err, app.ErrNotFound, "a provider that is gone")
	refused := errors.New("refused")
	err = models.ChangeModels(t.Context(), func(providers []model.Provider, entries []model.Entry) (model.Changes, error) {
		require.Len(t, providers, 1)
		require.Equal(t, []model.Entry{c}, entries)
		return model.Changes{Gone: []app.ModelUID{c.UID}}, refused
	})
	require.ErrorIs(t, err, refused)
	require.Equal(t, []model.Entry{c}, list(), "all or nothing")
}

func TestModelsAreChangedOneAfterAnother(t *testing.T) {
	t.Parallel()
	models := repositories.NewModelRepository(pgtest.New(t))
	id, err := models.SaveEnv(t.Context(), envProvider("http://one/v1"))
	require.NoError(t, err)
	m := entry(id, "m", "M", 0)
	require.NoError(t, become(t, models, model.Changes{Add: []model.Entry{m}}))
	var nodes sync.WaitGroup
	for range 8 {
		nodes.Go(func() {
			err := models.ChangeModels(t.Context(), func(_ []model.Provider, entries []model.Entry) (model.Changes, error) {
				entries[0].Position++
				return model.Changes{Update: entries}, nil
			})
			assert.NoError(t, err)
		})
	}
	nodes.Wait()
	_, entries, err := models.Load(t.Context())
	require.NoError(t, err)
	require.Equal(t, 8, entries[0].Position, "nobody decides by what another is changing")
}

func TestWhoMayAskAModel(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	models, people := repositories.NewModelRepository(db), repositories.NewModelPeople(db)
	id, err := models.SaveEnv(t.Context(), envProvider("http://one/v1"))
	require.NoError(t, err)
	ada, bob := account(t, db, "Ada"), account(t, db, "Bob")
	m := entry(id, "m", "M", 0)
	require.NoError(t, become(t, models, model.Changes{Add: []model.Entry{m}}))

	choose := func(users ...app.UserID) []app.UserID {
		m.Restricted, m.Users = true, users
		require.NoError(t, become(t, models, model.Changes{Update: []model.Entry{m}}))
		_, entries, err := models.Load(t.Context())
		require.NoError(t, err)
		return entries[0].Users
	}
	require.Equal(t, []app.UserID{ada.ID, bob.ID}, choose(bob.ID, ada.ID))
	require.Equal(t, []app.UserID{bob.ID}, choose(bob.ID, app.NewID[app.UserID]()), "who is gone meanwhile is left out")
	require.Empty(t, choose())

	found, err := people.GetByEmail(t.Context(), []string{"bob@example.org", "ada@example.org", "who@example.org"})
	require.NoError(t, err)
	require.Equal(t, []string{"Ada", "Bob"}, []string{found[0].Name, found[1].Name})
	found, err = people.GetByID(t.Context(), []app.UserID{bob.ID})
	require.NoError(t, err)
	require.Equal(t, "Bob@example.org", found[0].Email)
	found, err = people.GetByID(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, found)
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

	require.NoError(t, become(t, models, model.Changes{Add: []model.Entry{entry(provider.ID, "m", "M", 0)}}))
	require.ErrorIs(t, models.DeleteProvider(t.Context(), app.NewID[app.ProviderID](), nil), app.ErrNotFound)
	err = models.DeleteProvider(t.Context(), provider.ID, func(model.Provider) error { return refused })
	require.ErrorIs(t, err, refused)
	require.NoError(t, models.DeleteProvider(t.Context(), provider.ID, func(was model.Provider) error {
		require.Equal(t, want, was)
		return nil
	}))
	stored, entries, err := models.Load(t.Context())
	require.NoError(t, err)
	require.Empty(t, stored)
	require.Empty(t, entries, "its models go with it")
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
