package assistant

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm/llmtest"
)

func (s *stage) graves() []Beat { return seen(&s.store.mu, &s.store.buried) }

func TestTheDead(t *testing.T) {
	t.Parallel()
	still := Beat{Node: "other", Epoch: 2, Beat: 40}
	with := func(beats ...Beat) func(*Options, *store) {
		return func(_ *Options, db *store) { db.beats = beats }
	}

	t.Run("a beat that stands still for 3.5 s is buried, at the epoch it is at, and not before", func(t *testing.T) {
		t.Parallel()
		play(t, nil, with(still), func(t *testing.T, s *stage) {
			time.Sleep(3400 * time.Millisecond)
			require.Empty(t, s.graves())
			time.Sleep(700 * time.Millisecond)
			require.Equal(t, []Beat{still}, s.graves())
		})
	})

	t.Run("nodes of the past are cleared away at the start and once an hour, but not ourselves", func(t *testing.T) {
		t.Parallel()
		play(t, nil, with(), func(t *testing.T, s *stage) {
			time.Sleep(90 * time.Minute)
			require.Equal(t, []app.NodeID{self, self}, seen(&s.store.mu, &s.store.forgotBut))
		})
	})

	t.Run("one that moves lives, however slowly, and so do we", func(t *testing.T) {
		t.Parallel()
		play(t, nil, with(still, Beat{Node: self, Epoch: 1, Beat: 1}), func(t *testing.T, s *stage) {
			for range 10 {
				time.Sleep(3 * time.Second)
				s.store.mu.Lock()
				s.store.beats[0].Beat++
				s.store.mu.Unlock()
			}
			require.Empty(t, s.graves())
		})
	})

	t.Run("one that came back at its next epoch is not the dead one", func(t *testing.T) {
		t.Parallel()
		play(t, nil, with(still), func(t *testing.T, s *stage) {
			time.Sleep(3 * time.Second)
			s.store.mu.Lock()
			s.store.beats[0].Epoch++
			s.store.mu.Unlock()
			time.Sleep(3 * time.Second)
			require.Empty(t, s.graves())
		})
	})

	for name, call := range map[string]string{"the looks": "beats", "the taking over": "orphans", "the last step": "held"} {
		t.Run("nobody is buried where the database did not answer throughout: "+name, func(t *testing.T) {
			t.Parallel()
			play(t, nil, with(still), func(t *testing.T, s *stage) {
				start := time.Now()
				s.fail(func(asked string) error {
					if asked == call && time.Since(start)%(3*time.Second) < 600*time.Millisecond {
						return down
					}
					return nil
				})
				time.Sleep(time.Minute)
				require.Empty(t, s.graves())
				s.fail(nil)
				time.Sleep(5 * time.Second)
				require.Len(t, s.graves(), 1)
			})
		})
	}

	t.Run("an answer that takes too long is none", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := build(nil, with(still))
			s.nodes = &lateNodes{store: s.store, late: func() time.Duration { return time.Second }}
			ctx, stop := context.WithCancel(context.Background())
			require.NoError(t, s.Start(ctx))
			time.Sleep(time.Minute)
			require.Empty(t, s.graves())
			stop()
			s.Wait()
		})
	})

	t.Run("a looker that stood still itself begins anew", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := build(nil, with(still))
			start, paused := time.Now(), false
			s.nodes = &lateNodes{store: s.store, orphans: func() time.Duration {
				if time.Since(start) < 2*time.Second || paused {
					return 0
				}
				paused = true
				return 4 * time.Second
			}}
			ctx, stop := context.WithCancel(context.Background())
			require.NoError(t, s.Start(ctx))
			time.Sleep(8 * time.Second)
			require.Empty(t, s.graves(), "2 s, a pause, and 2 s are not 3.5 s of looking")
			time.Sleep(3 * time.Second)
			require.Len(t, s.graves(), 1)
			stop()
			s.Wait()
		})
	})
}

// lateNodes answer late.
type lateNodes struct {
	*store
	late, orphans func() time.Duration
}

func (n *lateNodes) Beats(ctx context.Context) ([]Beat, error) {
	if n.late != nil {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(n.late()):
		}
	}
	return n.store.Beats(ctx)
}

func (n *lateNodes) Orphans(ctx context.Context) ([]app.Ending, error) {
	if n.orphans != nil {
		time.Sleep(n.orphans())
	}
	return n.store.Orphans(ctx)
}

func TestTakingOver(t *testing.T) {
	t.Parallel()

	t.Run("runs of the dead end as interrupted with what is stored, and are told", func(t *testing.T) {
		t.Parallel()
		orphan := app.Ending{ChatID: "chat", MessageID: "m", Rev: 9, Status: app.StatusInterrupted}
		play(t, nil, func(_ *Options, db *store) { db.orphans = []app.Ending{orphan} }, func(t *testing.T, s *stage) {
			require.Equal(t, []app.Ending{orphan}, s.endings(), "at the first look")
			require.Len(t, s.told(), 1)
		})
	})

	t.Run("one that cannot be ended keeps no other waiting", func(t *testing.T) {
		t.Parallel()
		bad := app.Ending{ChatID: "chat", MessageID: "bad", Rev: 9, Status: app.StatusInterrupted}
		good := app.Ending{ChatID: "chat", MessageID: "good", Rev: 10, Status: app.StatusInterrupted}
		play(t, nil, func(_ *Options, db *store) {
			db.orphans = []app.Ending{bad, good}
			first := true
			db.away = func(call string) error {
				if call == "end" && first {
					first = false
					return errors.New("what?")
				}
				return nil
			}
		}, func(t *testing.T, s *stage) {
			require.Equal(t, []app.Ending{good}, s.endings())
			time.Sleep(time.Second)
			require.Equal(t, []app.Ending{good, bad}, s.endings(), "and is tried again")
		})
	})

	t.Run("a run that is stored as ours and does not run here ends at the second look", func(t *testing.T) {
		t.Parallel()
		stray, late := one("m"), one("m")
		play(t, models(llmtest.Text("x"), llmtest.Block()), func(_ *Options, db *store) { db.held = []app.Run{stray, late} }, func(t *testing.T, s *stage) {
			require.Empty(t, s.endings(), "it may be about to begin")
			s.Started([]app.Run{late})
			time.Sleep(600 * time.Millisecond)
			e := s.endings()
			require.Len(t, e, 1)
			require.Equal(t, []any{stray.MessageID, app.StatusInterrupted}, []any{e[0].MessageID, e[0].Status})
			require.Nil(t, e[0].Content)
		})
	})

	t.Run("another run of the same answer is about to begin anew", func(t *testing.T) {
		t.Parallel()
		run := one("m")
		play(t, nil, func(_ *Options, db *store) { db.held = []app.Run{run} }, func(t *testing.T, s *stage) {
			require.Empty(t, s.endings())
			run.Rev += 2
			s.store.mu.Lock()
			s.store.held = []app.Run{run}
			s.store.mu.Unlock()
			time.Sleep(600 * time.Millisecond)
			require.Empty(t, s.endings())
		})
	})
}
