package doorbell

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// cable is a Line between the bells of one test.
type cable struct {
	mu    sync.Mutex
	ears  map[chan string]context.CancelFunc
	sent  []string
	fail  error
	muted bool
	// loose lets go of everybody as soon as he listens.
	loose bool
}

var errCut = errors.New("the cable is cut")

func newCable() *cable { return &cable{ears: map[chan string]context.CancelFunc{}} }

func (c *cable) Notify(_ context.Context, payload string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		return c.fail
	}
	c.sent = append(c.sent, payload)
	for ear := range c.ears {
		if !c.muted {
			ear <- payload
		}
	}
	return nil
}

func (c *cable) Listen(ctx context.Context, up func(), heard func(string)) error {
	c.mu.Lock()
	fail, loose := c.fail, c.loose
	life, cut := context.WithCancel(ctx)
	defer cut()
	ear := make(chan string, 1000)
	if fail == nil {
		c.ears[ear] = cut
	}
	c.mu.Unlock()
	if fail != nil {
		return fail
	}
	up()
	if loose {
		cut()
	}
	for {
		select {
		case payload := <-ear:
			heard(payload)
		case <-life.Done():
			c.mu.Lock()
			delete(c.ears, ear)
			c.mu.Unlock()
			return errCut
		}
	}
}

// cut ends everybody's listening; nobody can listen or notify until it is nil.
func (c *cable) set(fail error, muted bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail, c.muted = fail, muted
	for _, cut := range c.ears {
		if fail != nil {
			cut()
		}
	}
}

func (c *cable) rung() (hints int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, payload := range c.sent {
		if _, entries, ok := parse(payload); ok && entries[0].kind != probe {
			hints++
		}
	}
	return hints
}

// listener is an Ear that keeps what it is told.
type listener struct {
	mu    sync.Mutex
	hints []Hint
	looks int
}

func (l *listener) Heard(h Hint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hints = append(l.hints, h)
}

func (l *listener) LookAtAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.looks++
}

// pair is two bells on one cable.
type pair struct {
	cable      *cable
	here       *Bell
	atHere     *listener
	atThere    *listener
	log        bytes.Buffer
	end        func()
	bothAreOut sync.WaitGroup
}

func onCable(t *testing.T, name string, tell func(t *testing.T, p *pair)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := &pair{cable: newCable(), atHere: &listener{}, atThere: &listener{}}
			p.here = New(p.cable, p.atHere, slog.New(slog.NewTextHandler(&p.log, nil)))
			there := New(p.cable, p.atThere, slog.New(slog.DiscardHandler))
			ctx, cancel := context.WithCancel(t.Context())
			p.end = func() { cancel(); p.bothAreOut.Wait() }
			p.bothAreOut.Go(func() { p.here.Run(ctx) })
			p.bothAreOut.Go(func() { there.Run(ctx) })
			synctest.Wait()
			tell(t, p)
			p.end()
		})
	})
}

func TestBell(t *testing.T) {
	t.Parallel()
	one, two := app.NewID[app.ChatID](), app.NewID[app.ChatID]()
	onCable(t, "the others hear what is rung, and the one who rings does not", func(t *testing.T, p *pair) {
		p.here.Ring(Hint{Chats: []app.ChatID{one}})
		time.Sleep(2 * gather)
		synctest.Wait()
		require.Equal(t, []Hint{{Chats: []app.ChatID{one}}}, p.atThere.hints)
		require.Empty(t, p.atHere.hints)
		require.Equal(t, 1, p.atHere.looks, "whoever begins to listen looks at everything")
	})
	onCable(t, "what is rung within some milliseconds goes together, each thing once", func(t *testing.T, p *pair) {
		for range 100 {
			p.here.Ring(Hint{Chats: []app.ChatID{one}})
			p.here.Ring(Hint{Chats: []app.ChatID{two}})
			time.Sleep(gather / 100)
		}
		time.Sleep(2 * gather)
		synctest.Wait()
		require.LessOrEqual(t, p.cable.rung(), 3)
		for _, hint := range p.atThere.hints {
			require.LessOrEqual(t, len(hint.Chats), 2)
		}
	})
	onCable(t, "what waits at the end is still rung", func(t *testing.T, p *pair) {
		p.here.Ring(Hint{Chats: []app.ChatID{one}})
		synctest.Wait()
		p.here.Ring(Hint{Chats: []app.ChatID{two}})
		p.end()
		require.Equal(t, 2, p.cable.rung())
	})
	onCable(t, "what cannot be rung is told once in a while, and nobody waits for it", func(t *testing.T, p *pair) {
		p.cable.mu.Lock()
		p.cable.fail = errCut
		p.cable.mu.Unlock()
		for range 20 {
			p.here.Ring(Hint{Chats: []app.ChatID{one}})
			time.Sleep(2 * gather)
		}
		require.Equal(t, 1, bytes.Count(p.log.Bytes(), []byte("cannot be told")))
	})
	onCable(t, "what others send on the channel is ignored, with one line in the log", func(t *testing.T, p *pair) {
		for range 10 {
			require.NoError(t, p.cable.Notify(t.Context(), "buy now"))
		}
		synctest.Wait()
		require.Equal(t, 1, bytes.Count(p.log.Bytes(), []byte("ignored")))
		require.NotContains(t, p.log.String(), "buy now")
	})
}

func TestListening(t *testing.T) {
	t.Parallel()
	onCable(t, "a cut is told once, and so is that it is over; then everything is looked at", func(t *testing.T, p *pair) {
		require.True(t, p.here.Arriving())
		p.cable.set(errCut, false)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		require.False(t, p.here.Arriving())
		require.Equal(t, 1, p.atHere.looks)
		p.cable.set(nil, false)
		time.Sleep(longestPause)
		synctest.Wait()
		require.True(t, p.here.Arriving())
		require.Equal(t, 2, p.atHere.looks)
		require.Equal(t, 1, bytes.Count(p.log.Bytes(), []byte("are not heard")))
		require.Equal(t, 1, bytes.Count(p.log.Bytes(), []byte("are heard again")))
	})
	onCable(t, "a line that swallows everything is found out within a minute, told once, and tried anew", func(t *testing.T, p *pair) {
		p.cable.set(nil, true)
		time.Sleep(probeEvery + returnsWithin + time.Second)
		synctest.Wait()
		require.False(t, p.here.Arriving())
		require.Contains(t, p.log.String(), "PgBouncer")
		require.Contains(t, p.log.String(), "NOTIFY_DATABASE_URL")
		time.Sleep(5 * probeEvery)
		synctest.Wait()
		require.Equal(t, 1, bytes.Count(p.log.Bytes(), []byte("PgBouncer")))
		require.Greater(t, p.atHere.looks, 3)
		p.cable.set(nil, false)
		time.Sleep(probeEvery + time.Second)
		synctest.Wait()
		require.True(t, p.here.Arriving())
		require.Contains(t, p.log.String(), "comes back by LISTEN again")
	})
	onCable(t, "what is lost as soon as it is heard is tried less and less often", func(t *testing.T, p *pair) {
		p.cable.mu.Lock()
		p.cable.loose = true
		p.cable.mu.Unlock()
		p.cable.set(errCut, false)
		p.cable.set(nil, false)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.LessOrEqual(t, p.atHere.looks, 40, "looking at everything is not made a storm")
		require.Greater(t, p.atHere.looks, 20)
	})
	onCable(t, "a word that could not be sent keeps nobody from finding out later that nothing arrives", func(t *testing.T, p *pair) {
		p.cable.mu.Lock()
		p.cable.fail = errCut // the pool has no connection to spare; who listens still does
		p.cable.mu.Unlock()
		time.Sleep(probeEvery + time.Second)
		synctest.Wait()
		require.False(t, p.here.Arriving())
		require.Equal(t, 1, p.atHere.looks, "who listens goes on")
		p.cable.set(nil, true)
		time.Sleep(probeEvery + returnsWithin)
		synctest.Wait()
		require.Contains(t, p.log.String(), "PgBouncer")
		require.Equal(t, 2, p.atHere.looks, "and begins anew")
	})
}
