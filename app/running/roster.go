package running

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

const (
	// rest lies at least between two writings, and patience bounds one.
	rest     = 500 * time.Millisecond
	patience = 5 * time.Second
	// quick is how long somebody who asks waits for this node's own writing.
	quick = time.Second
	// idle is how long after the last question the rows of a node are taken away.
	idle = 30 * time.Second
	// most bounds what one node writes.
	most = 10_000
)

// Ledger keeps who is connected to which node, while somebody wants to know.
type Ledger interface {
	// Put replaces what a node told, and gives those of its sockets that are to
	// be ended. Of an epoch that is past it stores nothing.
	Put(ctx context.Context, owner app.Owner, total int, sockets []app.Socket) (ending []string, err error)
	// Clear takes away what a node told.
	Clear(ctx context.Context, node app.NodeID) error
}

// Hall is where the sockets of this node are.
type Hall interface {
	// Sockets lists at most this many, and tells how many there are.
	Sockets(most, chats int) (list []app.Socket, total int)
	// EndSockets closes these.
	EndSockets(ids []string)
}

// Roster writes down who is connected to this node whenever somebody, on any
// node, asks. While nobody asks it costs nothing.
type Roster struct {
	hall   Hall
	ledger Ledger
	owner  func() app.Owner
	ring   func()
	log    *slog.Logger
	wake   chan struct{}

	mu sync.Mutex
	// next is closed at the end of the first writing that begins from now on.
	next chan struct{}
}

// NewRoster makes a roster; owner is this node, and ring asks the others.
func NewRoster(hall Hall, ledger Ledger, owner func() app.Owner, ring func(), log *slog.Logger) *Roster {
	return &Roster{hall: hall, ledger: ledger, owner: owner, ring: ring, log: log, wake: make(chan struct{}, 1), next: make(chan struct{})}
}

// Ask has all nodes write down who is connected, and waits for this one, but
// not long.
func (r *Roster) Ask(ctx context.Context) {
	r.mu.Lock()
	written := r.next
	r.mu.Unlock()
	r.Heard()
	r.ring()
	select {
	case <-written:
	case <-ctx.Done():
	case <-time.After(quick):
	}
}

// Heard is for when another node asks. It does not block.
func (r *Roster) Heard() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run writes when it was asked, until the context ends; then nobody is
// connected here.
func (r *Roster) Run(ctx context.Context) {
	forget := time.NewTimer(idle)
	defer forget.Stop()
	clear := func() {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if err := r.ledger.Clear(bounded, r.owner().Node); err != nil {
			r.log.Info("who is connected here stays written down for a while", "error", err)
		}
	}
	defer clear()
	for {
		select {
		case <-ctx.Done():
			return
		case <-forget.C:
			clear()
			continue
		case <-r.wake:
		}
		r.write(ctx)
		forget.Reset(idle)
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
	}
}

func (r *Roster) write(ctx context.Context) {
	r.mu.Lock()
	written := r.next
	r.next = make(chan struct{})
	r.mu.Unlock()
	defer close(written)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	list, total := r.hall.Sockets(most, MaxChats)
	ending, err := r.ledger.Put(ctx, r.owner(), total, list)
	if err != nil {
		r.log.Warn("who is connected here could not be written down", "error", err)
		return
	}
	r.hall.EndSockets(ending)
}
