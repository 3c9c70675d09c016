package model

import (
	"bytes"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

// What people read where a provider cannot be asked for a reason of ours.
const (
	unreadableKey = "The key of this model's provider is unreadable; an administrator has to enter it again."
	badProvider   = "The address or the key of this model's provider cannot be used; an administrator should check them."
)

// endpoint is a client of a provider, or why there is none.
type endpoint struct {
	baseURL string
	key     Sealed
	client  llm.Endpoint
	problem string
}

// reach is the client of a provider, made anew when its address or key changed.
func (s *Service) reach(provider Provider) endpoint {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, known := s.endpoints[provider.ID]
	if known && last.baseURL == provider.BaseURL && last.key.equal(provider.Key) {
		return last
	}
	last.close()
	made := endpoint{baseURL: provider.BaseURL, key: provider.Key}
	key, err := s.openKey(provider)
	if err != nil {
		made.problem = unreadableKey
	} else if made.client, err = s.Dial(provider.BaseURL, key); err != nil {
		made.problem = badProvider
	}
	if err != nil {
		s.Log.Warn("models: a provider cannot be used", "provider", provider.Name, "error", err)
	}
	s.endpoints[provider.ID] = made
	return made
}

// close ends the connections of a client that is used no more.
func (e endpoint) close() {
	if closer, can := e.client.(interface{ Close() }); can {
		closer.Close()
	}
}

// openKey is the key in clear: from the environment for its own provider,
// for that address alone; else the sealed one.
func (s *Service) openKey(provider Provider) (string, error) {
	if provider.Source == SourceEnv {
		if provider.BaseURL != s.options.EnvBaseURL {
			return "", nil
		}
		return s.options.EnvKey, nil
	}
	if !provider.Key.there() {
		return "", nil
	}
	key, err := s.Box.Open(provider.Key.KeyID, provider.Key.Nonce, provider.Key.Ciphertext, AAD(provider.ID, provider.BaseURL))
	return string(key), err
}

func (k Sealed) there() bool { return len(k.Ciphertext) > 0 }

func (k Sealed) equal(other Sealed) bool {
	return k.KeyID == other.KeyID && bytes.Equal(k.Nonce, other.Nonce) && bytes.Equal(k.Ciphertext, other.Ciphertext)
}

// AAD is what a stored key is bound to: its provider and that one's address.
// Whoever seals keys anew needs it.
func AAD(id app.ProviderID, baseURL string) []byte {
	return []byte("provider\x00" + string(id) + "\x00" + baseURL)
}
