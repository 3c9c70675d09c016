package model

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// ProviderInput is what an administrator says of a provider. A nil Key leaves
// the stored one, an empty one takes it away.
type ProviderInput struct {
	Name    string
	BaseURL string
	Key     *string
	Enabled bool
}

// CreateProvider adds an endpoint; its models come with the next list, which
// is asked for at once. Forbidden but to administrators, else invalid_input.
func (s *Service) CreateProvider(ctx context.Context, actor app.Actor, input ProviderInput) (app.ProviderID, error) {
	return s.create(ctx, actor, input, func([]Provider) error { return nil })
}

// ConnectFirst is CreateProvider where no model server is connected yet:
// conflict where one is, also where another node connected it just now.
func (s *Service) ConnectFirst(ctx context.Context, actor app.Actor, input ProviderInput) (app.ProviderID, error) {
	return s.create(ctx, actor, input, func(there []Provider) error {
		if slices.ContainsFunc(there, connected) {
			return app.Errorf(app.CodeConflict, "%s", alreadyConnected)
		}
		return nil
	})
}

func (s *Service) create(ctx context.Context, actor app.Actor, input ProviderInput, may func([]Provider) error) (app.ProviderID, error) {
	input, err := s.checkProvider(actor, input)
	if err != nil {
		return "", err
	}
	provider := Provider{Provider: app.Provider{ID: app.NewID[app.ProviderID](), Source: SourceDatabase}}
	if provider, err = s.change(provider, input); err != nil {
		return "", err
	}
	event := audit.Event{
		Action: audit.ProviderCreated, Actor: actor, Target: string(provider.ID),
		Details: map[audit.Key]string{audit.KeyTo: provider.BaseURL},
	}
	err = s.recorded(ctx, event, func(ctx context.Context) error { return s.repository.CreateProvider(ctx, provider, may) })
	if err != nil {
		return "", err
	}
	return provider.ID, nil
}

// ChangeProvider changes an endpoint. A key goes nowhere but where it was
// entered for: with another scheme, host or port, and no new key, it is taken
// away. Conflict for the provider of the environment.
func (s *Service) ChangeProvider(ctx context.Context, actor app.Actor, id app.ProviderID, input ProviderInput) error {
	input, err := s.checkProvider(actor, input)
	if err != nil {
		return err
	}
	event := audit.Event{
		Action: audit.ProviderChanged, Actor: actor, Target: string(id),
		Details: map[audit.Key]string{audit.KeyTo: input.BaseURL},
	}
	return s.recorded(ctx, event, func(ctx context.Context) error {
		return s.repository.ChangeProvider(ctx, id, func(provider Provider) (Provider, error) {
			if provider.Source == SourceEnv {
				return Provider{}, app.Errorf(app.CodeConflict, "This provider comes from OPENAI_BASE_URL; change it there.")
			}
			event.Details[audit.KeyFrom] = provider.BaseURL
			return s.change(provider, input)
		})
	})
}

// recorded does work and records it in the same transaction, and has fresh
// lists fetched.
func (s *Service) recorded(ctx context.Context, event audit.Event, work func(context.Context) error) error {
	err := s.tx.InTx(ctx, func(ctx context.Context) error {
		if err := work(ctx); err != nil {
			return err
		}
		return s.audit.Record(ctx, event)
	})
	if err != nil {
		return err
	}
	s.log.InfoContext(ctx, "provider", "action", string(event.Action), "provider_id", event.Target,
		"user_id", string(event.Actor.UserID), "request_id", event.Actor.RequestID)
	s.look()
	return nil
}

// HasProvider tells whether a model server is connected: the environment's, or
// one that an administrator entered, even where that is switched off.
func (s *Service) HasProvider(ctx context.Context) (bool, error) {
	known, err := s.load(ctx)
	if err != nil {
		return false, err
	}
	for _, provider := range known.providers {
		if connected(provider) {
			return true, nil
		}
	}
	return false, nil
}

func connected(p Provider) bool { return p.Source == SourceDatabase || p.Enabled }

// maxAddress bounds the address of a provider, in bytes.
const maxAddress = 500

func (s *Service) checkProvider(actor app.Actor, input ProviderInput) (ProviderInput, error) {
	if actor.Role != app.RoleAdmin {
		return input, app.ErrForbidden
	}
	input.Name, input.BaseURL = strings.TrimSpace(input.Name), strings.TrimSpace(input.BaseURL)
	if n := utf8.RuneCountInString(input.Name); n < 1 || n > 80 {
		return input, app.Invalid("name", "1 to 80 characters")
	}
	key := ""
	if input.Key != nil {
		key = *input.Key
	}
	if _, err := s.dial(input.BaseURL, ""); err != nil || len(input.BaseURL) > maxAddress {
		return input, app.Invalid("base_url", "an http or https address without a name, password or query, of at most 500 bytes, such as https://api.example.org/v1")
	}
	if _, err := s.dial(input.BaseURL, key); err != nil {
		return input, app.Invalid("key", "no spaces and no control characters")
	}
	return input, nil
}

// change applies the input, and keeps, moves, replaces or drops the key.
func (s *Service) change(provider Provider, input ProviderInput) (Provider, error) {
	key, err := s.nextKey(provider, input)
	if err != nil {
		return Provider{}, err
	}
	keep := input.Key == nil && provider.BaseURL == input.BaseURL
	provider.Name, provider.BaseURL, provider.Enabled = input.Name, input.BaseURL, input.Enabled
	if keep {
		return provider, nil
	}
	provider.Key = Sealed{}
	if key == "" {
		return provider, nil
	}
	id, nonce, ciphertext, err := s.box.Seal([]byte(key), AAD(provider.ID, provider.BaseURL))
	if err != nil {
		return Provider{}, err
	}
	provider.Key = Sealed{KeyID: id, Nonce: nonce, Ciphertext: ciphertext}
	return provider, nil
}

// nextKey is the key in clear that the changed provider is to have.
func (s *Service) nextKey(provider Provider, input ProviderInput) (string, error) {
	switch {
	case input.Key != nil:
		return *input.Key, nil
	case provider.BaseURL == input.BaseURL || !sameServer(provider.BaseURL, input.BaseURL):
		return "", nil
	}
	key, err := s.openKey(provider)
	if err != nil {
		// It could not be used before either; the new address does not change that.
		return "", app.Invalid("key", "the stored one is unreadable; enter it again, or an empty one")
	}
	return key, nil
}

// look throws the catalogue away and asks for fresh lists.
func (s *Service) look() {
	s.changed()
	select {
	case s.kick <- struct{}{}:
	default:
	}
}
