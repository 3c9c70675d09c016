package doorbell

import (
	"context"
	"crypto/rand"
	"sync"
	"time"
)

const (
	// probeEvery is how often a bell rings for itself, and returnsWithin how
	// long that may take.
	probeEvery    = time.Minute
	returnsWithin = 5 * time.Second
)

// state is whether what is rung arrives, as far as a bell can tell by ringing
// for itself.
type state struct {
	mu sync.Mutex
	// deaf: the last word to itself did not arrive, or nothing is listened on.
	deaf bool
	// up: it listens now. warned: it was told that nothing arrives all the same.
	up, warned bool
	// word is the one that is awaited, and back is closed when it came.
	word string
	back chan struct{}
	// again ends the listening of now.
	again context.CancelFunc
	// due asks for a probe now.
	due chan struct{}
}

func newState() *state { return &state{due: make(chan struct{}, 1)} }

// Arriving tells whether hints arrive here: nothing is known to the contrary.
func (b *Bell) Arriving() bool {
	b.state.mu.Lock()
	defer b.state.mu.Unlock()
	return !b.state.deaf
}

func (s *state) began(again context.CancelFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.again, s.up = again, false
}

func (s *state) lost() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf, s.up = true, false
}

func (s *state) listens() {
	s.mu.Lock()
	s.up = true
	s.mu.Unlock()
	select {
	case s.due <- struct{}{}:
	default:
	}
}

// returned takes what this bell rang itself.
func (s *state) returned(entries []entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range entries {
		if e.kind == probe && e.id == s.word && s.back != nil {
			close(s.back)
			s.back = nil
		}
	}
}

func (s *state) await(word string) (back chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.word, s.back = word, make(chan struct{})
	return s.back
}

// arrived and missed keep how a probe went, and tell whether that is to be
// logged.
func (s *state) arrived() (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	news = s.warned
	s.deaf, s.warned = false, false
	return news
}

func (s *state) missed() (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = true
	news = s.up && !s.warned
	s.warned = s.warned || s.up
	return news
}

func (s *state) unsent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = true
}

// anew ends the listening of now, so that another one begins: a connection may
// be dead without anybody having said so.
func (s *state) anew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up {
		s.again()
	}
}

// probeEvery rings for itself whenever it begins to listen, and once a minute.
func (b *Bell) probeEvery(ctx context.Context) {
	ticker := time.NewTicker(probeEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.state.due:
			b.probe(ctx)
		case <-ticker.C:
			if !b.probe(ctx) {
				b.state.anew()
			}
		}
	}
}

// probe rings for itself; false where that was sent and did not arrive.
func (b *Bell) probe(ctx context.Context) bool {
	waiting, cancel := context.WithTimeout(ctx, returnsWithin)
	defer cancel()
	word := rand.Text()
	back := b.state.await(word)
	for _, payload := range encode(b.name, []entry{{kind: probe, id: word}}) {
		if err := b.line.Notify(waiting, payload); err != nil {
			// A database that is away is told of by whoever listens, who may be
			// listening still: a word that was not sent says nothing of that.
			b.state.unsent()
			return true
		}
	}
	select {
	case <-back:
		if b.state.arrived() {
			b.log.Info("what is sent by NOTIFY comes back by LISTEN again")
		}
		return true
	case <-waiting.Done():
	}
	if ctx.Err() == nil && b.state.missed() {
		b.log.Warn("What is sent by NOTIFY does not come back by LISTEN; a pooler in transaction mode, such as PgBouncer's, loses it. " +
			"Let NOTIFY_DATABASE_URL lead to PostgreSQL itself, or to a pooler in session mode. Until then other nodes' changes take some seconds.")
	}
	return false
}
