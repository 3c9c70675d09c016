package settings_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/settings"
)

// world is a registry on a table in memory, with a clock that stands.
type world struct {
	*settings.Registry
	present time.Time

	mu     sync.Mutex
	rows   map[settings.Name]settings.Stored
	logos  map[string][]byte
	events []audit.Event
	told   []string
	reads  int
	fail   error
	locked bool
	log    bytes.Buffer
}

func (w *world) GetAll(context.Context) (map[settings.Name]settings.Stored, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reads++
	return maps.Clone(w.rows), w.fail
}

func (w *world) Lock(context.Context) error {
	w.locked = true
	return w.fail
}

func (w *world) Put(_ context.Context, name settings.Name, value json.RawMessage, by app.UserID, at time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rows[name] = settings.Stored{Value: value, By: &app.Person{ID: by, Name: "Root"}, At: at}
	return w.fail
}

func (w *world) Delete(_ context.Context, name settings.Name) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.rows, name)
	return w.fail
}

func (w *world) History(_ context.Context, name settings.Name, limit int) (list []settings.Change, err error) {
	for _, event := range w.events[max(0, len(w.events)-limit):] {
		if event.Target == string(name) {
			list = append(list, settings.Change{From: event.Details[audit.KeyFrom], To: event.Details[audit.KeyTo]})
		}
	}
	return list, w.fail
}

// InTx undoes what was done where it fails.
func (w *world) InTx(ctx context.Context, work func(context.Context) error) error {
	w.mu.Lock()
	before, events := maps.Clone(w.rows), w.events
	w.mu.Unlock()
	err := work(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.locked = false; err != nil {
		w.rows, w.events = before, events
	}
	return err
}

func (w *world) Record(_ context.Context, event audit.Event) error {
	w.events = append(w.events, event)
	return nil
}

// set changes a row as another node does.
func (w *world) set(name settings.Name, value string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rows[name] = settings.Stored{Value: json.RawMessage(value)}
}

// logos is the world as it keeps pictures.
type logos struct{ w *world }

func (l logos) Get(_ context.Context, hash string) ([]byte, error) {
	l.w.reads++
	return l.w.logos[hash], l.w.fail
}

func (l logos) Put(_ context.Context, hash string, png []byte) error {
	l.w.logos = map[string][]byte{hash: png}
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

func newWorld(t testing.TB, environment map[settings.Name]any) *world {
	t.Helper()
	w := &world{rows: map[settings.Name]settings.Stored{}, present: time.Now()}
	var err error
	w.Registry, err = settings.NewRegistry(settings.Parts{
		Tx: w, Settings: w, Logos: logos{w}, Audit: w, Signals: w,
		Log: slog.New(slog.NewTextHandler(&w.log, nil)), Now: func() time.Time { return w.present },
	}, environment)
	require.NoError(t, err)
	return w
}

var admin = app.Actor{UserID: "u", Role: app.RoleAdmin}

// values are settings and their JSON, in turn.
func values(pairs ...string) map[settings.Name]json.RawMessage {
	wanted := map[settings.Name]json.RawMessage{}
	for i := 0; i+1 < len(pairs); i += 2 {
		wanted[settings.Name(pairs[i])] = json.RawMessage(pairs[i+1])
	}
	return wanted
}

// value is how a setting is shown.
func (w *world) value(t testing.TB, name settings.Name) settings.Value {
	t.Helper()
	all, err := w.Registry.GetAll(t.Context(), admin)
	require.NoError(t, err)
	for _, one := range all {
		if one.Name == name {
			return one
		}
	}
	require.Fail(t, "there is no setting "+string(name))
	return settings.Value{}
}
