package model

import (
	"context"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/rule"
)

// Inspect tries an address step by step, within bounds of its own. pick names
// the model that is asked for a few words, given those that are listed; "" is
// none. Its error repeats neither address nor key.
type Inspect func(ctx context.Context, baseURL, key string, pick func([]llm.Listing) string) ([]app.Step, error)

// Trial says what is to be tried: a provider that is stored, an address that
// is not (yet), or both, where a form has changed the address. A nil Key is
// the stored one, which goes to the stored address only. Model is a name at
// the provider; empty is any.
type Trial struct {
	ProviderID app.ProviderID
	BaseURL    string
	Key        *string
	Model      string
}

// TestProvider tries a provider and tells how each step went. Forbidden but to
// administrators who typed their password lately; who tried which address is
// recorded before anything is tried.
func (s *Service) TestProvider(ctx context.Context, actor app.Actor, trial Trial) ([]app.Step, error) {
	if err := s.mayRedirect(actor); err != nil {
		return nil, err
	}
	known, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	address, key, err := s.destination(known, trial)
	if err != nil {
		return nil, err
	}
	if trial.Model != "" {
		if trial.Model, err = rule.Upstream(trial.Model); err != nil {
			return nil, app.Invalid("model", "at most 200 characters on one line")
		}
	}
	event := audit.Event{
		Action: audit.ProviderTested, Actor: actor, Target: string(trial.ProviderID),
		Details: map[audit.Key]string{audit.KeyTo: address},
	}
	if err := s.Tx.InTx(ctx, func(ctx context.Context) error { return s.Audit.Record(ctx, event) }); err != nil {
		return nil, err
	}
	s.Log.InfoContext(ctx, "provider", "action", string(event.Action), "provider_id", event.Target,
		"user_id", string(actor.UserID), "request_id", actor.RequestID)
	return s.Inspect(ctx, address, key, func(listed []llm.Listing) string { return known.pick(trial, listed) })
}

// destination is where a trial goes, and with which key.
func (s *Service) destination(known *catalogue, trial Trial) (address, key string, err error) {
	provider, stored := known.providers[trial.ProviderID]
	if trial.ProviderID != "" && !stored {
		return "", "", app.ErrNotFound
	}
	address = trial.BaseURL
	if address == "" {
		address = provider.BaseURL
	}
	if err := s.checkAddress(address); err != nil {
		return "", "", err
	}
	switch {
	case trial.Key != nil:
		return address, *trial.Key, s.checkKey(address, *trial.Key)
	case address != provider.BaseURL:
		return address, "", nil
	}
	if key, err = s.openKey(provider); err != nil {
		return "", "", app.Invalid("key", "the stored one is unreadable; enter it again")
	}
	return address, key, nil
}

// pick is the model that is asked: the one that was named, one that is
// switched on here and listed there, the first listed one that chats, or one
// that was added by hand.
func (c *catalogue) pick(trial Trial, listed []llm.Listing) string {
	if trial.Model != "" {
		return trial.Model
	}
	there := make(map[string]bool, len(listed))
	for _, model := range listed {
		there[model.Name] = true
	}
	byHand := ""
	for _, entry := range c.entries {
		switch {
		case entry.ProviderID != trial.ProviderID || !entry.Enabled:
		case there[entry.Upstream]:
			return entry.Upstream
		case byHand == "":
			byHand = entry.Upstream
		}
	}
	for _, model := range listed {
		if chats(model.Name) {
			return model.Name
		}
	}
	return byHand
}
