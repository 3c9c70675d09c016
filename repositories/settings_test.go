package repositories_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/settings"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	stored := repositories.NewSettingsRepository(pgtest.New(t))
	all, err := stored.GetAll(t.Context())
	require.NoError(t, err)
	require.Empty(t, all)
	require.NoError(t, stored.Put(t.Context(), settings.Signups, json.RawMessage(`true`), app.NewID[app.UserID](), moment()))
	require.NoError(t, stored.Put(t.Context(), settings.Signups, json.RawMessage(`false`), "", moment()))
	require.NoError(t, stored.Put(t.Context(), settings.DefaultModel, json.RawMessage(`"guide"`), "", moment()))
	all, err = stored.GetAll(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.JSONEq(t, `false`, string(all[settings.Signups]))
	require.JSONEq(t, `"guide"`, string(all[settings.DefaultModel]))
	for range 2 {
		require.NoError(t, stored.Delete(t.Context(), settings.Signups))
	}
	all, err = stored.GetAll(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1)
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
