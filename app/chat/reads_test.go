package chat

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// pen notes what is written, and can be out of ink.
type pen struct {
	mu    sync.Mutex
	marks []int64
	err   error
	// hold, where there is one, is waited for before a mark is written.
	hold chan struct{}
}

func (p *pen) write(_ context.Context, _ reader, seq int64) error {
	p.mu.Lock()
	hold := p.hold
	p.mu.Unlock()
	if hold != nil {
		<-hold
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.marks = append(p.marks, seq)
	}
	return p.err
}

func (p *pen) stops() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hold = make(chan struct{})
}

func (p *pen) fails(with error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = with
}

// rest lets seconds go by, and what they start come to its end.
func rest(seconds int) {
	time.Sleep(time.Duration(seconds)*readEvery + time.Millisecond)
	synctest.Wait()
}

func TestReads(t *testing.T) {
	t.Parallel()
	ada, eve := reader{"c", "ada"}, reader{"c", "eve"}
	for name, story := range map[string]func(*testing.T, *reads, *pen){
		"a member's mark is written at once, and then once a second, the furthest": func(t *testing.T, r *reads, p *pen) {
			for seq := range int64(100) {
				require.NoError(t, r.mark(t.Context(), ada, 1+seq%50))
				time.Sleep(25 * time.Millisecond)
			}
			rest(2)
			require.LessOrEqual(t, len(p.marks), 4)
			require.EqualValues(t, 1, p.marks[0])
			require.EqualValues(t, 50, p.marks[len(p.marks)-1])
			require.True(t, slices.IsSorted(p.marks))
		},
		"one member does not hold up another": func(t *testing.T, r *reads, p *pen) {
			require.NoError(t, r.mark(t.Context(), ada, 1))
			require.NoError(t, r.mark(t.Context(), eve, 2))
			require.Equal(t, []int64{1, 2}, p.marks)
			rest(2)
		},
		"nobody is remembered for longer than a second": func(t *testing.T, r *reads, _ *pen) {
			require.NoError(t, r.mark(t.Context(), ada, 1))
			rest(2)
			require.Empty(t, r.recent)
		},
		"what could not be written is tried again": func(t *testing.T, r *reads, p *pen) {
			require.NoError(t, r.mark(t.Context(), ada, 1))
			require.NoError(t, r.mark(t.Context(), ada, 7))
			p.fails(app.ErrUnavailable)
			rest(3)
			p.fails(nil)
			rest(3)
			require.Equal(t, []int64{1, 7}, p.marks)
			require.Empty(t, r.recent)
		},
		"but not where he has left": func(t *testing.T, r *reads, p *pen) {
			require.NoError(t, r.mark(t.Context(), ada, 1))
			require.NoError(t, r.mark(t.Context(), ada, 7))
			p.fails(app.ErrNotFound)
			rest(3)
			require.Empty(t, r.recent)
		},
		"a server that goes writes what waits, and then each at once": func(t *testing.T, r *reads, p *pen) {
			require.NoError(t, r.mark(t.Context(), ada, 1))
			require.NoError(t, r.mark(t.Context(), ada, 7))
			require.NoError(t, r.flush(t.Context()))
			require.NoError(t, r.mark(t.Context(), ada, 8))
			require.Equal(t, []int64{1, 7, 8}, p.marks)
			rest(2)
			require.Equal(t, []int64{1, 7, 8}, p.marks)
		},
		"one that fails as the server goes is tried once more": func(t *testing.T, r *reads, p *pen) {
			require.NoError(t, r.mark(t.Context(), ada, 1))
			require.NoError(t, r.mark(t.Context(), ada, 7))
			p.fails(app.ErrUnavailable)
			p.stops()
			rest(1)
			flushed := make(chan error, 1)
			go func() { flushed <- r.flush(t.Context()) }()
			synctest.Wait()
			close(p.hold)
			synctest.Wait()
			require.ErrorIs(t, <-flushed, app.ErrUnavailable, "it was not given up before it was told")
			rest(2)
		},
		"an error of the first one is told": func(t *testing.T, r *reads, p *pen) {
			p.fails(app.ErrNotFound)
			require.ErrorIs(t, r.mark(t.Context(), ada, 1), app.ErrNotFound)
			rest(2)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &pen{}
				story(t, newReads(p.write), p)
			})
		})
	}
}
