// Package assistant is where answers live: which model replies to what, the
// streaming of it, stopping, going on, and taking over what a dead node left.
// It imports app, app/llm and app/model's small interface of itself; it knows
// neither HTTP nor SQL.
package assistant

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

// Choice is a model that may be asked now. ID is what it is called, whatever
// alias was asked for; SystemPrompt holds where the chat has none.
type Choice struct {
	ID           string
	Upstream     string
	ContextSize  int
	SystemPrompt string
	Provider     llm.Provider
}

// Models is the catalogue of what can be asked.
type Models interface {
	// Default is the model that answers where nobody named one.
	Default(ctx context.Context, actor app.Actor, chatModel string) string
	// Mentions finds the models that a text asks by name, in order.
	Mentions(ctx context.Context, content string) []string
	// Resolve finds a model for an actor; an error says why he may not ask it.
	Resolve(ctx context.Context, actor app.Actor, id string) (Choice, error)
}

// Roles tells what somebody is in a chat; not_found for strangers.
type Roles interface {
	Role(ctx context.Context, user app.UserID, chat app.ChatID) (app.MemberRole, error)
	// Hold runs work under the chat's lock with what a user is there then, in
	// one transaction.
	Hold(ctx context.Context, user app.UserID, chat app.ChatID, work func(context.Context, app.MemberRole) error) error
}

// Deltas is where running answers tell what they grew by. Calls do not block.
type Deltas interface {
	Grown(app.Delta)
	// Flushed tells the chats whose live tail grew.
	Flushed(chats []app.ChatID)
}

// Meter counts answers that have ended. Calls do not block.
type Meter interface {
	// Answered counts one: the model that was asked, or none; whether it ended
	// badly; the tokens, where they were told; and how long it took until its
	// first text came, 0 where none did.
	Answered(model string, failed bool, used *app.Usage, first time.Duration)
}

// nobody counts nothing.
type nobody struct{}

func (nobody) Answered(string, bool, *app.Usage, time.Duration) {}

// Options bound what an answer may cost.
type Options struct {
	// MaxBytes bounds content and reasoning of one answer together; it is asked
	// each time.
	MaxBytes func() int
	// Node is this process; the same id after a restart takes back at once
	// what the life before left.
	Node app.NodeID
	// FlushEvery, LookEvery and BeatEvery are 100 ms, 500 ms and 1 s.
	FlushEvery, LookEvery, BeatEvery time.Duration
	// DeadAfter is how long a beat stands still before its node is dead: 3.5 s.
	DeadAfter time.Duration
	// Longest bounds one run: 15 minutes. Patience is how long the end of one
	// is tried to be stored once the server has to go: 5 s.
	Longest, Patience time.Duration
	// Meter is told of answers that end here; nil is nobody.
	Meter Meter
}

// Service runs answers on this node.
type Service struct {
	runs    RunRepository
	nodes   NodeRepository
	past    PastRepository
	roles   Roles
	models  Models
	deltas  Deltas
	signals app.Signals
	live    *Live
	log     *slog.Logger
	options Options

	owner    atomic.Pointer[app.Owner]
	loops    sync.WaitGroup
	draining atomic.Bool
	claiming chan struct{}
	// life ends when answers have to: at the end of a drain.
	life    context.Context
	endLife context.CancelCauseFunc
}

// NewService wires answers to what they need. Nothing runs before Start.
func NewService(runs RunRepository, nodes NodeRepository, past PastRepository, roles Roles, models Models,
	deltas Deltas, signals app.Signals, live *Live, log *slog.Logger, options Options,
) *Service {
	s := &Service{
		runs: runs, nodes: nodes, past: past, roles: roles, models: models, deltas: deltas, signals: signals,
		live: live, log: log, options: options.withDefaults(), claiming: make(chan struct{}, 1),
	}
	s.life, s.endLife = context.WithCancelCause(context.Background())
	return s
}

func (o Options) withDefaults() Options {
	fallback := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	fallback(&o.FlushEvery, 100*time.Millisecond)
	fallback(&o.LookEvery, 500*time.Millisecond)
	fallback(&o.BeatEvery, time.Second)
	fallback(&o.DeadAfter, 3500*time.Millisecond)
	fallback(&o.Longest, 15*time.Minute)
	fallback(&o.Patience, 5*time.Second)
	if o.Meter == nil {
		o.Meter = nobody{}
	}
	return o
}

// Owner is this node at its present epoch.
func (s *Service) Owner() app.Owner { return *s.owner.Load() }

// Start registers the node and runs its loops until the context ends.
func (s *Service) Start(ctx context.Context) error {
	if err := s.register(ctx); err != nil {
		return err
	}
	for name, loop := range map[string]func(context.Context){"flush": s.flushLoop, "look": s.lookLoop, "claim": s.claimLoop} {
		s.loops.Go(func() { s.keepUp(ctx, name, loop) })
	}
	return nil
}

// keepUp runs a loop until the context ends. A panic costs it one round: the
// answers of everybody else go on.
func (s *Service) keepUp(ctx context.Context, name string, loop func(context.Context)) {
	round := func() {
		defer func() {
			if fault := recover(); fault != nil {
				s.log.Error("a loop panicked; it begins anew", "loop", name, "panic", fault, "stack", string(debug.Stack()))
			}
		}()
		loop(ctx)
	}
	for ctx.Err() == nil {
		round()
	}
}

// Wait returns when the loops have ended, after the context of Start has.
func (s *Service) Wait() { s.loops.Wait() }

func (s *Service) register(ctx context.Context) error {
	owner, err := s.nodes.Register(ctx, s.options.Node)
	if err == nil {
		s.owner.Store(&owner)
		s.log.Info("node registered", "node", owner.Node, "epoch", owner.Epoch)
	}
	return err
}

// Drain starts no waiting answer any more and waits for running ones until
// the context ends; those that are left then end as interrupted, with what
// came. The loops have to run still: stops and flushes go on.
func (s *Service) Drain(ctx context.Context) {
	s.draining.Store(true)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	ended := ctx.Done()
	for s.live.Count() > 0 {
		select {
		case <-ended:
			s.endLife(errDraining)
			ended = nil
		case <-ticker.C:
		}
	}
	s.endLife(errDraining)
}

// Started takes answers that were just stored as streaming on this node.
func (s *Service) Started(runs []app.Run) {
	for _, run := range runs {
		r := s.live.add(run)
		if r == nil {
			continue
		}
		go s.answer(r)
	}
}

// Overlay gives running answers of this node the text they have now, which is
// ahead of what is stored.
func (s *Service) Overlay(messages []app.Message) { s.live.Overlay(messages) }
