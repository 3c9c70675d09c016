package assistant

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

// store is a database of one table: what a test scripts it to be. Every call
// passes away first, and may fail there.
type store struct {
	forgotBut []app.NodeID
	mu        sync.Mutex
	away      func(call string) error
	epoch     int64
	beats     []Beat
	buried    []Beat
	orphans   []app.Ending
	held      []app.Run
	waiting   []app.Run
	claimed   []app.Run
	ended     []app.Ending
	flushed   [][]app.Chunk
	asked     [][]app.Run
	stored    map[app.MessageID]int
	past      Past
	role      app.MemberRole
	restart   func(Restart) (app.Changes, error)
	claim     func(app.Run) (app.Changes, error)
	flush     func(owner app.Owner, runs []app.Run, chunks []app.Chunk) (bool, []app.Kept, error)
	stopped   app.Changes
}

func newStore() *store { return &store{stored: map[app.MessageID]int{}, role: app.MemberEditor} }

func (s *store) call(name string) error {
	if s.away != nil {
		return s.away(name)
	}
	return nil
}

func (s *store) Register(_ context.Context, id app.NodeID) (app.Owner, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.call("register"); err != nil {
		return app.Owner{}, err
	}
	s.epoch++
	return app.Owner{Node: id, Epoch: s.epoch}, nil
}

func (s *store) Flush(_ context.Context, owner app.Owner, runs []app.Run, chunks []app.Chunk) (bool, []app.Kept, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flushed, s.asked = append(s.flushed, chunks), append(s.asked, runs)
	if err := s.call("flush"); err != nil {
		return false, nil, err
	}
	if s.flush != nil {
		return s.flush(owner, runs, chunks)
	}
	return owner.Epoch == s.epoch, s.keepAll(runs, chunks), nil
}

// keepAll is what a flush tells that stored everything.
func (s *store) keepAll(runs []app.Run, chunks []app.Chunk) []app.Kept {
	var kept []app.Kept
	for _, k := range chunks {
		if k.Part == app.PartContent {
			s.stored[k.MessageID] = k.Offset + len(k.Text)
		}
	}
	for _, r := range runs {
		kept = append(kept, app.Kept{MessageID: r.MessageID, Rev: r.Rev, Part: app.PartContent, End: s.stored[r.MessageID]})
	}
	return kept
}

func (s *store) Beats(ctx context.Context) ([]Beat, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.call("beats"); err != nil {
		return nil, err
	}
	return slices.Clone(s.beats), ctx.Err()
}

func (s *store) Bury(_ context.Context, beat Beat) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buried = append(s.buried, beat)
	s.beats = slices.DeleteFunc(s.beats, func(b Beat) bool { return b == beat })
	return true, s.call("bury")
}

func (s *store) Orphans(context.Context) ([]app.Ending, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.orphans), s.call("orphans")
}

func (s *store) Forget(_ context.Context, but app.NodeID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgotBut = append(s.forgotBut, but)
	return nil
}

func (s *store) Restart(_ context.Context, r Restart) (app.Changes, error) {
	return s.restart(r)
}

func (s *store) Stop(context.Context, app.ChatID, app.MessageID) (app.Changes, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped, 7, s.call("stop")
}

func (s *store) End(_ context.Context, e app.Ending) (app.Changes, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.call("end"); err != nil {
		return app.Changes{}, err
	}
	changes := app.Changes{ChatID: e.ChatID, From: e.Rev, Rev: e.Rev}
	if !slices.ContainsFunc(s.ended, func(o app.Ending) bool { return o.MessageID == e.MessageID && o.Rev == e.Rev }) {
		s.ended = append(s.ended, e)
		changes.Rev++
	}
	s.orphans = slices.DeleteFunc(s.orphans, func(o app.Ending) bool { return o.MessageID == e.MessageID })
	return changes, s.call("end's answer")
}

func (s *store) Waiting(context.Context, int) ([]app.Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.waiting), s.call("waiting")
}

func (s *store) Claim(_ context.Context, _ app.Owner, run app.Run) (app.Changes, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.claimed = append(s.claimed, run)
	changes, err := s.claim(run)
	if changes.Rev > changes.From {
		s.waiting = slices.DeleteFunc(s.waiting, func(r app.Run) bool { return r.MessageID == run.MessageID })
	}
	return changes, err
}

func (s *store) Held(context.Context, app.Owner) ([]app.Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.held), s.call("held")
}

func (s *store) Past(context.Context, app.ChatID, app.MessageID, int) (Past, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.past, s.call("past")
}

func (s *store) Role(context.Context, app.UserID, app.ChatID) (app.MemberRole, error) {
	return s.role, s.call("role")
}

func (s *store) Hold(ctx context.Context, _ app.UserID, _ app.ChatID, work func(context.Context, app.MemberRole) error) error {
	return work(ctx, s.role)
}

// ear hears what is told.
type ear struct {
	mu      sync.Mutex
	deltas  []app.Delta
	flushed []app.ChatID
	changes []app.Changes
	stale   []app.ChatID
}

func (e *ear) Grown(d app.Delta) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.deltas = append(e.deltas, d)
}

func (e *ear) Flushed(chats []app.ChatID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.flushed = append(e.flushed, chats...)
}

func (e *ear) ChatChanged(c app.Changes) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.changes = append(e.changes, c)
}

func (e *ear) ChatStale(id app.ChatID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stale = append(e.stale, id)
}

func (*ear) ChatRead(app.ChatID, app.UserID, int64)       {}
func (*ear) ChatLost(app.ChatID, app.UserID)              {}
func (*ear) MineChanged(app.ChatID, app.UserID)           {}
func (*ear) SessionEnded(app.EndReason, ...app.SessionID) {}
func (*ear) UserChanged(app.UserID)                       {}
func (*ear) SettingChanged(string)                        {}

// shelf is a catalogue of models by name.
type shelf struct {
	providers map[string]llm.Provider
	refusal   error
}

func (c shelf) Default(_ context.Context, _ app.Actor, chatModel string) string {
	if chatModel != "" {
		return chatModel
	}
	return "default"
}

func (c shelf) Mentions(_ context.Context, content string) []string {
	var found []string
	for _, id := range []string{"alpha", "beta"} {
		if slices.Contains(slices.Collect(splitWords(content)), "@"+id) {
			found = append(found, id)
		}
	}
	return found
}

func (c shelf) Resolve(_ context.Context, _ app.Actor, id string) (Choice, error) {
	id = strings.TrimPrefix(id, "alias-")
	if p := c.providers[id]; p != nil {
		return Choice{ID: id, Upstream: "up-" + id, Provider: p}, nil
	}
	if c.refusal != nil {
		return Choice{}, c.refusal
	}
	return Choice{}, app.Errorf(app.CodeNotFound, "There is no model %s.", id)
}

// stage is a service between fakes, in a world whose clock moves when
// everybody waits.
type stage struct {
	*Service
	*store
	*ear
	stop context.CancelFunc
}

const self = app.NodeID("self")

// play runs a test in such a world, with the loops running.
func play(t *testing.T, providers map[string]llm.Provider, set func(*Options, *store), test func(t *testing.T, s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := build(providers, set)
		ctx, stop := context.WithCancel(context.Background())
		s.stop = stop
		if err := s.Start(ctx); err != nil {
			t.Fatal(err)
		}
		test(t, s)
		s.endLife(errDraining)
		synctest.Wait()
		stop()
		s.Wait()
	})
}

func build(providers map[string]llm.Provider, set func(*Options, *store)) *stage {
	options, db, hears := Options{MaxBytes: func() int { return 100 }, Node: self}, newStore(), &ear{}
	if set != nil {
		set(&options, db)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	service := NewService(db, db, db, db, shelf{providers: providers}, hears, hears, NewLive(), log, options)
	return &stage{Service: service, store: db, ear: hears}
}

func one(model string) app.Run {
	return app.Run{ChatID: "chat", MessageID: app.NewID[app.MessageID](), Rev: 7, Asker: "ada", Model: model}
}

// set changes what the store is scripted to do.
func (s *stage) set(change func(db *store)) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	change(s.store)
}

func (s *stage) fail(with func(call string) error) { s.set(func(db *store) { db.away = with }) }

// endings are the ends stored so far.
func (s *stage) endings() []app.Ending { return seen(&s.store.mu, &s.store.ended) }

func (s *stage) told() []app.Changes { return seen(&s.ear.mu, &s.ear.changes) }

func (s *stage) staleTold() []app.ChatID { return seen(&s.ear.mu, &s.ear.stale) }

func (s *stage) grown() []app.Delta { return seen(&s.ear.mu, &s.ear.deltas) }

// seen is what a fake noted, when nobody in the bubble has anything to do.
func seen[T any](mu *sync.Mutex, list *[]T) []T {
	synctest.Wait()
	mu.Lock()
	defer mu.Unlock()
	return slices.Clone(*list)
}
