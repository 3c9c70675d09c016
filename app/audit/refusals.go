package audit

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

// Refusal is how often signing in to an account was refused to an address in
// one minute, which begins at At. Target is empty where there is no such
// account; both are for what was too much to be told apart.
type Refusal struct {
	At         time.Time
	Target, IP string
	Count      int64
}

// RefusalRepository keeps refused sign-ins.
type RefusalRepository interface {
	// CountUp adds to what is counted already, one SessionRefused each.
	CountUp(ctx context.Context, refusals []Refusal) error
}

const (
	countEvery = 2 * time.Second
	// mostCounted is how many accounts and addresses are told apart: a
	// stranger may try any number of them.
	mostCounted = 2000
)

// Refusals counts sign-ins that were refused, and writes them down a moment
// later, so that a refusal takes as long for an account that there is as for
// one that there is not.
type Refusals struct {
	store RefusalRepository
	log   *slog.Logger
	now   func() time.Time

	mu     sync.Mutex
	counts map[Refusal]int64 // by refusals whose Count is 0
}

// NewRefusals makes one; now is the clock.
func NewRefusals(store RefusalRepository, log *slog.Logger, now func() time.Time) *Refusals {
	return &Refusals{store: store, log: log, now: now, counts: map[Refusal]int64{}}
}

// Refused counts one. The account is empty where there is none, and network
// what counts as one address. It never blocks.
func (r *Refusals) Refused(account app.UserID, network string) {
	r.add(Refusal{At: r.now().UTC().Truncate(time.Minute), Target: string(account), IP: clean(network), Count: 1})
}

func (r *Refusals) add(one Refusal) {
	count := one.Count
	one.Count = 0
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.counts[one]; !known && len(r.counts) >= mostCounted {
		one.Target, one.IP = "", ""
	}
	r.counts[one] += count
}

// Run writes down every two seconds what was counted, until the context ends.
func (r *Refusals) Run(ctx context.Context) {
	every := time.NewTicker(countEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if err := r.Flush(ctx); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "refused sign-ins are not written down yet", "cause", err.Error())
		}
	}
}

// Flush writes down now what was counted. What fails is kept for the next time.
func (r *Refusals) Flush(ctx context.Context) error {
	r.mu.Lock()
	counts := r.counts
	r.counts = map[Refusal]int64{}
	r.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	list := make([]Refusal, 0, len(counts))
	for one, count := range counts {
		one.Count = count
		list = append(list, one)
	}
	// Nodes that count up the same rows at once must meet them in one order.
	slices.SortFunc(list, func(a, b Refusal) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Target, b.Target), cmp.Compare(a.IP, b.IP))
	})
	err := r.store.CountUp(ctx, list)
	if err != nil {
		for _, one := range list {
			r.add(one)
		}
	}
	return err
}
