package model

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

// health is how the last look at a provider's list went.
type health struct {
	baseURL string
	at      time.Time
	reason  string
}

// Sync makes the provider of the environment what the environment says: the
// row is renewed, or switched off when OPENAI_BASE_URL is empty. DEFAULT_MODEL
// is known from then on even if no list ever comes. It asks no endpoint.
func (s *Service) Sync(ctx context.Context) error {
	if s.options.EnvBaseURL == "" {
		if err := s.Providers.DisableEnv(ctx); err != nil {
			return err
		}
	} else if err := s.saveEnv(ctx); err != nil {
		return err
	}
	s.changed()
	known, err := s.current(ctx)
	if err != nil {
		return err
	}
	if wanted := s.options.DefaultModel; wanted != "" && wanted != app.GuideModel {
		if _, found := known.find(wanted); !found {
			s.Log.Warn("models: DEFAULT_MODEL is no model here; the first one is the default", "default", known.choose("", ""))
		}
	}
	return nil
}

func (s *Service) saveEnv(ctx context.Context) error {
	id, err := s.Providers.SaveEnv(ctx, app.Provider{
		ID: app.NewID[app.ProviderID](), Name: hostOf(s.options.EnvBaseURL),
		BaseURL: s.options.EnvBaseURL, Source: SourceEnv, Enabled: true,
	})
	if err != nil {
		return err
	}
	wanted := s.options.DefaultModel
	if wanted == "" || wanted == app.GuideModel {
		return nil
	}
	return s.Models.ChangeModels(ctx, func(providers []Provider, entries []Entry) (Changes, error) {
		known := newCatalogue(providers, entries)
		if _, found := known.find(wanted); found {
			return Changes{}, nil
		}
		added := known.added(known.providers[id], []llm.Listing{{Name: wanted}})
		added[0].Listed = false
		return Changes{Add: added}, nil
	})
}

func hostOf(baseURL string) string {
	address, err := url.Parse(baseURL)
	if err != nil || address.Hostname() == "" {
		return "endpoint"
	}
	return address.Hostname()
}

// Run fetches lists until the context ends: at once, every five minutes, and
// when GetModels found one old. It is called once.
func (s *Service) Run(ctx context.Context) {
	ticker := time.NewTicker(refreshEvery)
	defer ticker.Stop()
	first := sync.OnceFunc(func() { close(s.looked) })
	s.running.Store(true)
	for {
		s.Refresh(ctx)
		first()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.kick:
		}
	}
}

// awaitFirstLook waits for the first lists after a start, a little.
func (s *Service) awaitFirstLook(ctx context.Context) {
	if !s.running.Load() {
		return
	}
	select {
	case <-s.looked:
		return
	default:
	}
	timer := time.NewTimer(firstLook)
	defer timer.Stop()
	select {
	case <-s.looked:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Refresh fetches the list of every enabled provider, one after another. What
// fails is logged and told as the reason of that provider's models.
func (s *Service) Refresh(ctx context.Context) {
	known, err := s.current(ctx)
	if err != nil {
		s.Log.Warn("models: no lists without the catalogue", "error", err)
		return
	}
	s.prune(known)
	for _, provider := range known.providers {
		if provider.Enabled && ctx.Err() == nil {
			s.refresh(ctx, provider)
		}
	}
}

// prune forgets what is remembered of providers that are gone.
func (s *Service) prune(known *catalogue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, last := range s.endpoints {
		if _, there := known.providers[id]; !there {
			last.close()
			delete(s.endpoints, id)
			delete(s.health, id)
		}
	}
}

// FetchModels asks a provider for its list now, and tells how that went in its
// reason. Forbidden but to administrators, not_found where there is none,
// conflict where it is switched off.
func (s *Service) FetchModels(ctx context.Context, actor app.Actor, id app.ProviderID) (app.ManagedProvider, error) {
	known, err := s.managed(ctx, actor)
	if err != nil {
		return app.ManagedProvider{}, err
	}
	provider, exists := known.providers[id]
	switch {
	case !exists:
		return app.ManagedProvider{}, app.ErrNotFound
	case !provider.Enabled:
		return app.ManagedProvider{}, app.Errorf(app.CodeConflict, "This provider is switched off; switch it on first.")
	}
	s.refresh(ctx, provider)
	return s.GetProvider(ctx, actor, id)
}

func (s *Service) refresh(ctx context.Context, provider Provider) {
	reached := s.reach(provider)
	if reached.problem != "" {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	list, err := reached.client.ListModels(bounded)
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		s.setHealth(provider, nil)
		if err = s.apply(ctx, provider, list); err != nil {
			s.Log.Warn("models: a list cannot be stored", "provider", provider.Name, "error", err)
		}
		return
	}
	s.setHealth(provider, err)
}

// setHealth keeps how a look went, and logs it when that is news. An endpoint
// without a list may be a good one: its models stay available.
func (s *Service) setHealth(provider Provider, err error) {
	reason := ""
	if err != nil && !errors.Is(err, app.ErrNotFound) {
		reason = llm.Failure(err).Message
	}
	s.mu.Lock()
	before := s.health[provider.ID]
	s.health[provider.ID] = health{baseURL: provider.BaseURL, at: s.options.Now(), reason: reason}
	s.mu.Unlock()
	switch {
	case reason == before.reason && !before.at.IsZero():
	case err != nil:
		s.Log.Warn("models: no list", "provider", provider.Name, "error", err)
	default:
		s.Log.Info("models: listed", "provider", provider.Name)
	}
}

// reason is why a provider's models cannot be asked now, "" where they can.
func (s *Service) reason(provider Provider) string {
	if problem := s.reach(provider).problem; problem != "" {
		return problem
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := s.health[provider.ID]; last.baseURL == provider.BaseURL {
		return last.reason
	}
	return ""
}

func (s *Service) refreshIfStale(known *catalogue) {
	now := s.options.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, provider := range known.providers {
		last := s.health[id]
		limit := staleAfter
		if last.reason != "" || last.baseURL != provider.BaseURL {
			limit = retryAfter
		}
		if provider.Enabled && now.Sub(last.at) > limit {
			select {
			case s.kick <- struct{}{}:
			default: // a look is due already
			}
			return
		}
	}
}
