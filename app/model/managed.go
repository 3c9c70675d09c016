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

// GetProviders are all providers, longest there first. Forbidden but to
// administrators.
func (s *Service) GetProviders(ctx context.Context, actor app.Actor) ([]app.ManagedProvider, error) {
	known, err := s.managed(ctx, actor)
	if err != nil {
		return nil, err
	}
	list := make([]app.ManagedProvider, 0, len(known.order))
	for _, id := range known.order {
		list = append(list, s.managedProvider(known, known.providers[id]))
	}
	return list, nil
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
	none := app.Page[app.ManagedModel]{}
	known, err := s.managed(ctx, actor)
	if err != nil {
		return none, err
	}
	if filter.Query, err = rule.Query(filter.Query); err != nil {
		return none, err
	}
	after, err := readPlace(page.Cursor)
	if err != nil {
		return none, err
	}
	list := app.Page[app.ManagedModel]{Data: []app.ManagedModel{}, Pagination: app.Pagination{Limit: page.Limit}}
	standard := known.choose(s.standard(ctx), "")
	for _, entry := range known.entries {
		if !after.before(entry) || !known.fits(entry, filter) {
			continue
		}
		if len(list.Data) == page.Limit {
			next := last(list.Data, known).write()
			list.Pagination.Next = &next
			break
		}
		list.Data = append(list.Data, s.managedModel(known, entry, standard))
	}
	return list, nil
}

// GetManagedModel is one model with all there is; not_found where there is
// none.
func (s *Service) GetManagedModel(ctx context.Context, actor app.Actor, uid app.ModelUID) (app.ManagedModel, error) {
	known, err := s.managed(ctx, actor)
	if err != nil {
		return app.ManagedModel{}, err
	}
	at := known.place(uid)
	if at < 0 {
		return app.ManagedModel{}, app.ErrNotFound
	}
	entry := known.entries[at]
	users, err := s.People.GetByID(ctx, entry.Users)
	if err != nil {
		return app.ManagedModel{}, err
	}
	whole := s.managedModel(known, entry, known.choose(s.standard(ctx), ""))
	whole.SystemPrompt, whole.Users, whole.UserCount = &entry.SystemPrompt, users, len(users)
	return whole, nil
}

// managed is what the tables hold now: administrators see what they did.
func (s *Service) managed(ctx context.Context, actor app.Actor) (*catalogue, error) {
	if err := mayAdminister(actor); err != nil {
		return nil, err
	}
	return s.load(ctx)
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

func last(list []app.ManagedModel, known *catalogue) spot {
	entry := known.entries[known.place(list[len(list)-1].UID)]
	return spot{entry.Position, entry.ID}
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
