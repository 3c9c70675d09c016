package doorbell

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

const (
	// gather is how long at least lies between two rings: what comes meanwhile
	// is rung together.
	gather = 10 * time.Millisecond
	// patience bounds one ring, and farewell what is left at the end.
	patience = 5 * time.Second
	farewell = time.Second
	// seldom is how often a failure that goes on is told.
	seldom = time.Minute
)

// Line carries payloads between the nodes on one database.
type Line interface {
	// Notify sends a payload to everybody who listens, the sender too.
	Notify(ctx context.Context, payload string) error
	// Listen connects, calls up when it hears everything from now on, and heard
	// with each payload, one after the other. It returns when the context ends
	// or what it listens on is lost.
	Listen(ctx context.Context, up func(), heard func(payload string)) error
}

// Ear is who is told what was heard. Neither call blocks.
type Ear interface {
	// Heard takes a hint of another node.
	Heard(Hint)
	// LookAtAll tells that hints may have been lost until now.
	LookAtAll()
}

// Bell rings for the other nodes and hears them ring. Its methods are safe
// for concurrent use.
type Bell struct {
	line Line
	ear  Ear
	log  *slog.Logger
	// name is this bell's own: what it rang itself it does not hear.
	name string
	wake chan struct{}
	// sending is held by the one who rings.
	sending chan struct{}
	state   *state

	mu      sync.Mutex
	waiting set
	// told are the times of what is told only once in a while.
	told map[string]time.Time
}

// New makes a bell on a line. It rings and listens while Run does; without
// Run it rings when it is flushed.
func New(line Line, ear Ear, log *slog.Logger) *Bell {
	name, _ := shorten(app.NewID[string]()) // an id of our own is one
	return &Bell{
		line: line, ear: ear, log: log, name: name, wake: make(chan struct{}, 1), sending: make(chan struct{}, 1),
		state: newState(), told: map[string]time.Time{},
	}
}

// Ring tells the other nodes, soon and together with what others ring. It
// never blocks. A hint that cannot be sent is lost: looking makes it good.
func (b *Bell) Ring(hint Hint) {
	b.mu.Lock()
	b.waiting.add(hint)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Run rings and listens until the context ends; what waits then is still
// rung. It is called once.
func (b *Bell) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { b.listen(ctx) })
	all.Go(func() { b.probeEvery(ctx) })
	all.Go(func() { b.ringWhenAsked(ctx) })
	all.Wait()
}

func (b *Bell) ringWhenAsked(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
			defer cancel()
			b.Flush(last)
			return
		case <-b.wake:
		}
		b.Flush(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(gather):
		}
	}
}

// Flush rings what waits now, and returns when that is done or has failed.
func (b *Bell) Flush(ctx context.Context) {
	select {
	case b.sending <- struct{}{}:
		defer func() { <-b.sending }()
	case <-ctx.Done():
		return
	}
	b.mu.Lock()
	entries := b.waiting.order
	b.waiting = set{}
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, payload := range encode(b.name, entries) {
		if err := b.line.Notify(ctx, payload); err != nil {
			b.seldom("the other nodes cannot be told what changed; they see it when they look", "error", err)
			return
		}
	}
}

// hear takes one payload.
func (b *Bell) hear(payload string) {
	node, entries, ok := parse(payload)
	switch {
	case !ok:
		b.seldom("something that Quillium did not send was heard on its channel and is ignored", "bytes", len(payload))
		return
	case node == b.name:
		b.state.returned(entries)
		return
	}
	var hint Hint
	for _, e := range entries {
		if e.kind == probe {
			return // its own word to another bell, alone in its payload
		}
		hint.take(e)
	}
	b.ear.Heard(hint)
}

// seldom warns, but not again and again of the same.
func (b *Bell) seldom(text string, args ...any) {
	b.mu.Lock()
	now := time.Now()
	again := now.Sub(b.told[text]) < seldom
	if !again {
		b.told[text] = now
	}
	b.mu.Unlock()
	if !again {
		b.log.Warn(text, args...)
	}
}
