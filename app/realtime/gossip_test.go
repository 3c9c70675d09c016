package realtime

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// diary is a Whispers: how far everybody has read, and how often it was asked.
type diary struct {
	mu           sync.Mutex
	at           int64
	marks, names int
}

func (d *diary) Marks(_ context.Context, places []Place) (list []Read, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.marks++
	for _, at := range places {
		list = append(list, Read{ChatID: at.Chat, UserID: at.User, Seq: d.at})
	}
	return list, nil
}

func (d *diary) Names(_ context.Context, users []app.UserID) (map[app.UserID]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names++
	names := map[app.UserID]string{}
	for _, user := range users {
		if user != "nobody" {
			names[user] = "the name of " + string(user)
		}
	}
	return names, nil
}

func TestGossip(t *testing.T) {
	t.Parallel()
	story := func(name string, tell func(t *testing.T, r *room, d *diary, w *wire)) {
		inRoom(t, name, func(t *testing.T, r *room) {
			d := &diary{}
			ctx, cancel := context.WithCancel(t.Context())
			t.Cleanup(cancel)
			go r.hub.PassOn(ctx, d)
			c, w := r.enter(t, "ada")
			r.follow(t, c, "c")
			tell(t, r, d, w)
		})
	}
	typing := func(t *testing.T, w *wire) []Typing { return toldOf[Typing](t, w, "typing") }
	story("who types elsewhere is told with his name, once a second, and not to himself", func(t *testing.T, r *room, d *diary, w *wire) {
		for range 25 {
			r.hub.TypingHeard(Place{"c", "bob"}, Place{"c", "ada"}, Place{"c", "nobody"}, Place{"d", "bob"})
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		require.Len(t, typing(t, w), 3)
		require.Equal(t, Typing{ChatID: "c", User: app.Person{ID: "bob", Name: "the name of bob"}}, typing(t, w)[0])
		require.LessOrEqual(t, d.names, 3*3)
	})
	story("a name is read once, and anew after a while", func(t *testing.T, r *room, d *diary, w *wire) {
		for range 8 {
			r.hub.TypingHeard(Place{"c", "bob"})
			time.Sleep(typingEvery)
		}
		synctest.Wait()
		require.Len(t, typing(t, w), 8)
		require.Equal(t, 2, d.names)
	})
	story("one who types here is told of once a second, to the other nodes too", func(t *testing.T, r *room, _ *diary, _ *wire) {
		told := &register{}
		r.hub.Among(told, nil, nil)
		other := newRoom(t, "c")
		told.hubs = []*Hub{other.hub}
		far, _ := other.enter(t, "dora")
		other.follow(t, far, "c")
		bob, _ := r.enter(t, "bob")
		c, w := r.enter(t, "eve")
		r.hub.presence.attendance = nil
		r.follow(t, bob, "c")
		r.follow(t, c, "c")
		for range 15 {
			r.hub.Typing(bob, "c")
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		require.Len(t, typing(t, w), 2)
		require.Len(t, other.hub.gossip.typing, 1)
	})
	story("who types is remembered within a bound", func(t *testing.T, r *room, _ *diary, _ *wire) {
		for i := range maxRang {
			require.True(t, r.hub.gossip.types(Place{"c", app.UserID(fmt.Sprint(i))}))
		}
		require.False(t, r.hub.gossip.types(Place{"c", "one more"}))
		time.Sleep(typingEvery)
		require.True(t, r.hub.gossip.types(Place{"c", "one more"}))
		require.Len(t, r.hub.gossip.typed, 1)
	})
	story("how far somebody read elsewhere is read and told, never backwards", func(t *testing.T, r *room, d *diary, w *wire) {
		for _, at := range []int64{3, 3, 2, 5} {
			d.mu.Lock()
			d.at = at
			d.mu.Unlock()
			r.hub.ReadsHeard(Place{"c", "bob"}, Place{"d", "bob"})
			synctest.Wait()
		}
		r.hub.ChatRead("c", "bob", 4)
		synctest.Wait()
		require.Equal(t, []Read{{"c", "bob", 3}, {"c", "bob", 5}}, toldOf[Read](t, w, "read"))
		require.Equal(t, 4, d.marks)
		r.hub.ReadsHeard(Place{"d", "bob"})
		synctest.Wait()
		require.Equal(t, 4, d.marks, "of a chat that nobody follows nothing is read")
	})
}
