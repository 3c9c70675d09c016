package model

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/quillium/quillium/app"
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
	input, err := s.checkProvider(actor, input)
	if err != nil {
		return "", err
	}
	provider := Provider{Provider: app.Provider{ID: app.NewID[app.ProviderID](), Source: SourceDatabase}}
	if provider, err = s.change(provider, input); err != nil {
		return "", err
	}
	if err := s.repository.CreateProvider(ctx, provider); err != nil {
		return "", err
	}
	s.look()
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
	err = s.repository.ChangeProvider(ctx, id, func(provider Provider) (Provider, error) {
		if provider.Source == SourceEnv {
			return Provider{}, app.Errorf(app.CodeConflict, "This provider comes from OPENAI_BASE_URL; change it there.")
		}
		return s.change(provider, input)
	})
	if err == nil {
		s.look()
	}
	return err
}

// HasProvider tells whether a model server is connected: the environment's, or
// one that an administrator entered, even where that is switched off.
func (s *Service) HasProvider(ctx context.Context) (bool, error) {
	known, err := s.load(ctx)
	if err != nil {
		return false, err
	}
	for _, provider := range known.providers {
		if provider.Source == SourceDatabase || provider.Enabled {
			return true, nil
		}
	}
	return false, nil
}

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
	if _, err := s.dial(input.BaseURL, ""); err != nil {
		return input, app.Invalid("base_url", "an http or https address without a name, password or query, such as https://api.example.org/v1")
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
