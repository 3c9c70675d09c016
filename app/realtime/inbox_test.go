package realtime

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

// shelf is an Inboxes: who is in which chat, and what was asked.
type shelf struct {
	mu      sync.Mutex
	members map[app.ChatID][]app.UserID
	asked   int
	fail    error
}

func (s *shelf) Inboxes(_ context.Context, chats []app.ChatID, users []app.UserID, places []Place) (list []Entry, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	for chat, members := range s.members {
		for _, user := range members {
			if slices.Contains(chats, chat) && slices.Contains(users, user) || slices.Contains(places, Place{chat, user}) {
				list = append(list, Entry{user, Inbox{ChatID: chat, Rev: int64(s.asked)}})
			}
		}
	}
	return list, s.fail
}

// toldOf is what a wire was sent of this type.
func toldOf[T any](t *testing.T, w *wire, kind string) []T {
	t.Helper()
	list := []T{}
	for _, e := range w.heard(t) {
		if e.Type == kind {
			list = append(list, dataOf[T](t, e))
		}
	}
	return list
}

func TestInboxes(t *testing.T) {
	t.Parallel()
	story := func(name string, tell func(t *testing.T, r *room, s *shelf)) {
		inRoom(t, name, func(t *testing.T, r *room) {
			s := &shelf{members: map[app.ChatID][]app.UserID{"c": {"ada", "bob"}, "d": {"ada"}}}
			ctx, cancel := context.WithCancel(t.Context())
			t.Cleanup(cancel)
			go r.hub.TellInboxes(ctx, s)
			tell(t, r, s)
		})
	}
	inbox := func(t *testing.T, w *wire) []Inbox { return toldOf[Inbox](t, w, "inbox") }
	story("a change is told to members who do not follow the chat, and to nobody else", func(t *testing.T, r *room, _ *shelf) {
		follower, atFollower := r.enter(t, "ada")
		_, onTablet := r.enter(t, "ada")
		_, atBob := r.enter(t, "bob")
		_, atEve := r.enter(t, "eve")
		r.follow(t, follower, "c")
		r.hub.ChatChanged(commitOf("c", 1, 2))
		synctest.Wait()
		require.Empty(t, inbox(t, atFollower))
		require.Empty(t, inbox(t, atEve))
		require.Equal(t, []Inbox{{ChatID: "c", Rev: 1}}, inbox(t, onTablet))
		require.Len(t, inbox(t, atBob), 1)
	})
	story("at most one a chat a second, in one reading for all chats", func(t *testing.T, r *room, s *shelf) {
		_, w := r.enter(t, "ada")
		for range 21 {
			r.hub.ChatsChanged("c", "d")
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		require.Equal(t, 3, s.asked)
		require.Len(t, inbox(t, w), 6)
	})
	story("one's own part is told to all of one's devices, also those that follow", func(t *testing.T, r *room, s *shelf) {
		follower, w := r.enter(t, "ada")
		_, atBob := r.enter(t, "bob")
		r.follow(t, follower, "c")
		for _, change := range []func(){
			func() { r.hub.MineChanged("c", "ada") },
			func() { r.hub.ChatRead("c", "ada", 3) },
			func() { r.hub.MineRung(Place{"c", "ada"}, Place{"d", "nobody here"}) },
		} {
			change()
			time.Sleep(inboxEvery)
		}
		synctest.Wait()
		require.Len(t, inbox(t, w), 3)
		require.Empty(t, inbox(t, atBob))
		r.hub.MineRung(Place{"d", "nobody here"})
		time.Sleep(inboxEvery)
		require.Equal(t, 3, s.asked, "for nobody nothing is read")
	})
	story("a client that only passes is told nothing", func(t *testing.T, r *room, _ *shelf) {
		w := newWire()
		c := NewClient("stream", app.Actor{UserID: "ada"}, w)
		c.Passing = true
		_, ok := r.hub.Join(c)
		require.True(t, ok)
		defer r.hub.Leave(c)
		r.hub.ChatStale("c")
		synctest.Wait()
		require.Empty(t, w.types(t))
	})
	story("what cannot be read is not told, and the next one is", func(t *testing.T, r *room, s *shelf) {
		_, w := r.enter(t, "ada")
		s.fail = app.ErrUnavailable
		r.hub.ChatStale("c")
		synctest.Wait()
		require.Empty(t, inbox(t, w))
		time.Sleep(inboxEvery)
		s.mu.Lock()
		s.fail = nil
		s.mu.Unlock()
		r.hub.ChatStale("d")
		synctest.Wait()
		require.Equal(t, []Inbox{{ChatID: "d", Rev: 2}}, inbox(t, w))
	})
	story("what waits is bounded", func(t *testing.T, r *room, _ *shelf) {
		for range maxRang + 10 {
			r.hub.news.of(app.NewID[app.ChatID]())
			r.hub.news.own(Place{"c", app.NewID[app.UserID]()})
		}
		r.hub.news.mu.Lock()
		defer r.hub.news.mu.Unlock()
		require.LessOrEqual(t, len(r.hub.news.chats), maxRang)
		require.LessOrEqual(t, len(r.hub.news.mine), maxRang)
	})
}
