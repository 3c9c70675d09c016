package realtime

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
)

// bubble hides the test from rapid, which would ask for its deadline: in a
// bubble of synctest there is none.
type bubble struct{ *testing.T }

// On two nodes, whatever is committed, told late, in the wrong order or not at all, and
// however often clients come, go, hang or are cut: all of them end with
// exactly what is stored, and no socket is sent anything that the protocol
// rules out on the way.
func TestEveryClientEndsWithWhatIsStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(bubble{t}, func(t *rapid.T) {
			w := newWorld(t)
			defer w.close()
			for range rapid.IntRange(20, 120).Draw(t, "steps") {
				w.step()
			}
			w.settle()
			for _, d := range w.devices {
				d.check(t)
			}
			w.close()
			for _, n := range w.nodes {
				clients, chats := n.hub.Count()
				require.Zero(t, clients+chats)
			}
			for _, d := range w.devices {
				require.Zero(t, d.wire.late, "nothing touches a wire that is somebody else's")
			}
		})
	})
}

func (w *world) step() {
	device := func() *device { return w.devices[rapid.IntRange(0, len(w.devices)-1).Draw(w.t, "device")] }
	steps := map[string]func(){
		"post": w.post, "flush": w.flush, "end": w.end, "again": w.again, "alter": w.alter, "lose": w.lose,
		"grow": w.grow, "grow more": w.grow, "hear": w.hearLate, "hear more": w.hearLate,
		"ring":          func() { w.node().hub.ChatsChanged(w.chat()) },
		"ring of text":  func() { w.node().hub.AnswersGrew(w.chat()) },
		"look":          func() { w.node().hub.LookAtAll() },
		"back up":       w.keep,
		"subscribe":     func() { device().subscribe(w.chat()) },
		"subscribe too": func() { device().subscribe(w.chat()) },
		"unsubscribe":   func() { device().unsubscribe(w.chat()) },
		"block":         func() { device().wire.block() },
		"unblock":       func() { device().wire.unblock() },
		"cut":           func() { d := device(); d.cut(); d.connect() },
		"move":          func() { d := device(); d.cut(); d.node = w.node(); d.connect() },
		"pause":         func() { time.Sleep(time.Millisecond) },
		"long pause":    func() { time.Sleep(20 * time.Millisecond) },
		"rest":          synctest.Wait,
	}
	// Seldom: it ends all that is under way.
	if rapid.IntRange(0, 40).Draw(w.t, "disaster") == 0 {
		w.restore()
		return
	}
	steps[rapid.SampledFrom(slices.Sorted(maps.Keys(steps))).Draw(w.t, "step")]()
}

// settle lets everything that is under way arrive. Answers may still run.
func (w *world) settle() {
	for len(w.untold) > 0 {
		w.hearLate()
	}
	for _, r := range w.runs {
		w.delta(r)
		w.save(r)
	}
	for _, d := range w.devices {
		d.wire.unblock()
	}
	time.Sleep(time.Minute)
	synctest.Wait()
}

// close cuts everybody who is still there.
func (w *world) close() {
	for _, d := range w.devices {
		d.cut()
	}
	for _, n := range w.nodes {
		n.close()
	}
	synctest.Wait()
}

// check compares what a device has with what is stored.
func (d *device) check(t *rapid.T) {
	d.mu.Lock()
	defer d.mu.Unlock()
	require.Empty(t, d.rules.Breaches)
	require.Zero(t, d.rules.Gaps, "deltas follow on, so that nobody has to ask again")
	require.Zero(t, d.wire.closed(), "a client that reads is not closed")
	db := d.world.db
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, chat := range d.world.chats {
		truth := db.chats[chat]
		c := d.rules.Chat(chat)
		if truth.members[d.user].Removed && d.rules.Wants(chat) {
			require.Nil(t, c, "a lost chat is forgotten")
			continue
		}
		if c == nil {
			continue // not wanted, or lost, back in, and not asked for since
		}
		require.Equal(t, truth.chat.Rev, c.Have)
		require.Equal(t, truth.chat.Title, c.Title)
		require.Equal(t, truth.members, c.Members)
		want := slices.Clone(truth.messages)
		d.node.live.Overlay(want)
		for _, m := range want {
			if m.Seq >= c.Low {
				require.Equal(t, m, c.Messages[m.ID])
			}
		}
		for id, m := range c.Messages {
			require.True(t, m.Rev <= truth.floor || truth.message(id) != nil, "%s is not stored", id)
		}
	}
}

var _ rapid.TB = bubble{}
var _ app.Signals = (*Hub)(nil)
