package app

import (
	"context"
	"sync/atomic"
)

// Tally counts what a request costs, for the log.
type Tally struct{ queries atomic.Int64 }

type tallyKey struct{}

// WithTally gives a context a tally that whoever works for it counts in.
func WithTally(ctx context.Context) (context.Context, *Tally) {
	t := &Tally{}
	return context.WithValue(ctx, tallyKey{}, t), t
}

// TallyOf is the tally of a context; nil, which may be counted in, where it
// has none.
func TallyOf(ctx context.Context) *Tally {
	t, _ := ctx.Value(tallyKey{}).(*Tally)
	return t
}

// Query counts one statement that the database is asked.
func (t *Tally) Query() {
	if t != nil {
		t.queries.Add(1)
	}
}

// Queries tells how many there were.
func (t *Tally) Queries() int64 {
	if t == nil {
		return 0
	}
	return t.queries.Load()
}
