package chat

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

// readEvery is how often a member's read mark is written at most.
const readEvery = time.Second

// reader is a member of a chat who reads.
type reader struct {
	chat app.ChatID
	user app.UserID
}

// reads writes read marks. A member's first one is written at once; what comes
// within a second of it is written together at its end, the furthest one.
type reads struct {
	write func(ctx context.Context, who reader, seq int64) error

	mu sync.Mutex
	// turns are those who are being written at the end of their second.
	turns sync.WaitGroup
	// recent has those whose mark was written within the last second, and how
	// far they have read since; 0 is no further.
	recent map[reader]int64
	closed bool
}

func newReads(write func(context.Context, reader, int64) error) *reads {
	return &reads{write: write, recent: map[reader]int64{}}
}

func (r *reads) mark(ctx context.Context, who reader, seq int64) error {
	if r.waits(who, seq) {
		return nil
	}
	err := r.write(ctx, who, seq)
	time.AfterFunc(readEvery, func() { r.turn(who) })
	return err
}

// waits notes a mark that has to wait; one that need not begins a second.
func (r *reads) waits(who reader, seq int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	further, recent := r.recent[who]
	r.recent[who] = max(further, seq)
	if !recent {
		r.recent[who] = 0
	}
	return recent
}

// turn ends a member's second: what waited is written and begins another one.
// A database that is away is tried again, a second later.
func (r *reads) turn(who reader) {
	r.mu.Lock()
	seq := r.recent[who]
	if seq == 0 || r.closed {
		if seq == 0 {
			delete(r.recent, who)
		}
		r.mu.Unlock()
		return
	}
	r.recent[who] = 0
	r.turns.Add(1)
	r.mu.Unlock()
	defer r.turns.Done()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := r.write(ctx, who, seq); err != nil && !errors.Is(err, app.ErrNotFound) {
		r.again(who, seq)
	}
	time.AfterFunc(readEvery, func() { r.turn(who) })
}

func (r *reads) again(who reader, seq int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recent[who] = max(r.recent[who], seq)
}

// flush writes what waits, and what could not be written just now; from then
// on nothing waits.
func (r *reads) flush(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.turns.Wait()
	r.mu.Lock()
	waiting := r.recent
	r.recent = map[reader]int64{}
	r.mu.Unlock()
	var failed error
	for who, seq := range waiting {
		if seq == 0 {
			continue
		}
		if err := r.write(ctx, who, seq); err != nil && !errors.Is(err, app.ErrNotFound) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
