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

// library is a Reader that counts its readings.
type library struct {
	reader
	mu    sync.Mutex
	asked [][]app.ChatID
	// poisoned cannot be read.
	poisoned app.ChatID
	// slow is how long a reading takes.
	slow time.Duration
	// gone are chats that are there no more.
	gone []app.ChatID
	// faulty is one whose changes make a panic.
	faulty app.ChatID
}

func (l *library) SinceAll(_ context.Context, asks []Where) ([]Missed, error) {
	time.Sleep(l.slow)
	l.mu.Lock()
	defer l.mu.Unlock()
	list, chats := make([]Missed, len(asks)), make([]app.ChatID, len(asks))
	for i, ask := range asks {
		chats[i] = ask.ChatID
		list[i] = Missed{Found: !slices.Contains(l.gone, ask.ChatID), Changes: commitOf(ask.ChatID, ask.Rev, ask.Rev+1)}
	}
	if at := slices.Index(chats, l.faulty); at >= 0 {
		list = list[:at]
	}
	l.asked = append(l.asked, chats)
	if slices.Contains(chats, l.poisoned) {
		return list, app.ErrInternal
	}
	return list, nil
}

func TestCatchUp(t *testing.T) {
	t.Parallel()
	chats := []app.ChatID{"c1", "c2", "c3", "c4"}
	read := func(t *testing.T, name string, tell func(t *testing.T, l *library, r *room, c *Client, w *wire)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRoom(t, chats...)
				l := &library{}
				l.snapshots = r.snapshots
				r.hub.reader = l
				c, w := r.enter(t, "ada")
				r.follow(t, c, chats...)
				tell(t, l, r, c, w)
			})
		})
	}
	read(t, "all chats that were rung are read at once, and none that nobody follows", func(t *testing.T, l *library, r *room, _ *Client, w *wire) {
		r.hub.ChatsChanged(append([]app.ChatID{"elsewhere"}, chats...)...)
		synctest.Wait()
		require.Equal(t, [][]app.ChatID{chats}, l.asked)
		require.Len(t, spans(t, w), 4)
		r.hub.ChatsChanged("elsewhere")
		synctest.Wait()
		require.Len(t, l.asked, 1)
	})
	read(t, "a chat that is rung twice is read once more at most", func(t *testing.T, l *library, r *room, _ *Client, _ *wire) {
		for range 10 {
			r.hub.ChatsChanged("c1")
		}
		synctest.Wait()
		require.LessOrEqual(t, len(l.asked), 2)
	})
	read(t, "a chat that cannot be read keeps no other for long, and is tried again", func(t *testing.T, l *library, r *room, c *Client, w *wire) {
		l.poisoned = "c2"
		r.hub.ChatsChanged(chats...)
		time.Sleep(time.Second)
		synctest.Wait()
		require.Len(t, spans(t, w), 3)
		require.True(t, c.Follows("c2"), "a failure takes nobody out of a chat")
		l.mu.Lock()
		l.poisoned = ""
		l.mu.Unlock()
		time.Sleep(longPause)
		synctest.Wait()
		require.Len(t, spans(t, w), 4)
	})
	read(t, "a chat that is gone is over for all who follow it", func(t *testing.T, l *library, r *room, c *Client, w *wire) {
		l.gone = []app.ChatID{"c3"}
		r.hub.ChatsChanged(chats...)
		synctest.Wait()
		require.Contains(t, w.types(t), "removed")
		require.False(t, c.Follows("c3"))
		require.Len(t, spans(t, w), 3)
	})
	read(t, "a fault in one chat's changes has no other asked for twice at once", func(t *testing.T, l *library, r *room, c *Client, w *wire) {
		l.slow, l.faulty = time.Second, "c2"
		r.hub.ChatsChanged(chats...)
		time.Sleep(time.Second / 2)
		r.hub.ChatsChanged("c1") // while it is read for, so that it is read for again
		time.Sleep(time.Second)
		l.mu.Lock()
		l.faulty = ""
		l.mu.Unlock()
		r.hub.ChatsChanged(chats...) // while that is done
		time.Sleep(5 * time.Second)
		synctest.Wait()
		for _, asked := range l.asked {
			require.Len(t, slices.Compact(slices.Sorted(slices.Values(asked))), len(asked))
		}
		require.NotContains(t, w.types(t), "removed")
		require.True(t, c.Follows("c1") && c.Follows("c2"))
	})
	read(t, "nothing is read for those who have gone", func(t *testing.T, l *library, r *room, c *Client, _ *wire) {
		l.slow = time.Second
		r.hub.ChatsChanged("c1")
		synctest.Wait()
		r.hub.ChatsChanged("c2")
		r.hub.Unsubscribe(c, "c2")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Equal(t, [][]app.ChatID{{"c1"}}, l.asked)
	})
}

func TestRung(t *testing.T) {
	t.Parallel()
	watched := func(t *testing.T, name string, ring func(h *Hub), want ...app.SessionID) {
		inRoom(t, name, func(t *testing.T, r *room) {
			sessions := &ended{over: map[app.SessionID]app.EndReason{"session of ada": app.EndSignedOut}}
			_, ada := r.enter(t, "ada")
			r.enter(t, "bob")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go r.hub.Watch(ctx, sessions, time.Hour)
			ring(r.hub)
			synctest.Wait()
			var asked []app.SessionID
			for _, list := range sessions.asked {
				asked = append(asked, list...)
			}
			require.ElementsMatch(t, want, asked)
			require.Equal(t, slices.Contains(want, "session of ada"), ada.closed() == CloseSignedOut)
		})
	}
	watched(t, "a session that is said to be over is checked at once", func(h *Hub) { h.SessionsEnded("session of ada", "of nobody") }, "session of ada")
	watched(t, "so are those of a user who changed", func(h *Hub) { h.UsersChanged("ada") }, "session of ada")
	watched(t, "nobody's sessions are asked for where none is here", func(h *Hub) { h.SessionsEnded("of nobody"); h.UsersChanged() })
	inRoom(t, "where nodes ring without end, little is kept, and all who are here are checked", func(t *testing.T, r *room) {
		r.enter(t, "ada")
		for range maxRung + 1 {
			r.hub.SessionsEnded(app.NewID[app.SessionID]())
		}
		for range maxRung {
			r.hub.UsersChanged(app.NewID[app.UserID]())
		}
		require.LessOrEqual(t, len(r.hub.rung.sessions)+len(r.hub.rung.users), maxRung)
		require.Equal(t, []app.SessionID{"session of ada"}, r.hub.toCheck(false))
		require.Empty(t, r.hub.toCheck(false), "once")
	})
	watched(t, "whoever was deaf looks at all of them", func(h *Hub) { h.LookAtAll() }, "session of ada", "session of bob")
}
