package model

import (
	"context"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

// apply brings a provider's models up to its list. Models that are no longer
// in it are forgotten, but those that an administrator changed (they would
// come back without it, and open to everyone) and the default of the instance.
func (s *Service) apply(ctx context.Context, provider Provider, list []llm.Listing) error {
	known, err := s.load(ctx)
	if err != nil {
		return err
	}
	wanted := s.standard(ctx)
	if known.compare(provider, list, wanted).empty() {
		return nil
	}
	err = s.Models.ChangeModels(ctx, func(providers []Provider, entries []Entry) (Changes, error) {
		now := newCatalogue(providers, entries)
		if _, still := now.providers[provider.ID]; !still {
			return Changes{}, app.ErrNotFound
		}
		return now.compare(provider, list, wanted), nil
	})
	if err != nil {
		return err
	}
	s.changed()
	_, err = s.current(ctx)
	return err
}

// compare tells what a fresh list changes in a provider's models; wanted is
// the default of the instance.
func (c *catalogue) compare(provider Provider, list []llm.Listing, wanted string) Changes {
	listed := make(map[string]llm.Listing, len(list))
	for _, model := range list {
		listed[model.Name] = model
	}
	standard, _ := c.find(wanted)
	var changes Changes
	mine := make(map[string]bool)
	for _, entry := range c.entries {
		if entry.ProviderID != provider.ID {
			continue
		}
		mine[entry.Upstream] = true
		model, still := listed[entry.Upstream]
		if !still && !entry.Kept && entry.UID != standard.UID {
			changes.Gone = append(changes.Gone, entry.UID)
			continue
		}
		seen := entry
		seen.Listed = still
		if model.ContextSize > 0 {
			seen.ContextSize = model.ContextSize
		}
		if seen.Listed != entry.Listed || seen.ContextSize != entry.ContextSize {
			changes.Update = append(changes.Update, seen)
		}
	}
	var fresh []llm.Listing
	for _, model := range list {
		if !mine[model.Name] && chats(model.Name) {
			fresh = append(fresh, model)
		}
	}
	changes.Add = c.added(provider, fresh)
	return changes
}

// added gives new models of a provider their ids and places, behind all others.
func (c *catalogue) added(provider Provider, models []llm.Listing) []Entry {
	next := 0
	for _, entry := range c.entries {
		next = max(next, entry.Position+1)
	}
	given := make(map[string]bool)
	taken := func(id string) bool {
		_, exists := c.byName[id]
		return exists || given[id]
	}
	entries := make([]Entry, 0, len(models))
	for i, model := range models {
		id := assign(taken, provider.Name, model.Name)
		given[id] = true
		entries = append(entries, Entry{
			UID: app.NewID[app.ModelUID](), ID: id, Aliases: []string{}, ProviderID: provider.ID, Upstream: model.Name, Name: model.Name,
			ContextSize: model.ContextSize, Enabled: true, Listed: true, Position: next + i,
		})
	}
	return entries
}
