package assistant

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/llmtest"
)

// flushes are the chunks of the flushes so far that had any.
func (s *stage) flushes() (list [][]app.Chunk) {
	for _, chunks := range seen(&s.store.mu, &s.store.flushed) {
		if len(chunks) > 0 {
			list = append(list, chunks)
		}
	}
	return list
}

func TestFlushLoop(t *testing.T) {
	t.Parallel()

	t.Run("many tokens are one chunk, every 100 ms, and nothing where nothing grew", func(t *testing.T) {
		t.Parallel()
		play(t, models(llmtest.Text("a", "b", "c"), llmtest.Reasoning("r"), llmtest.Block()), nil, func(t *testing.T, s *stage) {
			run := one("m")
			s.Started([]app.Run{run})
			time.Sleep(450 * time.Millisecond)
			flushes := s.flushes()
			require.Equal(t, app.Chunk{MessageID: run.MessageID, Rev: 7, Part: app.PartContent, Offset: 0, Text: "abc"}, flushes[0][0])
			for _, later := range flushes[1:] {
				require.Equal(t, app.PartReasoning, later[0].Part, "only what this fake never keeps comes again")
			}
			require.Len(t, seen(&s.store.mu, &s.store.asked), 4)
		})
	})

	t.Run("a node without answers shows a sign of life each second", func(t *testing.T) {
		t.Parallel()
		play(t, nil, nil, func(t *testing.T, s *stage) {
			time.Sleep(10*time.Second + 50*time.Millisecond)
			require.InDelta(t, 10, len(seen(&s.store.mu, &s.store.flushed)), 1)
		})
	})

	t.Run("a lost flush is repeated from where the store says it is", func(t *testing.T) {
		t.Parallel()
		play(t, models(llmtest.Text("abc"), llmtest.Block()), nil, func(t *testing.T, s *stage) {
			s.fail(func(call string) error {
				if call == "flush" {
					return down
				}
				return nil
			})
			s.Started([]app.Run{one("m")})
			time.Sleep(time.Second)
			require.Greater(t, len(s.flushes()), 5, "it is tried again at once")
			s.fail(nil)
			time.Sleep(time.Second)
			flushes := s.flushes()
			last := flushes[len(flushes)-1][0]
			require.Equal(t, []any{0, "abc"}, []any{last.Offset, last.Text})
			time.Sleep(time.Second)
			require.Len(t, s.flushes(), len(flushes), "and once only")
		})
	})

	t.Run("data that cannot be stored holds up no other answer", func(t *testing.T) {
		t.Parallel()
		play(t, models(llmtest.Text("abc"), llmtest.Block()), nil, func(t *testing.T, s *stage) {
			bad, good := one("m"), one("m")
			var alone atomic.Int32
			s.set(func(db *store) {
				db.flush = func(owner app.Owner, runs []app.Run, chunks []app.Chunk) (bool, []app.Kept, error) {
					for _, k := range chunks {
						if k.MessageID == bad.MessageID {
							return false, nil, errors.New("cannot be stored")
						}
					}
					if len(runs) == 1 && runs[0].MessageID == good.MessageID && len(chunks) == 1 {
						alone.Add(1)
					}
					return true, s.store.keepAll(runs, chunks), nil
				}
			})
			s.Started([]app.Run{bad, good})
			time.Sleep(time.Second)
			require.EqualValues(t, 1, alone.Load())
		})
	})

	t.Run("never two flushes at once, and one that hangs is given up in time", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := build(models(llmtest.Text("abc"), llmtest.Block()), nil)
			slow := &slowNodes{store: s.store}
			s.nodes = slow
			ctx, stop := context.WithCancel(context.Background())
			require.NoError(t, s.Start(ctx))
			s.Started([]app.Run{one("m")})
			time.Sleep(10 * time.Second)
			require.EqualValues(t, 1, slow.most.Load())
			require.InDelta(t, 5, slow.calls.Load(), 1)
			stop()
			s.endLife(errDraining)
			s.Wait()
			synctest.Wait()
		})
	})

	t.Run("a wish to stop ends that run alone", func(t *testing.T) {
		t.Parallel()
		play(t, models(llmtest.Text("half"), llmtest.Block()), nil, func(t *testing.T, s *stage) {
			mine, other := one("m"), one("m")
			s.set(func(db *store) {
				db.flush = func(_ app.Owner, runs []app.Run, chunks []app.Chunk) (bool, []app.Kept, error) {
					kept := s.store.keepAll(runs, chunks)
					for i := range kept {
						kept[i].Stop = kept[i].MessageID == mine.MessageID
					}
					return true, append(kept, app.Kept{MessageID: other.MessageID, Rev: other.Rev - 1, Stop: true}), nil
				}
			})
			s.Started([]app.Run{mine, other})
			time.Sleep(time.Second)
			e := s.endings()
			require.Len(t, e, 1)
			require.Equal(t, []any{mine.MessageID, app.StatusStopped, "half"}, []any{e[0].MessageID, e[0].Status, *e[0].Content})
			require.Nil(t, e[0].Failure)
		})
	})

	t.Run("a run that the store no longer has is dropped without an end", func(t *testing.T) {
		t.Parallel()
		play(t, models(llmtest.Text("half"), llmtest.Block()), nil, func(t *testing.T, s *stage) {
			s.set(func(db *store) {
				db.flush = func(app.Owner, []app.Run, []app.Chunk) (bool, []app.Kept, error) { return true, nil, nil }
			})
			s.Started([]app.Run{one("m")})
			time.Sleep(time.Second)
			require.Zero(t, s.live.Count())
			require.Empty(t, s.endings())
			require.Empty(t, s.told())
		})
	})

	t.Run("a node that was declared dead drops its runs and comes back at the next epoch", func(t *testing.T) {
		t.Parallel()
		play(t, models(llmtest.Text("half"), llmtest.Block()), nil, func(t *testing.T, s *stage) {
			require.Equal(t, app.Owner{Node: self, Epoch: 1}, s.Owner())
			s.Started([]app.Run{one("m"), one("m")})
			time.Sleep(time.Second)
			s.store.mu.Lock()
			s.store.epoch = 2 // buried
			s.store.mu.Unlock()
			time.Sleep(time.Second)
			require.Zero(t, s.live.Count())
			require.Empty(t, s.endings(), "whoever took them over ends them")
			require.Equal(t, app.Owner{Node: self, Epoch: 3}, s.Owner())
			s.Started([]app.Run{one("m")})
			time.Sleep(time.Second)
			require.Equal(t, 1, s.live.Count(), "and what begins then is its own")
		})
	})
}

// slowNodes never answer a flush; they count how many wait.
type slowNodes struct {
	*store
	now, most, calls atomic.Int32
}

func (n *slowNodes) Flush(ctx context.Context, _ app.Owner, _ []app.Run, _ []app.Chunk) (bool, []app.Kept, error) {
	n.calls.Add(1)
	n.most.Store(max(n.most.Load(), n.now.Add(1)))
	defer n.now.Add(-1)
	<-ctx.Done()
	return false, nil, ctx.Err()
}

func TestClaimLoop(t *testing.T) {
	t.Parallel()
	streaming := func(run app.Run) (app.Changes, error) {
		m := app.Message{ID: run.MessageID, ChatID: run.ChatID, Rev: run.Rev + 1, Status: app.StatusStreaming, Model: &run.Model, Content: "stored, "}
		return app.Changes{ChatID: run.ChatID, From: run.Rev, Rev: run.Rev + 1, Messages: []app.Message{m}}, nil
	}
	set := func(runs ...app.Run) func(*Options, *store) {
		return func(_ *Options, db *store) { db.waiting, db.claim = runs, streaming }
	}

	t.Run("who waits begins within a second, from what is stored", func(t *testing.T) {
		t.Parallel()
		run := one("m")
		run.Content = "of an earlier run"
		play(t, models(llmtest.Text("new")), set(run), func(t *testing.T, s *stage) {
			time.Sleep(1100 * time.Millisecond)
			e := s.endings()
			require.Len(t, e, 1)
			require.Equal(t, "stored, new", *e[0].Content)
			require.Equal(t, run.Rev+1, e[0].Rev)
			require.Len(t, s.told(), 2, "the beginning and the end")
		})
	})

	t.Run("the next one begins at once when one ends", func(t *testing.T) {
		t.Parallel()
		play(t, models(llmtest.Text("x")), nil, func(t *testing.T, s *stage) {
			time.Sleep(1500 * time.Millisecond)
			s.store.mu.Lock()
			s.store.waiting, s.store.claim = []app.Run{one("m")}, streaming
			s.store.mu.Unlock()
			s.Started([]app.Run{one("m")})
			require.Len(t, s.endings(), 2, "no time has passed")
		})
	})

	t.Run("one that cannot begin holds up no other; one that was taken is no matter", func(t *testing.T) {
		t.Parallel()
		bad, taken, stopped, good := one("m"), one("m"), one("m"), one("m")
		taken.ChatID, taken.Asker = "another", "bob"
		play(t, models(llmtest.Text("x")), set(bad, taken, stopped, good), func(t *testing.T, s *stage) {
			s.store.mu.Lock()
			s.store.claim = func(run app.Run) (app.Changes, error) {
				switch run.MessageID {
				case bad.MessageID:
					return app.Changes{}, errors.New("what?")
				case taken.MessageID:
					return app.Changes{From: 9, Rev: 9}, nil
				case stopped.MessageID:
					return app.Changes{From: 9, Rev: 10, Messages: []app.Message{{ID: run.MessageID, Status: app.StatusStopped}}}, nil
				}
				return streaming(run)
			}
			s.store.mu.Unlock()
			time.Sleep(1100 * time.Millisecond)
			e := s.endings()
			require.Len(t, e, 1)
			require.Equal(t, good.MessageID, e[0].MessageID)
			require.Len(t, s.told(), 3)
		})
	})

	t.Run("nobody takes the place of who was passed over, though one comes free meanwhile", func(t *testing.T) {
		t.Parallel()
		first, second, third, elsewhere := one("m"), one("m"), one("m"), one("m")
		third.Asker, elsewhere.ChatID, elsewhere.Asker = "bob", "another", "eve"
		play(t, models(llmtest.Block()), set(first, second, third, elsewhere), func(t *testing.T, s *stage) {
			s.set(func(db *store) {
				db.claim = func(run app.Run) (app.Changes, error) {
					if run.MessageID == second.MessageID {
						return app.Changes{From: 9, Rev: 9}, nil
					}
					return streaming(run)
				}
			})
			time.Sleep(5 * time.Second)
			var claimed []app.MessageID
			for _, run := range seen(&s.store.mu, &s.store.claimed) {
				if run.MessageID != second.MessageID {
					claimed = append(claimed, run.MessageID)
				}
			}
			require.Equal(t, []app.MessageID{first.MessageID, elsewhere.MessageID}, claimed)
		})
	})

	t.Run("a database that is away is asked again", func(t *testing.T) {
		t.Parallel()
		play(t, models(llmtest.Text("x")), set(one("m")), func(t *testing.T, s *stage) {
			s.store.mu.Lock()
			s.store.claim = func(app.Run) (app.Changes, error) { return app.Changes{}, down }
			s.store.mu.Unlock()
			time.Sleep(1100 * time.Millisecond)
			s.store.mu.Lock()
			s.store.waiting, s.store.claim = []app.Run{one("m")}, streaming
			s.store.mu.Unlock()
			time.Sleep(time.Second)
			require.Len(t, s.endings(), 1)
		})
	})
}

func TestStart(t *testing.T) {
	t.Parallel()
	s := build(map[string]llm.Provider{}, func(_ *Options, db *store) { db.away = func(string) error { return down } })
	require.ErrorIs(t, s.Start(t.Context()), app.ErrUnavailable)
	s.Wait()
}

func TestALoopThatPanics(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Service{log: slog.New(slog.DiscardHandler)}
	rounds := 0
	s.keepUp(ctx, "one", func(context.Context) {
		if rounds++; rounds == 3 {
			cancel()
		}
		panic("at once")
	})
	require.Equal(t, 3, rounds, "it begins anew until the context ends")
}
