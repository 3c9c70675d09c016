package model_test

import (
	"bytes"
	"cmp"
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
	_ model.Repository         = (*tables)(nil)
	_ model.ProviderRepository = (*tables)(nil)
	_ model.Preferences        = (*tables)(nil)
)

func (f *tables) Load(context.Context) ([]model.Provider, []model.Entry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loads++
	f.sort()
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

func (f *tables) ChangeModels(_ context.Context, change func([]model.Provider, []model.Entry) (model.Changes, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return f.down
	}
	f.sort()
	changes, err := change(slices.Clone(f.providers), slices.Clone(f.entries))
	if err != nil {
		return err
	}
	f.entries = slices.DeleteFunc(f.entries, func(e model.Entry) bool { return slices.Contains(changes.Gone, e.UID) })
	for _, changed := range changes.Update {
		for i := range f.entries {
			if f.entries[i].UID == changed.UID {
				f.entries[i] = changed
			}
		}
	}
	f.entries = append(f.entries, changes.Add...)
	return nil
}

func (f *tables) sort() {
	slices.SortStableFunc(f.entries, func(a, b model.Entry) int {
		return cmp.Or(a.Position-b.Position, strings.Compare(a.ID, b.ID))
	})
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

func (f *tables) DeleteProvider(_ context.Context, id app.ProviderID, may func(model.Provider) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, provider := range f.providers {
		if provider.ID == id {
			if err := may(provider); err != nil {
				return err
			}
			f.providers = slices.Delete(f.providers, i, i+1)
			f.entries = slices.DeleteFunc(f.entries, func(e model.Entry) bool { return e.ProviderID == id })
			return nil
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

// bench is a service on fakes, with a clock that stands still.
type bench struct {
	*model.Service
	tables *tables
	log    *journal
	chosen *setting
	net    *internet
	box    *openBox
	guide  *llmtest.Provider
	mu     sync.Mutex
	now    time.Time
}

const home = "http://home:1/v1"

var (
	ada   = app.Actor{UserID: "ada", Role: app.RoleUser}
	bob   = app.Actor{UserID: "bob", Role: app.RoleUser}
	admin = app.Actor{UserID: "eve", Role: app.RoleAdmin}

	everybody = crowd{{ID: "ada", Name: "Ada", Email: "ada@example.org"}, {ID: "bob", Name: "Bob", Email: "bob@example.org"}}
)

func newBench(options model.Options) *bench {
	b := &bench{
		tables: &tables{wishes: map[app.UserID]string{}}, log: new(journal), box: new(openBox), guide: llmtest.New(),
		net: &internet{endpoints: map[string]*llmtest.Provider{}, keys: map[string]string{}},
		now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	b.chosen = &setting{model: options.DefaultModel}
	b.Service = b.again(options)
	return b
}

// again is another service on the same fakes: a later start, or another node.
func (b *bench) again(options model.Options) *model.Service {
	options.Now = b.clock
	return model.NewService(model.Parts{
		Models: b.tables, Providers: b.tables, Preferences: b.tables, People: everybody, Standard: b.chosen, Tx: b.log, Audit: b.log,
		Guide: b.guide, Box: b.box, Dial: b.net.dial, Inspect: b.net.inspect, Log: slog.New(slog.DiscardHandler),
	}, options)
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
