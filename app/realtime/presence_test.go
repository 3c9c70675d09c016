package realtime

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// register is an Attendance, and who is in which chat.
type register struct {
	mu      sync.Mutex
	members map[app.ChatID][]app.UserID
	rows    map[app.Owner]map[app.UserID]bool
	epochs  map[app.NodeID]int64
	writes  int
	asked   int
	fail    error
	// deaf nodes are not told.
	deaf bool
	hubs []*Hub
}

func (g *register) Put(_ context.Context, owner app.Owner, users []app.UserID) error {
	return g.write(owner, func() {
		for old := range g.rows {
			if old.Node == owner.Node {
				delete(g.rows, old)
			}
		}
	}, users, nil)
}

func (g *register) Change(_ context.Context, owner app.Owner, came, went []app.UserID) error {
	return g.write(owner, func() {}, came, went)
}

func (g *register) write(owner app.Owner, before func(), came, went []app.UserID) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fail != nil {
		return g.fail
	}
	g.writes++
	before()
	if g.rows[owner] == nil {
		g.rows[owner] = map[app.UserID]bool{}
	}
	for _, user := range came {
		g.rows[owner][user] = true
	}
	for _, user := range went {
		delete(g.rows[owner], user)
	}
	return nil
}

func (g *register) Present(_ context.Context, self app.Owner) (here, anywhere []app.UserID, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for owner, users := range g.rows {
		for user := range users {
			if owner == self {
				here = append(here, user)
			}
			if g.epochs[owner.Node] == owner.Epoch {
				anywhere = append(anywhere, user)
			}
		}
	}
	return here, anywhere, g.fail
}

func (g *register) Seats(_ context.Context, users []app.UserID, chats []app.ChatID) (list []Seat, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked++
	for _, user := range users {
		list = append(list, Seat{Place{User: user}, g.online(user)})
	}
	for chat, members := range g.members {
		for _, user := range members {
			if slices.Contains(users, user) || slices.Contains(chats, chat) {
				list = append(list, Seat{Place{chat, user}, g.online(user)})
			}
		}
	}
	return list, g.fail
}

func (g *register) online(user app.UserID) bool {
	for owner, users := range g.rows {
		if users[user] && g.epochs[owner.Node] == owner.Epoch {
			return true
		}
	}
	return false
}

func (g *register) Typing(at Place) {
	for _, h := range g.hubs {
		h.TypingHeard(at)
	}
}

func (g *register) Moved(users ...app.UserID) {
	if g.deaf {
		return
	}
	for _, h := range g.hubs {
		h.MovedHeard(users...)
	}
}

func (g *register) set(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
}

// twoNodes tells a story of two hubs that hear each other. ada and bob are in
// the chat "c", dora in none.
func twoNodes(t *testing.T, name string, tell func(t *testing.T, g *register, here, there *room)) {
	inRoom(t, name, func(t *testing.T, here *room) {
		there := newRoom(t, "c", "d")
		g := &register{
			members: map[app.ChatID][]app.UserID{"c": {"ada", "bob"}}, rows: map[app.Owner]map[app.UserID]bool{}, epochs: map[app.NodeID]int64{"0": 1, "1": 1},
			hubs: []*Hub{here.hub, there.hub},
		}
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		for i, r := range []*room{here, there} {
			r.hub.Among(g, g, func() app.Owner {
				g.mu.Lock()
				defer g.mu.Unlock()
				id := app.NodeID(fmt.Sprint(i))
				return app.Owner{Node: id, Epoch: g.epochs[id]}
			})
			go r.hub.Attend(ctx)
		}
		tell(t, g, here, there)
	})
}

func TestPresence(t *testing.T) {
	t.Parallel()
	pass := func(d time.Duration) {
		time.Sleep(d)
		synctest.Wait()
	}
	presence := func(t *testing.T, w *wire) []Presence { return toldOf[Presence](t, w, "presence") }
	bob := []app.UserID{"bob"}
	none := []app.UserID{}
	twoNodes(t, "who comes and goes elsewhere is told here, and stays for the grace", func(t *testing.T, _ *register, here, there *room) {
		ada, w := here.enter(t, "ada")
		pass(writeEvery)
		here.follow(t, ada, "c")
		first, _ := there.enter(t, "bob")
		second, _ := there.enter(t, "bob")
		pass(writeEvery + tellEvery)
		came := Presence{ChatID: "c", Online: bob, Offline: none, OnlineCount: 2}
		require.Equal(t, []Presence{came}, presence(t, w))
		there.hub.Leave(first)
		pass(grace + 2*tellEvery)
		require.Len(t, presence(t, w), 1, "one of his sockets is there still")
		there.hub.Leave(second)
		pass(grace - writeEvery)
		require.Len(t, presence(t, w), 1)
		pass(writeEvery*2 + tellEvery)
		require.Equal(t, []Presence{came, {ChatID: "c", Online: none, Offline: bob, OnlineCount: 1}}, presence(t, w))
	})
	twoNodes(t, "who comes back within the grace was never gone", func(t *testing.T, g *register, here, there *room) {
		ada, w := here.enter(t, "ada")
		c, _ := there.enter(t, "bob")
		pass(2 * tellEvery)
		here.follow(t, ada, "c")
		writes := g.writes
		there.hub.Leave(c)
		pass(grace - time.Second)
		there.enter(t, "bob")
		pass(2 * grace)
		require.Empty(t, presence(t, w))
		require.Equal(t, writes, g.writes)
	})
	twoNodes(t, "subscribed tells who is online, oneself among them", func(t *testing.T, _ *register, here, there *room) {
		there.enter(t, "bob")
		pass(tellEvery)
		ada, w := here.enter(t, "ada")
		here.follow(t, ada, "c")
		synctest.Wait()
		require.ElementsMatch(t, []app.UserID{"ada", "bob"}, dataOf[Subscribed](t, w.heard(t)[0]).Online)
	})
	twoNodes(t, "many who come are one writing, and at most one presence a chat a second", func(t *testing.T, g *register, here, there *room) {
		g.members["c"] = []app.UserID{"ada"}
		for i := range 150 {
			g.members["c"] = append(g.members["c"], app.UserID(fmt.Sprint("user ", i)))
		}
		ada, w := here.enter(t, "ada")
		pass(2 * tellEvery)
		here.follow(t, ada, "c")
		writes := g.writes
		for i := range 150 {
			there.enter(t, app.UserID(fmt.Sprint("user ", i)))
			if i%15 == 14 {
				pass(writeEvery)
			}
		}
		pass(tellEvery)
		require.LessOrEqual(t, g.writes-writes, 10)
		require.LessOrEqual(t, len(presence(t, w)), 3)
		require.Equal(t, 151, presence(t, w)[len(presence(t, w))-1].OnlineCount)
	})
	twoNodes(t, "in a chat of more than 200 members they are counted alone", func(t *testing.T, _ *register, here, there *room) {
		ada, w := here.enter(t, "ada")
		here.follow(t, ada, "c")
		pass(2 * tellEvery)
		here.hub.ChatChanged(app.Changes{ChatID: "c", From: 1, Rev: 2, Chat: &app.Chat{ID: "c", MemberCount: 201}})
		there.enter(t, "bob")
		pass(2 * tellEvery)
		last := w.heard(t)
		require.JSONEq(t, `{"chat_id":"c","online_count":2}`, string(last[len(last)-1].Data))
	})
	twoNodes(t, "one who is let in or leaves counts from then on", func(t *testing.T, g *register, here, there *room) {
		ada, w := here.enter(t, "ada")
		there.enter(t, "dora")
		pass(2 * tellEvery)
		here.follow(t, ada, "c")
		g.set(func() { g.members["c"] = []app.UserID{"ada", "dora"} })
		here.hub.ChatChanged(app.Changes{ChatID: "c", From: 1, Rev: 2, Members: []app.Member{{}}})
		pass(tellEvery)
		g.set(func() { g.members["c"] = []app.UserID{"ada"} })
		here.hub.ChatChanged(app.Changes{ChatID: "c", From: 2, Rev: 3, Members: []app.Member{{}}})
		pass(tellEvery)
		require.Equal(t, []Presence{
			{ChatID: "c", Online: []app.UserID{"dora"}, Offline: none, OnlineCount: 2},
			{ChatID: "c", Online: none, Offline: []app.UserID{"dora"}, OnlineCount: 1},
		}, presence(t, w))
	})
	twoNodes(t, "a lost hint, lost rows and a node that died are made good within a look", func(t *testing.T, g *register, here, there *room) {
		g.deaf = true
		ada, w := here.enter(t, "ada")
		pass(2 * tellEvery)
		here.follow(t, ada, "c")
		there.enter(t, "bob")
		pass(seekEvery + tellEvery)
		require.Equal(t, bob, presence(t, w)[0].Online)
		g.set(func() { clear(g.rows) })
		pass(2 * (seekEvery + tellEvery))
		last := presence(t, w)
		require.Equal(t, 2, last[len(last)-1].OnlineCount)
		g.set(func() { g.epochs["1"]++; g.fail = app.ErrUnavailable })
		pass(seekEvery)
		g.set(func() { g.fail = nil })
		pass(2 * (seekEvery + tellEvery))
		require.True(t, g.rows[app.Owner{Node: "1", Epoch: 2}]["bob"], "one that lives after all is there anew")
		require.Len(t, g.rows, 2)
	})
	twoNodes(t, "chats that nobody here follows cost no reading", func(t *testing.T, g *register, here, there *room) {
		here.enter(t, "ada")
		there.enter(t, "bob")
		pass(10 * time.Second)
		require.Zero(t, g.asked)
	})
	twoNodes(t, "a client that only passes makes nobody online", func(t *testing.T, g *register, here, _ *room) {
		c := NewClient("stream", app.Actor{UserID: "ada"}, newWire())
		c.Passing = true
		here.hub.Join(c)
		pass(tellEvery)
		require.False(t, g.online("ada"))
		here.hub.Leave(c)
		pass(2 * grace)
		require.Empty(t, here.hub.presence.leaving)
	})
}
