package repositories_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/settings"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	at := moment()
	db := pgtest.New(t)
	stored := repositories.NewSettingsRepository(db)
	all, err := stored.GetAll(t.Context())
	require.NoError(t, err)
	require.Empty(t, all)
	require.NoError(t, stored.Put(t.Context(), settings.Signups, json.RawMessage(`true`), app.NewID[app.UserID](), at), "by one who is gone")
	ada := register(t, accounts(t, db), "ada@example.org").User
	require.NoError(t, stored.Put(t.Context(), settings.Banner, json.RawMessage(`"Hello"`), ada.ID, at))
	require.NoError(t, stored.Put(t.Context(), settings.Signups, json.RawMessage(`false`), "", at))
	require.NoError(t, stored.Put(t.Context(), settings.DefaultModel, json.RawMessage(`"guide"`), "", at))
	all, err = stored.GetAll(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.JSONEq(t, `false`, string(all[settings.Signups].Value))
	require.Nil(t, all[settings.Signups].By)
	require.JSONEq(t, `"guide"`, string(all[settings.DefaultModel].Value))
	require.Equal(t, settings.Stored{Value: json.RawMessage(`"Hello"`), By: &app.Person{ID: ada.ID, Name: "Ada"}, At: at}, all[settings.Banner])
	for range 2 {
		require.NoError(t, stored.Delete(t.Context(), settings.Signups))
	}
	all, err = stored.GetAll(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.NoError(t, db.InTx(t.Context(), stored.Lock))
}

func TestHistoryOfASetting(t *testing.T) {
	t.Parallel()
	at := moment()
	db := pgtest.New(t)
	stored, events := repositories.NewSettingsRepository(db), repositories.NewAuditRepository(db)
	ada := register(t, accounts(t, db), "ada@example.org").User
	for i, who := range []app.UserID{ada.ID, app.NewID[app.UserID](), ""} {
		require.NoError(t, events.Create(t.Context(), audit.Event{
			ID: app.NewID[string](), At: at.Add(time.Duration(i) * time.Second), Action: audit.SettingChanged, Target: "banner", Actor: app.Actor{UserID: who},
			Details: map[audit.Key]string{audit.KeyFrom: strconv.Itoa(i), audit.KeyTo: strconv.Itoa(i + 1)},
		}))
	}
	require.NoError(t, events.Create(t.Context(), audit.Event{ID: app.NewID[string](), At: at, Action: audit.SettingChanged, Target: "signups"}))
	history, err := stored.History(t.Context(), settings.Banner, 20)
	require.NoError(t, err)
	require.Equal(t, []settings.Change{
		{At: at.Add(2 * time.Second), From: "2", To: "3"},
		{At: at.Add(time.Second), From: "1", To: "2"},
		{At: at, By: &app.Person{ID: ada.ID, Name: "Ada"}, From: "0", To: "1"},
	}, history)
	history, err = stored.History(t.Context(), settings.Banner, 1)
	require.NoError(t, err)
	require.Len(t, history, 1)
}

func TestLogos(t *testing.T) {
	t.Parallel()
	logos := repositories.NewLogoRepository(pgtest.New(t))
	_, err := logos.Get(t.Context(), "a")
	require.ErrorIs(t, err, app.ErrNotFound)
	for _, hash := range []string{"a", "b", "b"} {
		require.NoError(t, logos.Put(t.Context(), hash, []byte("picture "+hash)))
	}
	png, err := logos.Get(t.Context(), "b")
	require.NoError(t, err)
	require.Equal(t, "picture b", string(png))
	_, err = logos.Get(t.Context(), "a")
	require.ErrorIs(t, err, app.ErrNotFound, "there is one at a time")
}

func TestAudit(t *testing.T) {
	t.Parallel()
	events := repositories.NewAuditRepository(pgtest.New(t))
	event := audit.Event{
		ID: app.NewID[string](), At: moment(), Action: audit.UserRenamed, Target: "x",
		Actor:   app.Actor{UserID: app.NewID[app.UserID](), IP: "192.0.2.1", UserAgent: "curl", RequestID: "r"},
		Details: map[audit.Key]string{audit.KeyTo: "y"},
	}
	require.NoError(t, events.Create(t.Context(), event))
	require.ErrorIs(t, events.Create(t.Context(), event), app.ErrConflict, "it was stored")
	require.NoError(t, events.Create(t.Context(), audit.Event{ID: app.NewID[string](), At: moment(), Action: audit.SetupLinkMade}), "nobody's event")
}
