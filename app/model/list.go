package model

import (
	"context"

	"github.com/quillium/quillium/app/llm"
)

// apply brings a provider's models up to its list. Models that are no longer
// in it are forgotten, but those that an administrator switched off (they
// would come back switched on) and DEFAULT_MODEL, which is always known.
func (s *Service) apply(ctx context.Context, provider Provider, list []llm.Listing) error {
	known, err := s.load(ctx)
	if err != nil {
		return err
	}
	changes := known.compare(provider, list)
	if wanted, found := known.find(s.options.DefaultModel); found {
		changes.Gone = without(changes.Gone, wanted.ID)
	}
	if len(changes.Add)+len(changes.Resize)+len(changes.Gone) == 0 {
		return nil
	}
	if err := s.repository.SaveModels(ctx, changes); err != nil {
		return err
	}
	s.changed()
	_, err = s.current(ctx)
	return err
}

func (c *catalogue) compare(provider Provider, list []llm.Listing) Changes {
	listed := make(map[string]llm.Listing, len(list))
	for _, model := range list {
		listed[model.Name] = model
	}
	var changes Changes
	mine := make(map[string]bool)
	for _, entry := range c.entries {
		if entry.ProviderID != provider.ID {
			continue
		}
		mine[entry.Upstream] = true
		model, still := listed[entry.Upstream]
		switch {
		case !still && entry.Enabled:
			changes.Gone = append(changes.Gone, entry.ID)
		case still && model.ContextSize > 0 && model.ContextSize != entry.ContextSize:
			entry.ContextSize = model.ContextSize
			changes.Resize = append(changes.Resize, entry)
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
		_, exists := c.byID[id]
		return exists || given[id]
	}
	entries := make([]Entry, 0, len(models))
	for i, model := range models {
		id := assign(taken, provider.Name, model.Name)
		given[id] = true
		entries = append(entries, Entry{
			ID: id, ProviderID: provider.ID, Upstream: model.Name, Name: model.Name,
			ContextSize: model.ContextSize, Enabled: true, Position: next + i,
		})
	}
	return entries
}

func without(ids []string, id string) []string {
	kept := ids[:0]
	for _, one := range ids {
		if one != id {
			kept = append(kept, one)
		}
	}
	return kept
}
