package model

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// Filter narrows the list of models; its zero value is all of them. Query is
// searched in ids, aliases, and both names.
type Filter struct {
	Query    string
	Provider app.ProviderID
}

// Managed is what a page about models shows, all of it from one moment.
type Managed struct {
	Providers []app.ManagedProvider
	Models    app.Page[app.ManagedModel]
	// Total is how many models fit the filter, on all pages.
	Total int
	// Model is the one that was asked for, with all there is; nil for none.
	Model *app.ManagedModel
}

// GetManaged reads all that in one go: a page of models, the providers, and
// one model where uid names one. Forbidden but to administrators, not_found
// where the model is not there.
func (s *Service) GetManaged(ctx context.Context, actor app.Actor, filter Filter, page app.PageRequest, uid app.ModelUID) (Managed, error) {
	known, err := s.managed(ctx, actor)
	if err != nil {
		return Managed{}, err
	}
	all := Managed{Providers: s.providers(known)}
	if all.Models, all.Total, err = s.models(ctx, known, filter, page); err != nil || uid == "" {
		return all, err
	}
	one, err := s.model(ctx, known, uid)
	all.Model = &one
	return all, err
}

// GetProviders are all providers, longest there first. Forbidden but to
// administrators.
func (s *Service) GetProviders(ctx context.Context, actor app.Actor) ([]app.ManagedProvider, error) {
	known, err := s.managed(ctx, actor)
	if err != nil {
		return nil, err
	}
	return s.providers(known), nil
}

// GetProvider is one of them; not_found where there is none.
func (s *Service) GetProvider(ctx context.Context, actor app.Actor, id app.ProviderID) (app.ManagedProvider, error) {
	known, err := s.managed(ctx, actor)
	if err != nil {
		return app.ManagedProvider{}, err
	}
	provider, exists := known.providers[id]
	if !exists {
		return app.ManagedProvider{}, app.ErrNotFound
	}
	return s.managedProvider(known, provider), nil
}

// GetManagedModels is a page of the models in their order, with all that an
// administrator sets but prompts and users. Forbidden but to administrators.
func (s *Service) GetManagedModels(ctx context.Context, actor app.Actor, filter Filter, page app.PageRequest) (app.Page[app.ManagedModel], error) {
	known, err := s.managed(ctx, actor)
	if err != nil {
		return app.Page[app.ManagedModel]{}, err
	}
	list, _, err := s.models(ctx, known, filter, page)
	return list, err
}

// GetManagedModel is one model with all there is; not_found where there is
// none.
func (s *Service) GetManagedModel(ctx context.Context, actor app.Actor, uid app.ModelUID) (app.ManagedModel, error) {
	known, err := s.managed(ctx, actor)
	if err != nil {
		return app.ManagedModel{}, err
	}
	return s.model(ctx, known, uid)
}

func (s *Service) providers(known *catalogue) []app.ManagedProvider {
	list := make([]app.ManagedProvider, 0, len(known.order))
	for _, id := range known.order {
		list = append(list, s.managedProvider(known, known.providers[id]))
	}
	return list
}

// models is a page of those that fit, and how many fit in all.
func (s *Service) models(ctx context.Context, known *catalogue, filter Filter, page app.PageRequest) (app.Page[app.ManagedModel], int, error) {
	list := app.Page[app.ManagedModel]{Data: []app.ManagedModel{}, Pagination: app.Pagination{Limit: page.Limit}}
	var err error
	if filter.Query, err = rule.Query(filter.Query); err != nil {
		return list, 0, err
	}
	after, err := readPlace(page.Cursor)
	if err != nil {
		return list, 0, err
	}
	standard, total := known.standard(s.standard(ctx)), 0
	var end spot
	for _, entry := range known.entries {
		if !known.fits(entry, filter) {
			continue
		}
		total++
		switch {
		case !after.before(entry):
		case len(list.Data) < page.Limit:
			list.Data, end = append(list.Data, s.managedModel(known, entry, standard)), spot{entry.Position, entry.ID}
		case list.Pagination.Next == nil:
			next := end.write()
			list.Pagination.Next = &next
		}
	}
	return list, total, nil
}

func (s *Service) model(ctx context.Context, known *catalogue, uid app.ModelUID) (app.ManagedModel, error) {
	at := known.place(uid)
	if at < 0 {
		return app.ManagedModel{}, app.ErrNotFound
	}
	entry := known.entries[at]
	users, err := s.People.GetByID(ctx, entry.Users)
	if err != nil {
		return app.ManagedModel{}, err
	}
	whole := s.managedModel(known, entry, known.standard(s.standard(ctx)))
	whole.SystemPrompt, whole.Users, whole.UserCount = &entry.SystemPrompt, users, len(users)
	return whole, nil
}

// managed is what the tables hold now: administrators see what they did. What
// was read serves everybody else too.
func (s *Service) managed(ctx context.Context, actor app.Actor) (*catalogue, error) {
	if err := mayAdminister(actor); err != nil {
		return nil, err
	}
	s.loading.Lock()
	defer s.loading.Unlock()
	known, err := s.load(ctx)
	if err == nil {
		s.cached.Store(known)
	}
	return known, err
}

func (s *Service) managedProvider(known *catalogue, provider Provider) app.ManagedProvider {
	shown := app.ManagedProvider{
		ID: provider.ID, Name: provider.Name, BaseURL: provider.BaseURL, Source: provider.Source, Enabled: provider.Enabled,
		HasKey: provider.Key.there() || provider.Source == SourceEnv && s.options.EnvKey != "" && provider.BaseURL == s.options.EnvBaseURL,
		Reason: s.reason(provider),
	}
	for _, entry := range known.entries {
		if entry.ProviderID == provider.ID {
			shown.Models++
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, looked := s.health[provider.ID]; looked && last.baseURL == provider.BaseURL {
		at := last.at.UTC()
		shown.LookedAt = &at
	}
	return shown
}

func (s *Service) managedModel(known *catalogue, entry Entry, standard string) app.ManagedModel {
	provider := known.providers[entry.ProviderID]
	reason := s.reason(provider)
	return app.ManagedModel{
		UID: entry.UID, ID: entry.ID, Aliases: entry.Aliases, Name: entry.Name, ProviderID: entry.ProviderID, Provider: provider.Name,
		Upstream: entry.Upstream, Enabled: entry.Enabled, Listed: entry.Listed, Restricted: entry.Restricted, UserCount: len(entry.Users),
		Default: entry.ID == standard, Available: known.enabled(entry) && reason == "", Reason: reason,
		ContextSize: entry.context(), ContextOverride: entry.ContextOverride, InputPrice: entry.InputPrice, OutputPrice: entry.OutputPrice,
	}
}

func (c *catalogue) fits(entry Entry, filter Filter) bool {
	if filter.Provider != "" && entry.ProviderID != filter.Provider {
		return false
	}
	wanted := strings.ToLower(filter.Query)
	for _, text := range append([]string{entry.ID, entry.Name, entry.Upstream}, entry.Aliases...) {
		if strings.Contains(strings.ToLower(text), wanted) {
			return true
		}
	}
	return false
}

// spot is where a model stands in the order of all. Its zero value is before
// everything.
type spot struct {
	position int
	id       string
}

func (s spot) before(entry Entry) bool {
	return s.id == "" || entry.Position > s.position || entry.Position == s.position && entry.ID > s.id
}

func (s spot) write() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", s.position, s.id))
}

func readPlace(cursor string) (spot, error) {
	if cursor == "" {
		return spot{}, nil
	}
	var at spot
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		_, err = fmt.Sscanf(string(text), "%d %s", &at.position, &at.id)
	}
	if err != nil {
		return spot{}, app.Invalid("cursor", "take it from the page before")
	}
	return at, nil
}
