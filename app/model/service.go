package model

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

const (
	// cacheFor bounds how old an answer of the catalogue may be.
	cacheFor = 5 * time.Second
	// refreshEvery, staleAfter and retryAfter: how often lists are fetched with
	// nobody asking, how old one may be when somebody does, and how old a
	// failure.
	refreshEvery = 5 * time.Minute
	staleAfter   = time.Minute
	retryAfter   = 10 * time.Second
	// listTimeout bounds the wait for one list.
	listTimeout = 10 * time.Second
	// firstLook bounds how long those who come right after a start wait for it.
	firstLook = 2 * time.Second
	// maxRemembered bounds the users whose default is kept in memory.
	maxRemembered = 10_000
)

// Parts are what the catalogue is made of.
type Parts struct {
	Models      Repository
	Providers   ProviderRepository
	Preferences Preferences
	People      People
	Standard    Standard
	Tx          Transactor
	Audit       Auditor
	// Guide answers without any endpoint.
	Guide llm.Provider
	Box   Box
	Dial  Dial
	// Inspect tries an address for an administrator.
	Inspect Inspect
	Log     *slog.Logger
}

// Options are what the environment says of models.
type Options struct {
	// EnvBaseURL and EnvKey are OPENAI_BASE_URL and OPENAI_API_KEY. The key is
	// never stored.
	EnvBaseURL string
	EnvKey     string
	// DefaultModel is DEFAULT_MODEL: where no model is called so, the
	// environment's provider gets it.
	DefaultModel string
	// Changed is called when this node has changed the catalogue; nil is nobody.
	Changed func()
	// Now is the clock; nil is the real one.
	Now func() time.Time
}

// Service is the catalogue. It is safe for concurrent use, and what answers
// are waiting for (Default, Mentions, Resolve) comes from memory.
type Service struct {
	Parts
	options Options

	cached  atomic.Pointer[catalogue]
	loading sync.Mutex // held while the catalogue is read or thrown away
	kick    chan struct{}
	// running: Run has begun. looked is closed when its first look has ended.
	running atomic.Bool
	looked  chan struct{}

	mu        sync.Mutex
	endpoints map[app.ProviderID]endpoint
	health    map[app.ProviderID]health
	wishes    map[app.UserID]wish
}

// wish is a user's default and when it was read.
type wish struct {
	model string
	at    time.Time
}

// NewService wires the catalogue. It asks nobody before Sync and Run.
func NewService(parts Parts, options Options) *Service {
	if options.Now == nil {
		options.Now = time.Now
	}
	options.EnvBaseURL = strings.TrimSpace(options.EnvBaseURL)
	options.DefaultModel = strings.TrimSpace(options.DefaultModel)
	return &Service{
		Parts: parts, options: options,
		kick: make(chan struct{}, 1), looked: make(chan struct{}),
		endpoints: make(map[app.ProviderID]endpoint), health: make(map[app.ProviderID]health),
		wishes: make(map[app.UserID]wish),
	}
}

// GetModels are the models this user may ask, the guide last, and asks for
// fresh lists where they are old. Unauthorized for strangers, unavailable
// without a database.
func (s *Service) GetModels(ctx context.Context, actor app.Actor) ([]app.Model, error) {
	if !actor.SignedIn() {
		return nil, app.ErrUnauthorized
	}
	s.awaitFirstLook(ctx)
	known, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	s.forgetWish(actor.UserID)
	standard := s.Default(ctx, actor, "")
	if entry, exists := known.byName[standard]; exists {
		standard = entry.ID
	}
	models := make([]app.Model, 0, len(known.entries)+1)
	for _, entry := range known.entries {
		if known.mayAsk(entry, actor.UserID) {
			models = append(models, s.shown(entry, known.providers[entry.ProviderID]))
		}
	}
	models = append(models, app.Model{
		ID: app.GuideModel, Name: "Guide", Aliases: []string{}, Provider: "Quillium", Input: []string{"text"}, Available: true,
	})
	for i := range models {
		models[i].Default = models[i].ID == standard
	}
	s.refreshIfStale(known)
	return models, nil
}

func (s *Service) shown(entry Entry, provider Provider) app.Model {
	reason := s.reason(provider)
	return app.Model{
		ID: entry.ID, Name: entry.Name, Aliases: entry.Aliases, Provider: provider.Name, ContextSize: entry.context(),
		Input: []string{"text"}, Available: reason == "", Reason: reason,
	}
}

// Resolve finds the model with this id or alias for an actor. Not_found says
// that it is gone, forbidden that it is switched off or not for him,
// unavailable that its provider cannot be asked; another model is never taken
// in its place. One whose endpoint was not reached lately is given all the
// same: it may be back.
func (s *Service) Resolve(ctx context.Context, actor app.Actor, id string) (Choice, error) {
	if !actor.SignedIn() {
		return Choice{}, app.ErrUnauthorized
	}
	if id == app.GuideModel {
		return Choice{ID: id, Upstream: id, Provider: s.Guide}, nil
	}
	known, entry, err := s.entry(ctx, id)
	if err != nil {
		return Choice{}, err
	}
	provider := known.providers[entry.ProviderID]
	switch {
	case entry.ID == "":
		return Choice{}, app.Errorf(app.CodeNotFound, "The model %q is not (or no longer) here. Choose another one.", short(id))
	case !entry.allows(actor.UserID):
		return Choice{}, app.Errorf(app.CodeForbidden, "You may not ask the model %q. Choose another one, or ask an administrator.", id)
	case !entry.Enabled || !provider.Enabled:
		return Choice{}, app.Errorf(app.CodeForbidden, "The model %q is switched off. Choose another one.", id)
	}
	reached := s.reach(provider)
	if reached.problem != "" {
		return Choice{}, app.Errorf(app.CodeUnavailable, "%s", reached.problem)
	}
	return Choice{
		ID: entry.ID, Upstream: entry.Upstream, ContextSize: entry.context(), SystemPrompt: entry.SystemPrompt, Provider: reached.client,
	}, nil
}

// entry looks a model up, and once more when the first lists have come.
func (s *Service) entry(ctx context.Context, name string) (*catalogue, Entry, error) {
	known, err := s.current(ctx)
	if err != nil {
		return nil, Entry{}, err
	}
	if entry, exists := known.byName[name]; exists {
		return known, entry, nil
	}
	s.awaitFirstLook(ctx)
	if known, err = s.current(ctx); err != nil {
		return nil, Entry{}, err
	}
	return known, known.byName[name], nil
}

func short(id string) string {
	return strings.ToValidUTF8(id[:min(len(id), maxID)], "")
}

// Default is the model that answers where nobody named one: the chat's, the
// user's, the instance's, the first that he may ask, the guide. What a chat or
// a user chose is told even when it is gone: Resolve then says so.
func (s *Service) Default(ctx context.Context, actor app.Actor, chatModel string) string {
	if chatModel != "" {
		return chatModel
	}
	if wished := s.wished(ctx, actor.UserID); wished != "" {
		return wished
	}
	known, err := s.current(ctx)
	if err != nil {
		return app.GuideModel
	}
	return known.choose(s.standard(ctx), actor.UserID)
}

// standard is the default of the instance; "" where it cannot be read.
func (s *Service) standard(ctx context.Context) string {
	wanted, err := s.Standard.DefaultModel(ctx)
	if err != nil {
		s.Log.Warn("models: the default of the instance cannot be read", "error", err)
	}
	return wanted
}

// wished is the user's own default, read at most once in cacheFor.
func (s *Service) wished(ctx context.Context, user app.UserID) string {
	if user == "" {
		return ""
	}
	now := s.options.Now()
	s.mu.Lock()
	last, kept := s.wishes[user]
	s.mu.Unlock()
	if kept && now.Sub(last.at) < cacheFor {
		return last.model
	}
	model, err := s.Preferences.DefaultModel(ctx, user)
	if err != nil {
		s.Log.Warn("models: a user's default cannot be read", "user_id", user, "error", err)
		return last.model
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.wishes) >= maxRemembered {
		clear(s.wishes)
	}
	s.wishes[user] = wish{model: model, at: now}
	return model
}

func (s *Service) forgetWish(user app.UserID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.wishes, user)
}

// Mentions finds the models that a text calls by id or alias, those included
// that are switched off or not for the asker: asking them fails with a
// sentence.
func (s *Service) Mentions(ctx context.Context, content string) []string {
	if !strings.Contains(content, "@") {
		return nil
	}
	known, err := s.current(ctx)
	return FindMentions(content, func(name string) (string, bool) {
		if name == app.GuideModel {
			return name, true
		}
		if err != nil {
			return "", false
		}
		entry, exists := known.byName[name]
		return entry.ID, exists
	})
}
