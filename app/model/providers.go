package model

import (
	"context"
	"slices"
	"strings"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/rule"
)

// ProviderInput is what an administrator says of a new provider; nil is no
// key.
type ProviderInput struct {
	Name    string
	BaseURL string
	Key     *string
	Enabled bool
}

// ProviderChange is what becomes of a provider; nil stays as it is, and an
// empty key takes the stored one away.
type ProviderChange struct {
	Name    *string
	BaseURL *string
	Key     *string
	Enabled *bool
}

// maxProviders bounds the list of providers, which has one page.
const maxProviders = 100

// CreateProvider adds an endpoint; its models come with the next list, which
// is asked for at once. Forbidden but to administrators who typed their
// password lately, else invalid_input; conflict where there are a hundred.
func (s *Service) CreateProvider(ctx context.Context, actor app.Actor, input ProviderInput) (app.ProviderID, error) {
	if err := s.mayRedirect(actor); err != nil {
		return "", err
	}
	return s.create(ctx, actor, input, func(there []Provider) error {
		if len(there) >= maxProviders {
			return app.Errorf(app.CodeConflict, "There are %d providers already; delete one first.", maxProviders)
		}
		return nil
	})
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
	if err := mayAdminister(actor); err != nil {
		return "", err
	}
	provider := Provider{Provider: app.Provider{ID: app.NewID[app.ProviderID](), Source: SourceDatabase}}
	provider, err := s.change(provider, ProviderChange{Name: &input.Name, BaseURL: &input.BaseURL, Key: input.Key, Enabled: &input.Enabled})
	if err != nil {
		return "", err
	}
	event := audit.Event{
		Action: audit.ProviderCreated, Actor: actor, Target: string(provider.ID),
		Details: map[audit.Key]string{audit.KeyTo: told(provider)},
	}
	err = s.recorded(ctx, event, func(ctx context.Context) error { return s.Providers.CreateProvider(ctx, provider, may) })
	if err != nil {
		return "", err
	}
	return provider.ID, nil
}

// ChangeProvider changes an endpoint. A key goes nowhere but where it was
// entered for: with another address it has to be entered again, or to go:
// invalid_input. Another address or key takes the password of the last 15
// minutes. Conflict for the provider of the environment.
func (s *Service) ChangeProvider(ctx context.Context, actor app.Actor, id app.ProviderID, change ProviderChange) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	event := audit.Event{Action: audit.ProviderChanged, Actor: actor, Target: string(id), Details: map[audit.Key]string{}}
	return s.recorded(ctx, event, func(ctx context.Context) error {
		return s.Providers.ChangeProvider(ctx, id, func(provider Provider) (Provider, error) {
			if err := ours(provider); err != nil {
				return Provider{}, err
			}
			changed, err := s.change(provider, change)
			if err == nil && (changed.BaseURL != provider.BaseURL || change.Key != nil) {
				err = actor.Confirmed(s.options.Now())
			}
			event.Details[audit.KeyFrom], event.Details[audit.KeyTo] = told(provider), told(changed)
			return changed, err
		})
	})
}

// DeleteProvider forgets an endpoint, its key and its models. Chats that name
// one of these stay, and their answers say that it is gone. Conflict for the
// provider of the environment; it takes the password of the last 15 minutes.
func (s *Service) DeleteProvider(ctx context.Context, actor app.Actor, id app.ProviderID) error {
	if err := s.mayRedirect(actor); err != nil {
		return err
	}
	event := audit.Event{Action: audit.ProviderDeleted, Actor: actor, Target: string(id), Details: map[audit.Key]string{}}
	return s.recorded(ctx, event, func(ctx context.Context) error {
		return s.Providers.DeleteProvider(ctx, id, func(provider Provider) error {
			event.Details[audit.KeyFrom] = told(provider)
			return ours(provider)
		})
	})
}

func ours(provider Provider) error {
	if provider.Source == SourceEnv {
		return app.Errorf(app.CodeConflict, "This provider comes from OPENAI_BASE_URL; change it there.")
	}
	return nil
}

// told is what the audit log has of a provider: never its key.
func told(provider Provider) string {
	state := "on"
	if !provider.Enabled {
		state = "off"
	}
	key := "without a key"
	if provider.Key.there() {
		key = "with a key"
	}
	return cut(provider.Name+", "+state+", "+key+", "+provider.BaseURL, maxTold)
}

// maxTold bounds what the audit log has of one side of a change, in bytes.
const maxTold = 500

// cut keeps the first bytes of a text, and whole characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

// mayRedirect is for what decides where chats are sent.
func (s *Service) mayRedirect(actor app.Actor) error {
	if err := mayAdminister(actor); err != nil {
		return err
	}
	return actor.Confirmed(s.options.Now())
}

func mayAdminister(actor app.Actor) error {
	if actor.Role != app.RoleAdmin {
		return app.ErrForbidden
	}
	return nil
}

// recorded does work and records it in the same transaction, and has fresh
// lists fetched.
func (s *Service) recorded(ctx context.Context, event audit.Event, work func(context.Context) error) error {
	err := s.Tx.InTx(ctx, func(ctx context.Context) error {
		if err := work(ctx); err != nil {
			return err
		}
		return s.Audit.Record(ctx, event)
	})
	if err != nil {
		return err
	}
	s.Log.InfoContext(ctx, "provider", "action", string(event.Action), "provider_id", event.Target,
		"user_id", string(event.Actor.UserID), "request_id", event.Actor.RequestID)
	s.look()
	return nil
}

// HasProvider tells whether a model server is connected: the environment's, or
// one that an administrator entered, even where that is switched off. Who
// connects one finds out for certain.
func (s *Service) HasProvider(ctx context.Context) (bool, error) {
	known, err := s.current(ctx)
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

// change checks and applies what an administrator wants of a provider.
func (s *Service) change(provider Provider, change ProviderChange) (Provider, error) {
	changed := provider
	var err error
	if change.Name != nil {
		if changed.Name, err = rule.Name(*change.Name); err != nil {
			return provider, err
		}
	}
	if change.Enabled != nil {
		changed.Enabled = *change.Enabled
	}
	if change.BaseURL != nil {
		changed.BaseURL = strings.TrimSpace(*change.BaseURL)
		if err := s.checkAddress(changed.BaseURL); err != nil {
			return provider, err
		}
	}
	switch moved := changed.BaseURL != provider.BaseURL; {
	case change.Key == nil && moved && provider.Key.there():
		return provider, app.Invalid("key", "it was entered for %s and goes nowhere else; enter it again, or an empty one", provider.BaseURL)
	case change.Key != nil:
		changed.Key, err = s.seal(provider.ID, changed.BaseURL, *change.Key)
	}
	return changed, err
}

func (s *Service) checkAddress(address string) error {
	if _, err := s.Dial(address, ""); err != nil || len(address) > maxAddress {
		return app.Invalid("base_url", "an http or https address without a name, password or query, of at most 500 bytes, such as https://api.example.org/v1")
	}
	return nil
}

// maxKey bounds the key of a provider, in bytes.
const maxKey = 2000

// seal hides a key and binds it to its provider's address.
func (s *Service) seal(id app.ProviderID, address, key string) (Sealed, error) {
	if key == "" {
		return Sealed{}, nil
	}
	if err := s.checkKey(address, key); err != nil {
		return Sealed{}, err
	}
	keyID, nonce, ciphertext, err := s.Box.Seal([]byte(key), AAD(id, address))
	return Sealed{KeyID: keyID, Nonce: nonce, Ciphertext: ciphertext}, err
}

func (s *Service) checkKey(address, key string) error {
	if _, err := s.Dial(address, key); err != nil || len(key) > maxKey {
		return app.Invalid("key", "no spaces, no control characters, at most %d bytes", maxKey)
	}
	return nil
}

// look throws the catalogue away and asks for fresh lists.
func (s *Service) look() {
	s.changed()
	select {
	case s.kick <- struct{}{}:
	default:
	}
}
