package search

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// pile is what waits to be put into the index.
type pile struct {
	mu    sync.Mutex
	left  int
	looks int
	err   error
}

func (p *pile) Shelve(_ context.Context, most int) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.looks++
	if p.err != nil {
		return 0, p.err
	}
	n := min(most, p.left)
	p.left -= n
	return n, nil
}

func TestLibrarian(t *testing.T) {
	t.Parallel()
	work := func(t *testing.T, p *pile, lasts time.Duration) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), lasts)
			defer cancel()
			NewLibrarian(p, slog.New(slog.DiscardHandler)).Run(ctx)
		})
	}
	t.Run("a burst is put away an armful at a time", func(t *testing.T) {
		t.Parallel()
		p := &pile{left: 10 * armful}
		work(t, p, 3*time.Second)
		require.Zero(t, p.left)
	})
	t.Run("with nothing to do he looks now and then", func(t *testing.T) {
		t.Parallel()
		p := &pile{}
		work(t, p, 61*time.Second)
		require.Equal(t, 30, p.looks)
	})
	t.Run("after a failure he goes on", func(t *testing.T) {
		t.Parallel()
		p := &pile{err: errors.New("the database is away")}
		work(t, p, 11*time.Second)
		require.Equal(t, 5, p.looks)
	})
}
