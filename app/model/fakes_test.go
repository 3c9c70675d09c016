package model_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/llmtest"
	"github.com/quillium/quillium/app/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tables is a repository in memory that counts how often it is read.
type tables struct {
	mu        sync.Mutex
	providers []model.Provider
	entries   []model.Entry
	wishes    map[app.UserID]string
	loads     int
	reads     int
	down      error
}

var (
	_ model.Repository  = (*tables)(nil)
	_ model.Preferences = (*tables)(nil)
)

func (f *tables) Load(context.Context) ([]model.Provider, []model.Entry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loads++
	slices.SortStableFunc(f.entries, func(a, b model.Entry) int { return a.Position - b.Position })
	return slices.Clone(f.providers), slices.Clone(f.entries), f.down
}

func (f *tables) SaveEnv(_ context.Context, provider app.Provider) (app.ProviderID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.providers {
		if f.providers[i].Source == model.SourceEnv {
			provider.ID = f.providers[i].ID
			f.providers[i].Provider = provider
			return provider.ID, f.down
		}
	}
	f.providers = append(f.providers, model.Provider{Provider: provider})
	return provider.ID, f.down
}

func (f *tables) DisableEnv(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.providers {
		if f.providers[i].Source == model.SourceEnv {
			f.providers[i].Enabled = false
		}
	}
	return f.down
}

func (f *tables) SaveModels(_ context.Context, changes model.Changes) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entries = slices.DeleteFunc(f.entries, func(e model.Entry) bool { return slices.Contains(changes.Gone, e.ID) })
	for _, changed := range changes.Resize {
		for i := range f.entries {
			if f.entries[i].ID == changed.ID {
				f.entries[i].ContextSize = changed.ContextSize
			}
		}
	}
	f.entries = append(f.entries, changes.Add...)
	return f.down
}

func (f *tables) CreateProvider(_ context.Context, provider model.Provider, may func([]model.Provider) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := may(slices.Clone(f.providers)); err != nil {
		return err
	}
	f.providers = append(f.providers, provider)
	return f.down
}

func (f *tables) ChangeProvider(_ context.Context, id app.ProviderID, change func(model.Provider) (model.Provider, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, provider := range f.providers {
		if provider.ID == id {
			changed, err := change(provider)
			if err == nil {
				f.providers[i] = changed
			}
			return err
		}
	}
	return app.ErrNotFound
}

func (f *tables) DefaultModel(_ context.Context, user app.UserID) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	return f.wishes[user], f.down
}

func (f *tables) provider(t *testing.T, id app.ProviderID) model.Provider {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, provider := range f.providers {
		if provider.ID == id {
			return provider
		}
	}
	require.Fail(t, "no such provider")
	return model.Provider{}
}

// journal keeps what was recorded, and fails where it is full.
type journal struct {
	mu     sync.Mutex
	events []audit.Event
	full   error
}

// within marks the context of a transaction.
type within struct{}

func (j *journal) InTx(ctx context.Context, work func(context.Context) error) error {
	return work(context.WithValue(ctx, within{}, true))
}

func (j *journal) Record(ctx context.Context, event audit.Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if ctx.Value(within{}) == nil {
		return errors.New("recorded outside of the transaction")
	}
	j.events = append(j.events, event)
	return j.full
}

// openBox seals by writing the key's bytes backwards behind its place.
type openBox struct{ lost bool }

func (b *openBox) Seal(plain, aad []byte) (string, []byte, []byte, error) {
	sealed := slices.Clone(plain)
	slices.Reverse(sealed)
	return "k1", []byte("nonce"), append(append(slices.Clone(aad), 0), sealed...), nil
}

func (b *openBox) Open(_ string, _, ciphertext, aad []byte) ([]byte, error) {
	sealed, ours := bytes.CutPrefix(ciphertext, append(slices.Clone(aad), 0))
	if b.lost || !ours {
		return nil, errors.New("box: unknown key")
	}
	plain := slices.Clone(sealed)
	slices.Reverse(plain)
	return plain, nil
}

// internet has the endpoints, by address, and remembers the key each was shown.
type internet struct {
	mu        sync.Mutex
	endpoints map[string]*llmtest.Provider
	keys      map[string]string
}

func (n *internet) dial(baseURL, key string) (llm.Endpoint, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !strings.HasPrefix(baseURL, "http") || strings.Contains(key, " ") {
		return nil, errors.New("cannot be used")
	}
	if n.endpoints[baseURL] == nil {
		n.endpoints[baseURL] = llmtest.New().Lists(nil)
	}
	return &line{Provider: n.endpoints[baseURL], net: n, baseURL: baseURL, with: key}, nil
}

// line is a client: asked for a list, it shows its key.
type line struct {
	*llmtest.Provider
	net           *internet
	baseURL, with string
}

func (l *line) ListModels(ctx context.Context) ([]llm.Listing, error) {
	l.net.mu.Lock()
	l.net.keys[l.baseURL] = l.with
	l.net.mu.Unlock()
	return l.Provider.ListModels(ctx)
}

func (l *line) Close() {}

func (n *internet) key(baseURL string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.keys[baseURL]
}

// bench is a service on fakes, with a clock that stands still.
type bench struct {
	*model.Service
	tables *tables
	log    *journal
	net    *internet
	box    *openBox
	guide  *llmtest.Provider
	mu     sync.Mutex
	now    time.Time
}

const home = "http://home:1/v1"

var (
	ada   = app.Actor{UserID: "ada", Role: app.RoleUser}
	admin = app.Actor{UserID: "eve", Role: app.RoleAdmin}
)

func newBench(options model.Options) *bench {
	b := &bench{
		tables: &tables{wishes: map[app.UserID]string{}}, log: new(journal), box: new(openBox), guide: llmtest.New(),
		net: &internet{endpoints: map[string]*llmtest.Provider{}, keys: map[string]string{}},
		now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	options.Now = b.clock
	b.Service = model.NewService(b.tables, b.tables, b.log, b.log, b.guide, b.box, b.net.dial, slog.New(slog.DiscardHandler), options)
	return b
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// started is a bench whose home endpoint lists these models and was looked at.
func started(t *testing.T, options model.Options, names ...string) *bench {
	t.Helper()
	options.EnvBaseURL = home
	b := newBench(options)
	b.lists(home, names...)
	require.NoError(t, b.Sync(t.Context()))
	b.Refresh(t.Context())
	return b
}

func (b *bench) lists(baseURL string, names ...string) {
	var models []llm.Listing
	for _, name := range names {
		models = append(models, llm.Listing{Name: name})
	}
	b.net.mu.Lock()
	defer b.net.mu.Unlock()
	if b.net.endpoints[baseURL] == nil {
		b.net.endpoints[baseURL] = llmtest.New()
	}
	b.net.endpoints[baseURL].Lists(nil, models...)
}

func (b *bench) fails(baseURL string, err error) { b.net.endpoints[baseURL].Lists(err) }

// ids are the models that somebody sees, the default with a star.
func (b *bench) ids(t *testing.T, actor app.Actor) []string {
	t.Helper()
	var ids []string
	for id, m := range b.models(t, actor) {
		if m.Default {
			id += "*"
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (b *bench) models(t *testing.T, actor app.Actor) map[string]app.Model {
	t.Helper()
	list, err := b.GetModels(t.Context(), actor)
	require.NoError(t, err)
	require.Equal(t, app.GuideModel, list[len(list)-1].ID)
	byID := map[string]app.Model{}
	for _, m := range list {
		byID[m.ID] = m
	}
	require.Len(t, slices.Collect(maps.Keys(byID)), len(list))
	return byID
}
