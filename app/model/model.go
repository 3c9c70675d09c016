// Package model is the catalogue of language models: which there are, who may
// ask them, which one answers where nobody chose, and which ones a text calls
// by name. Providers and models are rows; what their endpoints list is fetched
// in the background. It imports app, app/audit, app/llm, app/rule and the
// standard library, and knows neither HTTP nor SQL nor any vendor.
package model

import (
	"context"
	"slices"

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

// Entry is a model in the catalogue. UID stays when the id changes; Upstream
// is its name at the provider.
type Entry struct {
	UID        app.ModelUID
	ID         string
	Aliases    []string
	ProviderID app.ProviderID
	Upstream   string
	Name       string
	Enabled    bool
	// Listed tells whether its provider's last list had it; Kept that an
	// administrator changed it: it stays when it is listed no more.
	Listed, Kept bool
	// Restricted: only Users may ask it.
	Restricted bool
	Users      []app.UserID
	// ContextSize is what its provider tells, ContextOverride what an
	// administrator set, in tokens; 0 is not known, or not set.
	ContextSize, ContextOverride int
	// Prices are in millionths of a US dollar for a million tokens; 0 is free or
	// not known.
	InputPrice, OutputPrice int64
	// SystemPrompt holds in chats that have none.
	SystemPrompt string
	Position     int
}

// context is what is reckoned with, in tokens.
func (e Entry) context() int {
	if e.ContextOverride > 0 {
		return e.ContextOverride
	}
	return e.ContextSize
}

// allows tells whether a user may ask it, were it switched on.
func (e Entry) allows(user app.UserID) bool {
	return !e.Restricted || slices.Contains(e.Users, user)
}

// Changes is what becomes of the models.
type Changes struct {
	// Add has new models. One whose id or upstream name has been taken
	// meanwhile is left out: the next look finds it.
	Add []Entry
	// Update has known models, by their UID, as they are to be.
	Update []Entry
	// Gone are those to be forgotten.
	Gone []app.ModelUID
}

func (c Changes) empty() bool { return len(c.Add)+len(c.Update)+len(c.Gone) == 0 }

// Choice is a model that may be asked now, under its id, whatever alias was
// asked for. ContextSize is in tokens, 0 where it is not known; SystemPrompt
// holds where the chat has none.
type Choice struct {
	ID           string
	Upstream     string
	ContextSize  int
	SystemPrompt string
	Provider     llm.Provider
}

// Repository stores models.
type Repository interface {
	// Load reads everything: models in the order in which people see them.
	Load(ctx context.Context) ([]Provider, []Entry, error)
	// ChangeModels lets change decide what becomes of the models, one after
	// another on all nodes and in one transaction, and returns its refusal.
	ChangeModels(ctx context.Context, change func([]Provider, []Entry) (Changes, error)) error
}

// People finds the accounts that a model is for.
type People interface {
	// GetByEmail and GetByID leave out whom they do not know.
	GetByEmail(ctx context.Context, emailKeys []string) ([]app.User, error)
	GetByID(ctx context.Context, ids []app.UserID) ([]app.User, error)
}

// Standard is the default_model of the instance's settings: an id here, an
// alias, or a name at its provider.
type Standard interface {
	DefaultModel(ctx context.Context) (string, error)
	SetDefaultModel(ctx context.Context, actor app.Actor, id string) error
}

// ProviderRepository stores providers.
type ProviderRepository interface {
	// SaveEnv makes or renews the one provider of the environment, enabled and
	// without a key, and tells its id, which it keeps for ever.
	SaveEnv(ctx context.Context, provider app.Provider) (app.ProviderID, error)
	// DisableEnv switches that provider off, where there is one.
	DisableEnv(ctx context.Context) error
	// CreateProvider stores a new provider, one after another on all nodes: may
	// is asked first, with those that there are, and its refusal is returned.
	CreateProvider(ctx context.Context, provider Provider, may func(there []Provider) error) error
	// ChangeProvider reads, changes and stores one provider under a lock;
	// not_found where there is none, and whatever change refuses with.
	ChangeProvider(ctx context.Context, id app.ProviderID, change func(Provider) (Provider, error)) error
	// DeleteProvider forgets one with its models, where may allows it; not_found
	// where there is none.
	DeleteProvider(ctx context.Context, id app.ProviderID, may func(Provider) error) error
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
