// Package model is the catalogue of language models: which there are, who may
// ask them, which one answers where nobody chose, and which ones a text calls
// by name. Providers and models are rows; what their endpoints list is fetched
// in the background. It imports app, app/audit, app/llm and the standard library, and
// knows neither HTTP nor SQL nor any vendor.
package model

import (
	"context"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/llm"
)

// Sources of a provider.
const (
	SourceEnv      = "env"
	SourceDatabase = "database"
)

// Sealed is a provider's key as it is stored. The zero value is no key.
type Sealed struct {
	KeyID      string
	Nonce      []byte
	Ciphertext []byte
}

// Provider is an endpoint with its sealed key.
type Provider struct {
	app.Provider
	Key Sealed
}

// Entry is a model in the catalogue. Upstream is its name at the provider.
type Entry struct {
	ID          string
	ProviderID  app.ProviderID
	Upstream    string
	Name        string
	ContextSize int
	Enabled     bool
	Position    int
}

// Changes is what a fresh list changes in a provider's models.
type Changes struct {
	// Add has new models. One whose id or upstream name has been taken
	// meanwhile is left out: the next look finds it.
	Add []Entry
	// Resize has known models whose context size is another.
	Resize []Entry
	// Gone has the ids of those to be forgotten.
	Gone []string
}

// Choice is a model that may be asked now. ContextSize is in tokens, 0 where
// it is not known.
type Choice struct {
	ID          string
	Upstream    string
	ContextSize int
	Provider    llm.Provider
}

// Repository stores providers and models.
type Repository interface {
	// Load reads everything: models in the order in which people see them.
	Load(ctx context.Context) ([]Provider, []Entry, error)
	// SaveEnv makes or renews the one provider of the environment, enabled and
	// without a key, and tells its id, which it keeps for ever.
	SaveEnv(ctx context.Context, provider app.Provider) (app.ProviderID, error)
	// DisableEnv switches that provider off, where there is one.
	DisableEnv(ctx context.Context) error
	// SaveModels applies a fresh list in one transaction.
	SaveModels(ctx context.Context, changes Changes) error
	// CreateProvider stores a new provider, one after another on all nodes: may
	// is asked first, with those that there are, and its refusal is returned.
	CreateProvider(ctx context.Context, provider Provider, may func(there []Provider) error) error
	// ChangeProvider reads, changes and stores one provider under a lock;
	// not_found where there is none, and whatever change refuses with.
	ChangeProvider(ctx context.Context, id app.ProviderID, change func(Provider) (Provider, error)) error
}

// Transactor runs work in one transaction.
type Transactor interface {
	InTx(ctx context.Context, work func(context.Context) error) error
}

// Auditor records an event in the transaction of the context.
type Auditor interface {
	Record(ctx context.Context, event audit.Event) error
}

// Preferences tell which model a user wants by default; "" for none.
type Preferences interface {
	DefaultModel(ctx context.Context, user app.UserID) (string, error)
}

// Box seals keys; aad binds one to its place.
type Box interface {
	Seal(plain, aad []byte) (keyID string, nonce, ciphertext []byte, err error)
	Open(keyID string, nonce, ciphertext, aad []byte) ([]byte, error)
}

// Dial makes a client of an endpoint and asks it nothing. Its error repeats
// neither address nor key.
type Dial func(baseURL, key string) (llm.Endpoint, error)
