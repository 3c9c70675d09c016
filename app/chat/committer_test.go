package chat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
)

// shelf is a database that notes its groups and can be held up.
type shelf struct {
	mu     sync.Mutex
	groups [][]string
	create func(group []Posting) ([]Posted, error)
}

func (s *shelf) take(group []Posting) ([]Posted, error) {
	s.mu.Lock()
	var texts []string
	for _, p := range group {
		texts = append(texts, p.Content)
	}
	s.groups = append(s.groups, texts)
	s.mu.Unlock()
	return s.create(group)
}

func storedAll(group []Posting) ([]Posted, error) {
	list := make([]Posted, len(group))
	for i, p := range group {
		list[i] = Posted{Verdict: Stored, ID: p.ID, Messages: []app.Message{{ID: p.ID, Rev: 1}}}
	}
	return list, nil
}

// committed tells a story of a committer over a shelf.
func committed(t *testing.T, name string, tell func(t *testing.T, w *world, s *shelf)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			s := &shelf{create: storedAll}
			w.posted = s.take
			tell(t, w, s)
		})
	})
}

func posting(chat app.ChatID, text string) Posting {
	return Posting{ID: app.MessageID("id of " + text), ChatID: chat, AuthorID: editor, Content: text}
}

func TestCommitter(t *testing.T) {
	t.Parallel()
	committed(t, "one post alone waits for nobody", func(t *testing.T, w *world, s *shelf) {
		began := time.Now()
		out := <-w.service.commits.submit(posting(room, "a"))
		require.NoError(t, out.err)
		require.Zero(t, time.Since(began))
	})
	committed(t, "while two groups commit the rest gathers, and goes together", func(t *testing.T, w *world, s *shelf) {
		hold := make(chan struct{})
		s.create = func(group []Posting) ([]Posted, error) { <-hold; return storedAll(group) }
		for i := range 10 {
			w.service.commits.submit(posting(app.ChatID(fmt.Sprint("chat ", i)), fmt.Sprint(i)))
		}
		synctest.Wait()
		require.Len(t, s.groups, groupsAtOnce)
		close(hold)
		synctest.Wait()
		require.Len(t, s.groups, groupsAtOnce+1)
		require.Len(t, s.groups[2], 8)
	})
	committed(t, "two groups never hold one chat, so that its messages keep their order", func(t *testing.T, w *world, s *shelf) {
		hold := make(chan struct{})
		s.create = func(group []Posting) ([]Posted, error) { <-hold; return storedAll(group) }
		for _, text := range []string{"1", "2", "3"} {
			w.service.commits.submit(posting(room, text))
		}
		synctest.Wait()
		require.Equal(t, [][]string{{"1"}}, s.groups)
		close(hold)
		synctest.Wait()
		require.Equal(t, [][]string{{"1"}, {"2", "3"}}, s.groups)
	})
	committed(t, "a group has a size", func(t *testing.T, w *world, s *shelf) {
		hold := make(chan struct{})
		s.create = func(group []Posting) ([]Posted, error) { <-hold; return storedAll(group) }
		for i := range 2*groupSize + 1 {
			w.service.commits.submit(posting(room, fmt.Sprint(i)))
		}
		close(hold)
		synctest.Wait()
		require.Len(t, s.groups[1], groupSize)
		require.Len(t, slices.Concat(s.groups...), 2*groupSize+1)
	})
	committed(t, "a repeat never shares a group with the first", func(t *testing.T, w *world, s *shelf) {
		hold := make(chan struct{})
		s.create = func(group []Posting) ([]Posted, error) { <-hold; return storedAll(group) }
		w.service.commits.submit(posting(room, "before"))
		for _, text := range []string{"first", "repeat", "after"} {
			p := posting(room, text)
			if text != "after" {
				p.ClientID = ptr("same")
			}
			w.service.commits.submit(p)
		}
		close(hold)
		synctest.Wait()
		require.Equal(t, [][]string{{"before"}, {"first"}, {"repeat", "after"}}, s.groups)
	})
	committed(t, "one bad post is refused alone", func(t *testing.T, w *world, s *shelf) {
		bad := errors.New("bad byte")
		hold := make(chan struct{})
		s.create = func(group []Posting) ([]Posted, error) {
			<-hold
			for _, p := range group {
				if p.Content == "bad" {
					return nil, bad
				}
			}
			return storedAll(group)
		}
		w.service.commits.submit(posting(room, "before"))
		var outs []<-chan outcome
		for _, text := range []string{"good", "bad", "fine"} {
			outs = append(outs, w.service.commits.submit(posting(room, text)))
		}
		close(hold)
		require.NoError(t, (<-outs[0]).err)
		require.ErrorIs(t, (<-outs[1]).err, bad)
		require.NoError(t, (<-outs[2]).err)
		synctest.Wait()
		require.Len(t, w.told, 3)
	})
	committed(t, "a first try that was stored all the same is found, told by a look, and answered", func(t *testing.T, w *world, s *shelf) {
		tries := 0
		s.create = func(group []Posting) ([]Posted, error) {
			if tries++; tries == 1 {
				return nil, errors.New("the answer was lost")
			}
			return []Posted{{Verdict: Duplicate, ID: group[0].ID}}, nil
		}
		m, err := w.service.Post(t.Context(), actorOf(editor), room, Input{Content: "hello"})
		require.NoError(t, err)
		require.NotEmpty(t, m.ID)
		require.Equal(t, []string{"stale"}, w.signals)
	})
	committed(t, "it is told by a look even when nobody waits any more", func(t *testing.T, w *world, s *shelf) {
		s.create = func(group []Posting) ([]Posted, error) {
			return []Posted{{Verdict: Duplicate, ID: group[0].ID}}, nil
		}
		w.service.commits.submit(posting(room, "hello"))
		synctest.Wait()
		require.Equal(t, []string{"stale"}, w.signals)
	})
	committed(t, "a panic of the database is an error for those in the group, not the end of the process", func(t *testing.T, w *world, s *shelf) {
		s.create = func(group []Posting) ([]Posted, error) {
			if len(group) > 1 || group[0].Content == "poison" {
				panic("poisoned")
			}
			return storedAll(group)
		}
		hold := w.service.commits
		hold.mu.Lock()
		hold.running = groupsAtOnce // so that they gather
		hold.mu.Unlock()
		poison, fine := hold.submit(posting(room, "poison")), hold.submit(posting(room, "fine"))
		hold.mu.Lock()
		hold.running = 0
		hold.launch()
		hold.mu.Unlock()
		require.ErrorIs(t, (<-poison).err, app.ErrInternal)
		require.NoError(t, (<-fine).err)
		require.NoError(t, (<-hold.submit(posting(room, "after"))).err)
	})
	committed(t, "a panic of those who are told changes nothing for the poster", func(t *testing.T, w *world, s *shelf) {
		w.service.commits.stored = func(Posting, Posted) { panic("deaf") }
		require.NoError(t, (<-w.service.commits.submit(posting(room, "a"))).err)
		require.NoError(t, (<-w.service.commits.submit(posting(room, "b"))).err)
	})
	t.Run("storing has its own time, whatever its callers have", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			c := newCommitter(hanging{}, answers{newWorld(t)}, newWorld(t).service.log, func(Posting, Posted) {})
			require.ErrorIs(t, (<-c.submit(posting(room, "a"))).err, context.DeadlineExceeded)
			require.Equal(t, storeTimeout, time.Since(began))
		})
	})
}

// hanging is a database that answers nobody.
type hanging struct{ MessageRepository }

func (hanging) Create(ctx context.Context, _ app.Owner, _ []Posting) ([]Posted, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// Whatever is posted where, by whom, and however the database takes its time
// or fails: everybody is answered, nothing is stored twice, and each chat has
// its messages in the order submitted.
func TestCommitterKeepsTheOrderOfEachChat(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var mu sync.Mutex
		var stored []Posting
		running := map[app.ChatID]bool{}
		failing := rapid.SliceOfN(rapid.Bool(), 1, 8).Draw(t, "failing")
		tries, shared := 0, false
		create := func(group []Posting) ([]Posted, error) {
			mu.Lock()
			chats := map[app.ChatID]bool{}
			for _, p := range group {
				chats[p.ChatID] = true
			}
			for chat := range chats {
				shared = shared || running[chat]
				running[chat] = true
			}
			tries++
			fail := len(group) > 1 && failing[tries%len(failing)]
			if !fail {
				stored = append(stored, group...)
			}
			mu.Unlock()
			defer func() {
				mu.Lock()
				defer mu.Unlock()
				for chat := range chats {
					delete(running, chat)
				}
			}()
			if fail {
				return nil, errors.New("away")
			}
			return storedAll(group)
		}
		w := &world{}
		c := newCommitter(creating{create: create}, answers{w}, slog.New(slog.DiscardHandler), func(Posting, Posted) {})
		var outs []<-chan outcome
		var sent []Posting
		for i := range rapid.IntRange(1, 150).Draw(t, "posts") {
			p := posting(app.ChatID(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "chat")), fmt.Sprint(i))
			if rapid.IntRange(0, 3).Draw(t, "named") == 0 {
				p.ClientID = ptr(rapid.SampledFrom([]string{"x", "y"}).Draw(t, "client_id"))
			}
			sent = append(sent, p)
			outs = append(outs, c.submit(p))
		}
		for _, out := range outs {
			require.NoError(t, (<-out).err)
		}
		mu.Lock()
		defer mu.Unlock()
		require.False(t, shared, "one chat in two groups")
		require.Len(t, stored, len(sent))
		for _, chat := range []app.ChatID{"a", "b", "c"} {
			in := func(list []Posting) (texts []string) {
				for _, p := range list {
					if p.ChatID == chat {
						texts = append(texts, p.Content)
					}
				}
				return texts
			}
			require.Equal(t, in(sent), in(stored))
		}
	})
}

// creating is a database made of a function.
type creating struct {
	MessageRepository
	create func([]Posting) ([]Posted, error)
}

func (c creating) Create(_ context.Context, _ app.Owner, group []Posting) ([]Posted, error) {
	return c.create(group)
}
