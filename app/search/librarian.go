package search

import (
	"context"
	"log/slog"
	"time"
)

// Shelves are where messages are put into the index of words.
type Shelves interface {
	// Shelve puts at most so many that came to rest into the index, and tells
	// how many it were. Nodes may do it side by side.
	Shelve(ctx context.Context, most int) (int, error)
}

// Librarian puts answers into the index of words some time after they ended.
// Until then they are found by reading them.
type Librarian struct {
	shelves Shelves
	log     *slog.Logger
	// rest lies between two looks, pause between two armfuls.
	rest, pause time.Duration
}

// armful is how many messages are put into the index at once: they hold up
// what is written to them for as long.
const armful = 16

// NewLibrarian makes one who looks every two seconds.
func NewLibrarian(shelves Shelves, log *slog.Logger) *Librarian {
	return &Librarian{shelves: shelves, log: log, rest: 2 * time.Second, pause: 50 * time.Millisecond}
}

// Run works until the context ends.
func (l *Librarian) Run(ctx context.Context) {
	timer := time.NewTimer(l.rest)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		wait := l.rest
		shelved, err := l.shelves.Shelve(ctx, armful)
		switch {
		case err != nil && ctx.Err() == nil:
			l.log.Warn("answers could not be put into the index of words; it is tried again", "error", err)
		case shelved == armful:
			wait = l.pause
		}
		timer.Reset(wait)
	}
}
