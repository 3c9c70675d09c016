package model

import (
	"context"
	"slices"
	"strings"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// What a model may be given.
const (
	maxAliases = 20
	maxUsers   = 500
	maxContext = 100_000_000
	maxPrice   = 1_000_000_000_000
)

// edit checks and applies what an administrator wants of a model.
func (s *Service) edit(ctx context.Context, known *catalogue, entry Entry, change ModelChange) (Entry, error) {
	entry, err := change.figures(entry)
	if err != nil {
		return entry, err
	}
	if entry, err = change.names(known, entry); err != nil {
		return entry, err
	}
	if change.Users != nil {
		if entry.Users, err = s.chosen(ctx, *change.Users); err != nil {
			return entry, err
		}
	}
	entry.Kept = true
	return entry, nil
}

// figures applies what is neither a name nor a person.
func (c ModelChange) figures(entry Entry) (Entry, error) {
	var err error
	if c.Name != nil {
		if entry.Name, err = rule.ModelName(*c.Name); err != nil {
			return entry, err
		}
	}
	if c.SystemPrompt != nil {
		if entry.SystemPrompt, err = rule.SystemPrompt(*c.SystemPrompt); err != nil {
			return entry, err
		}
	}
	give(&entry.Enabled, c.Enabled)
	give(&entry.Restricted, c.Restricted)
	give(&entry.ContextOverride, c.ContextOverride)
	give(&entry.InputPrice, c.InputPrice)
	give(&entry.OutputPrice, c.OutputPrice)
	if entry.ContextOverride < 0 || entry.ContextOverride > maxContext {
		return entry, app.Invalid("context_override", "a whole number of tokens from 0 to %d is expected", maxContext)
	}
	for field, price := range map[string]int64{"input_price": entry.InputPrice, "output_price": entry.OutputPrice} {
		if price < 0 || price > maxPrice {
			return entry, app.Invalid(field, "millionths of a US dollar from 0 to %d are expected", int64(maxPrice))
		}
	}
	return entry, nil
}

func give[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// names applies a new id and new aliases. The id that was stays as an alias.
func (c ModelChange) names(known *catalogue, entry Entry) (Entry, error) {
	before := entry.ID
	aliases := slices.Clone(entry.Aliases)
	if c.Aliases != nil {
		aliases = *c.Aliases
	}
	if c.ID != nil {
		entry.ID = called(*c.ID)
	}
	if entry.ID != before {
		aliases = append(slices.Clone(aliases), before)
	}
	entry.Aliases = []string{}
	for _, alias := range aliases {
		alias = called(alias)
		if alias == entry.ID || slices.Contains(entry.Aliases, alias) {
			continue
		}
		if err := free(known, entry, "aliases", alias); err != nil {
			return entry, err
		}
		entry.Aliases = append(entry.Aliases, alias)
	}
	if len(entry.Aliases) > maxAliases {
		return entry, app.Invalid("aliases", "at most %d, the former id included", maxAliases)
	}
	if entry.ID == before {
		return entry, nil
	}
	return entry, free(known, entry, "id", entry.ID)
}

// called is a name as it is kept: mentions find it in any case.
func called(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// free refuses a name that cannot be, or that another model has.
func free(known *catalogue, entry Entry, field, name string) error {
	if err := rule.ModelCall(field, name); err != nil {
		return err
	}
	if other, taken := known.byName[name]; name == app.GuideModel || taken && other.UID != entry.UID {
		return &app.Error{
			Code: app.CodeConflict, Message: "Another model is called " + name + " already. Choose another name.",
			Details: []app.Detail{{Field: field, Message: name + " is taken"}},
		}
	}
	return nil
}

// chosen finds the accounts with these addresses, every one of them.
func (s *Service) chosen(ctx context.Context, addresses []string) ([]app.UserID, error) {
	if len(addresses) > maxUsers {
		return nil, app.Invalid("users", "at most %d", maxUsers)
	}
	keys := make([]string, len(addresses))
	for i, address := range addresses {
		keys[i] = rule.EmailKey(address)
	}
	found, err := s.People.GetByEmail(ctx, keys)
	if err != nil {
		return nil, err
	}
	ids := make([]app.UserID, 0, len(found))
	there := make(map[string]bool, len(found))
	for _, user := range found {
		ids = append(ids, user.ID)
		there[rule.EmailKey(user.Email)] = true
	}
	for i, key := range keys {
		if !there[key] {
			return nil, app.Invalid("users", "nobody here has the address in line %d", i+1)
		}
	}
	slices.Sort(ids)
	return ids, nil
}
