package model

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/quillium/quillium/app"
)

// catalogue is what the tables held at one time. It never changes.
type catalogue struct {
	at        time.Time
	providers map[app.ProviderID]Provider
	// order is that of the providers.
	order   []app.ProviderID
	entries []Entry
	// byName has each model under its id and its aliases.
	byName map[string]Entry
}

// current is the catalogue, at most cacheFor old. While the database is away
// the last one goes on to hold.
func (s *Service) current(ctx context.Context) (*catalogue, error) {
	if known := s.fresh(); known != nil {
		return known, nil
	}
	s.loading.Lock()
	defer s.loading.Unlock()
	if known := s.fresh(); known != nil {
		return known, nil
	}
	// Others wait for this look, so that it must not end with its caller.
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), cacheFor)
	defer cancel()
	loaded, err := s.load(bounded)
	last := s.cached.Load()
	switch {
	case err == nil:
		s.cached.Store(loaded)
		return loaded, nil
	case last == nil:
		return nil, err
	}
	s.Log.Warn("models: the catalogue cannot be read; the last one holds", "error", err)
	kept := *last
	kept.at = s.options.Now().Add(time.Second - cacheFor)
	s.cached.Store(&kept)
	return &kept, nil
}

func (s *Service) fresh() *catalogue {
	known := s.cached.Load()
	if known == nil || s.options.Now().Sub(known.at) >= cacheFor {
		return nil
	}
	return known
}

// changed throws the catalogue away. A look that has begun ends first, so that
// what it saw before the change is not kept.
func (s *Service) changed() {
	s.Forget()
	if s.options.Changed != nil {
		s.options.Changed()
	}
}

// Forget makes whoever asks next read the catalogue anew; it is for when
// another node has changed it.
func (s *Service) Forget() {
	s.loading.Lock()
	defer s.loading.Unlock()
	if last := s.cached.Load(); last != nil {
		old := *last
		old.at = time.Time{}
		s.cached.Store(&old)
	}
}

func (s *Service) load(ctx context.Context) (*catalogue, error) {
	at := s.options.Now()
	providers, entries, err := s.Models.Load(ctx)
	if err != nil {
		return nil, err
	}
	known := newCatalogue(providers, entries)
	known.at = at
	return known, nil
}

func newCatalogue(providers []Provider, entries []Entry) *catalogue {
	known := &catalogue{
		entries:   entries,
		providers: make(map[app.ProviderID]Provider, len(providers)),
		byName:    make(map[string]Entry, len(entries)),
	}
	for _, provider := range providers {
		known.providers[provider.ID] = provider
		known.order = append(known.order, provider.ID)
	}
	for _, entry := range entries {
		known.byName[entry.ID] = entry
		for _, alias := range entry.Aliases {
			known.byName[alias] = entry
		}
	}
	return known
}

// choose is the default of the instance where the user may ask it, else the
// first that he may.
func (c *catalogue) choose(wanted string, user app.UserID) string {
	if wanted == app.GuideModel {
		return wanted
	}
	if entry, found := c.find(wanted); found && c.mayAsk(entry, user) {
		return entry.ID
	}
	for _, entry := range c.entries {
		if c.mayAsk(entry, user) {
			return entry.ID
		}
	}
	return app.GuideModel
}

// standard is the default of the instance as administrators see it: the one
// that they chose, whomever it is for, else the first that everyone may ask.
func (c *catalogue) standard(wanted string) string {
	if entry, found := c.find(wanted); found && c.enabled(entry) {
		return entry.ID
	}
	return c.choose(wanted, "")
}

func (c *catalogue) enabled(entry Entry) bool {
	return entry.Enabled && c.providers[entry.ProviderID].Enabled
}

func (c *catalogue) mayAsk(entry Entry, user app.UserID) bool {
	return c.enabled(entry) && entry.allows(user)
}

// find looks for an id, an alias or a provider's own name, the environment's
// first: the two variables belong together.
func (c *catalogue) find(name string) (Entry, bool) {
	if name == "" {
		return Entry{}, false
	}
	found, known := c.byName[strings.ToLower(name)]
	for _, entry := range c.entries {
		if entry.Upstream != name && (!known || entry.UID != found.UID) {
			continue
		}
		if c.providers[entry.ProviderID].Source == SourceEnv {
			return entry, true
		}
		if !known {
			found, known = entry, true
		}
	}
	return found, known
}

// place is where a model stands of a model in the order of all; -1 where there is none.
func (c *catalogue) place(uid app.ModelUID) int {
	return slices.IndexFunc(c.entries, func(e Entry) bool { return e.UID == uid })
}
