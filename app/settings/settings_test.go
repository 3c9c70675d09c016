package settings_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/settings"
)

// world is a registry on a table in memory, with a clock that stands.
type world struct {
	*settings.Registry
	rows    map[settings.Name]json.RawMessage
	reads   int
	fail    error
	present time.Time
	events  []audit.Event
	told    []string
	log     bytes.Buffer
	// between is done after rows were read and before they are answered.
	between func()
}

func (w *world) GetAll(context.Context) (map[settings.Name]json.RawMessage, error) {
	w.reads++
	rows := map[settings.Name]json.RawMessage{}
	for name, value := range w.rows {
		rows[name] = value
	}
	if w.between != nil {
		w.between()
	}
	return rows, w.fail
}

func (w *world) Put(_ context.Context, name settings.Name, value json.RawMessage, _ app.UserID, _ time.Time) error {
	w.rows[name] = value
	return w.fail
}

func (w *world) Delete(_ context.Context, name settings.Name) error {
	delete(w.rows, name)
	return w.fail
}

func (w *world) InTx(ctx context.Context, work func(context.Context) error) error { return work(ctx) }

func (w *world) Record(_ context.Context, event audit.Event) error {
	w.events = append(w.events, event)
	return nil
}

func (w *world) ChatChanged(app.Changes)                      {}
func (w *world) ChatStale(app.ChatID)                         {}
func (w *world) ChatRead(app.ChatID, app.UserID, int64)       {}
func (w *world) ChatLost(app.ChatID, app.UserID)              {}
func (w *world) MineChanged(app.ChatID, app.UserID)           {}
func (w *world) SessionEnded(app.EndReason, ...app.SessionID) {}
func (w *world) UserChanged(app.UserID)                       {}
func (w *world) SettingChanged(name string)                   { w.told = append(w.told, name) }

func newWorld(t *testing.T, environment map[settings.Name]any) *world {
	t.Helper()
	w := &world{rows: map[settings.Name]json.RawMessage{}, present: time.Now()}
	log := slog.New(slog.NewTextHandler(&w.log, nil))
	var err error
	w.Registry, err = settings.NewRegistry(w, w, w, w, log, func() time.Time { return w.present }, environment)
	require.NoError(t, err)
	return w
}

var admin = app.Actor{UserID: "u", Role: app.RoleAdmin}

func TestValues(t *testing.T) {
	t.Parallel()
	t.Run("a setting has a default, the environment changes it, the database has the last word", func(t *testing.T) {
		t.Parallel()
		open, err := newWorld(t, nil).SignupsOpen(t.Context())
		require.NoError(t, err)
		require.True(t, open)
		w := newWorld(t, map[settings.Name]any{settings.Signups: false, settings.DefaultModel: "guide", settings.MaxMessageBytes: int64(2048)})
		open, err = w.SignupsOpen(t.Context())
		require.NoError(t, err)
		require.False(t, open)
		model, err := w.Text(t.Context(), settings.DefaultModel)
		require.NoError(t, err)
		require.Equal(t, "guide", model)
		require.NoError(t, w.Set(t.Context(), admin, settings.Signups, json.RawMessage(`true`)))
		open, err = w.SignupsOpen(t.Context())
		require.NoError(t, err)
		require.True(t, open)
		all, err := w.All(t.Context())
		require.NoError(t, err)
		require.Len(t, all, len(settings.Table()))
		sources := map[settings.Name]settings.Source{}
		for _, value := range all {
			sources[value.Name] = value.Source
		}
		require.Equal(t, settings.SourceDatabase, sources[settings.Signups])
		require.Equal(t, settings.SourceEnvironment, sources[settings.DefaultModel])
		require.Equal(t, settings.SourceDefault, sources[settings.MaxAnswerBytes])
		require.NoError(t, w.Reset(t.Context(), admin, settings.Signups))
		open, err = w.SignupsOpen(t.Context())
		require.NoError(t, err)
		require.False(t, open, "back to the environment")
	})
	t.Run("every default keeps the table's own limits", func(t *testing.T) {
		t.Parallel()
		environment := map[settings.Name]any{}
		for _, d := range settings.Table() {
			environment[d.Name] = d.Default
			require.NotEmpty(t, d.Help)
		}
		newWorld(t, environment)
	})
	t.Run("what the environment may not set is told with its variable", func(t *testing.T) {
		t.Parallel()
		for name, value := range map[settings.Name]any{settings.Signups: "yes", settings.MaxMessageBytes: int64(1), "volume": int64(11)} {
			_, err := settings.NewRegistry(nil, nil, nil, nil, nil, time.Now, map[settings.Name]any{name: value})
			require.Error(t, err)
		}
	})
	t.Run("a stored value that is not valid is left out, with a warning", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		w.rows[settings.Signups] = json.RawMessage(`"maybe"`)
		w.rows["gone"] = json.RawMessage(`1`)
		open, err := w.SignupsOpen(t.Context())
		require.NoError(t, err)
		require.True(t, open)
		require.Contains(t, w.log.String(), "setting=signups")
	})
	t.Run("a setting is read as what it is", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		_, err := w.Bool(t.Context(), settings.MaxMessageBytes)
		require.Error(t, err)
		_, err = w.Int(t.Context(), "volume")
		require.Error(t, err)
		n, err := w.Int(t.Context(), settings.RunsPerUser)
		require.NoError(t, err)
		require.EqualValues(t, 3, n)
	})
}

func TestCache(t *testing.T) {
	t.Parallel()
	t.Run("what was read is believed for ten seconds", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		for range 5 {
			_, err := w.SignupsOpen(t.Context())
			require.NoError(t, err)
		}
		require.Equal(t, 1, w.reads)
		w.present = w.present.Add(10 * time.Second)
		_, err := w.SignupsOpen(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, w.reads)
	})
	t.Run("or until another node tells of a change", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		_, err := w.SignupsOpen(t.Context())
		require.NoError(t, err)
		w.rows[settings.Signups] = json.RawMessage(`false`)
		w.Forget()
		open, err := w.SignupsOpen(t.Context())
		require.NoError(t, err)
		require.False(t, open)
	})
	t.Run("a change that comes while the rows are on their way is not missed", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		w.between = func() {
			w.between = nil
			w.rows[settings.Signups] = json.RawMessage(`false`)
			w.Forget()
		}
		_, err := w.SignupsOpen(t.Context())
		require.NoError(t, err)
		open, err := w.SignupsOpen(t.Context())
		require.NoError(t, err)
		require.False(t, open)
	})
	t.Run("while the database is away the last answer holds, and without one there is none", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[settings.Name]any{settings.Signups: true})
		w.fail = app.ErrUnavailable
		_, err := w.SignupsOpen(t.Context())
		require.ErrorIs(t, err, app.ErrUnavailable)
		_, err = w.All(t.Context())
		require.ErrorIs(t, err, app.ErrUnavailable)
		w.fail = nil
		_, err = w.SignupsOpen(t.Context())
		require.NoError(t, err)
		w.fail, w.present = app.ErrUnavailable, w.present.Add(time.Hour)
		open, err := w.SignupsOpen(t.Context())
		require.NoError(t, err)
		require.True(t, open)
	})
}

func TestChanges(t *testing.T) {
	t.Parallel()
	t.Run("a change is recorded, logged and told", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		require.NoError(t, w.Set(t.Context(), admin, settings.RunsPerUser, json.RawMessage(` 5 `)))
		require.JSONEq(t, `5`, string(w.rows[settings.RunsPerUser]))
		require.Len(t, w.events, 1)
		require.Equal(t, audit.SettingChanged, w.events[0].Action)
		require.Equal(t, "5", w.events[0].Details[audit.KeyTo])
		require.Equal(t, []string{"running_answers_per_user"}, w.told)
		require.Contains(t, w.log.String(), "setting.changed")
	})
	t.Run("only administrators change anything, and only what there is", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		user := app.Actor{UserID: "u", Role: app.RoleUser}
		require.ErrorIs(t, w.Set(t.Context(), user, "volume", json.RawMessage(`11`)), app.ErrForbidden)
		require.ErrorIs(t, w.Reset(t.Context(), app.Actor{}, settings.Signups), app.ErrForbidden)
		require.ErrorIs(t, w.Set(t.Context(), admin, "volume", json.RawMessage(`11`)), app.ErrNotFound)
		require.Empty(t, w.rows)
		require.Empty(t, w.told)
	})
	t.Run("a value keeps the table's rules", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		for name, values := range map[settings.Name][]string{
			settings.Signups:      {`1`, `"true"`, `null`, ``, `{`},
			settings.RunsPerUser:  {`0`, `101`, `1.5`, `1e99`, `"3"`, `true`},
			settings.DefaultModel: {`1`, `"\u0000"`, `["guide"]`, `"` + string(bytes.Repeat([]byte("x"), 101)) + `"`},
		} {
			for _, value := range values {
				err := w.Set(t.Context(), admin, name, json.RawMessage(value))
				require.ErrorIs(t, err, app.ErrInvalidInput, "%s = %s", name, value)
				require.Equal(t, string(name), app.AsError(err).Details[0].Field)
			}
		}
		require.Empty(t, w.rows)
	})
	t.Run("what could not be stored is told to nobody", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		w.fail = errors.New("away")
		require.Error(t, w.Set(t.Context(), admin, settings.Signups, json.RawMessage(`false`)))
		require.Empty(t, w.told)
		require.Empty(t, w.events)
	})
	t.Run("whatever is sent, what is stored can be read again", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(rt *rapid.T) {
			w := newWorld(t, nil)
			d := rapid.SampledFrom(settings.Table()).Draw(rt, "setting")
			raw := rapid.OneOf(rapid.StringMatching(`-?[0-9]{1,9}|true|false|"[a-z\\]{0,20}"`), rapid.String()).Draw(rt, "value")
			if err := w.Set(t.Context(), admin, d.Name, json.RawMessage(raw)); err != nil {
				require.ErrorIs(rt, err, app.ErrInvalidInput)
				return
			}
			all, err := w.All(t.Context())
			require.NoError(rt, err)
			for _, value := range all {
				require.Equal(rt, value.Name == d.Name, value.Source == settings.SourceDatabase)
			}
		})
	})
}
