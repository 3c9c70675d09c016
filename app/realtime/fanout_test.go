package realtime

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// crowded tells a story of a chat at rev 1 in which two listeners are a crowd.
func crowded(t *testing.T, name string, tell func(t *testing.T, r *room, c *Client, w, other *wire)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRoom(t, "c")
			r.hub.crowd = 1
			c, w := r.enter(t, "ada")
			another, other := r.enter(t, "bob")
			r.follow(t, c, "c")
			r.follow(t, another, "c")
			tell(t, r, c, w, other)
		})
	})
}

// commits makes so many more commits, each of which follows on.
func (r *room) commits(n int) {
	for range n {
		r.mu.Lock()
		r.revs["c"]++
		rev := r.revs["c"]
		r.mu.Unlock()
		r.hub.ChatChanged(commitOf("c", rev-1, rev))
	}
}

func TestTicks(t *testing.T) {
	t.Parallel()
	const nearly = tickLength - time.Nanosecond
	crowded(t, "the first event goes out at once, those after it together, at most every 5 ms", func(t *testing.T, r *room, _ *Client, w, other *wire) {
		r.commits(5)
		synctest.Wait()
		require.Equal(t, []span{{1, 2}}, spans(t, w))
		time.Sleep(nearly)
		synctest.Wait()
		require.Len(t, spans(t, w), 1)
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		require.Equal(t, []span{{1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 6}}, spans(t, w))
		require.Equal(t, 3, w.frames, "subscribed, the first event, and one frame of four")
		require.Equal(t, w.lines[1:], other.lines[1:])
		r.commits(1)
		synctest.Wait()
		require.Len(t, spans(t, w), 5)
		time.Sleep(tickLength)
		synctest.Wait()
		require.Len(t, spans(t, w), 6)
		time.Sleep(tickLength)
		r.commits(1)
		synctest.Wait()
		require.Len(t, spans(t, w), 7, "the first after a pause waits for nothing")
	})
	crowded(t, "all are sent the very same bytes", func(t *testing.T, r *room, _ *Client, w, other *wire) {
		r.commits(3)
		time.Sleep(tickLength)
		synctest.Wait()
		require.Same(t, &w.last[0].Frame()[0], &other.last[0].Frame()[0])
		require.Len(t, w.last, 1)
	})
	crowded(t, "what waits is told before a listener that asks again is answered, and once", func(t *testing.T, r *room, c *Client, w, _ *wire) {
		r.commits(1)
		r.hub.ChatRead("c", "cleo", 7)
		r.follow(t, c, "c")
		r.commits(1)
		time.Sleep(tickLength)
		synctest.Wait()
		require.Equal(t, []string{"subscribed", "changes", "read", "subscribed", "changes"}, w.types(t))
	})
	crowded(t, "who comes in the middle of a tick hears what happens afterwards, and nothing from before", func(t *testing.T, r *room, _ *Client, w, _ *wire) {
		r.commits(3)
		late, own := r.enter(t, "cleo")
		r.follow(t, late, "c")
		time.Sleep(tickLength)
		synctest.Wait()
		require.Equal(t, []string{"subscribed"}, own.types(t))
		r.commits(3)
		later, more := r.enter(t, "dora")
		r.follow(t, later, "c")
		r.commits(1)
		time.Sleep(tickLength)
		synctest.Wait()
		require.Equal(t, []span{{4, 5}, {5, 6}, {6, 7}, {7, 8}}, spans(t, own))
		require.Equal(t, []span{{7, 8}}, spans(t, more))
		r.commits(1)
		time.Sleep(tickLength)
		synctest.Wait()
		require.Equal(t, []span{{7, 8}, {8, 9}}, spans(t, more))
		require.Len(t, spans(t, w), 8)
	})
	crowded(t, "what one user is not told comes to all others, in its place", func(t *testing.T, r *room, c *Client, w, other *wire) {
		r.commits(2)
		r.hub.Typing(c, "c")
		r.commits(1)
		time.Sleep(tickLength)
		synctest.Wait()
		require.Equal(t, []string{"subscribed", "changes", "changes", "changes"}, w.types(t))
		require.Equal(t, []string{"subscribed", "changes", "changes", "typing", "changes"}, other.types(t))
		r.commits(1)
		time.Sleep(tickLength)
		synctest.Wait()
		require.Len(t, spans(t, w), 4)
	})
	crowded(t, "nothing of a chat comes after unsubscribing in the middle of a tick", func(t *testing.T, r *room, c *Client, w, other *wire) {
		r.commits(3)
		r.hub.Unsubscribe(c, "c")
		time.Sleep(tickLength)
		synctest.Wait()
		require.Len(t, spans(t, w), 1)
		require.Len(t, spans(t, other), 3, "also where nobody but one is left")
		r.commits(2)
		synctest.Wait()
		require.Len(t, spans(t, other), 5, "who is no crowd any more")
	})
	crowded(t, "a tick does not grow beyond what an answer may hold", func(t *testing.T, r *room, _ *Client, w, _ *wire) {
		r.commits(1)
		for rev := int64(2); rev < 12; rev++ {
			r.hub.ChatChanged(commitOf("c", rev, rev+1, app.Message{Rev: rev + 1, Content: strings.Repeat("x", MaxBytes/4)}))
			synctest.Wait()
		}
		time.Sleep(tickLength)
		synctest.Wait()
		require.Len(t, spans(t, w), 11)
		require.Zero(t, w.closed())
	})
	crowded(t, "a tick counts as what it holds for who does not read", func(t *testing.T, r *room, c *Client, w, _ *wire) {
		w.block()
		r.commits(1)
		synctest.Wait()
		for rev := int64(2); rev < 10; rev++ {
			r.hub.ChatChanged(commitOf("c", rev, rev+1, app.Message{Rev: rev + 1, Content: strings.Repeat("x", MaxBytes/2)}))
			time.Sleep(tickLength)
		}
		synctest.Wait()
		require.Equal(t, CloseTooSlow, w.closed())
		require.True(t, c.Closing())
		require.Zero(t, waits(&c.queue))
	})
	crowded(t, "while a crowd is still being written to, more is gathered, and then for as long again", func(t *testing.T, r *room, _ *Client, w, other *wire) {
		w.block()
		r.commits(3)
		time.Sleep(4 * tickLength)
		w.unblock()
		synctest.Wait()
		r.commits(1)
		require.Len(t, spans(t, other), 1)
		time.Sleep(3 * tickLength)
		require.Len(t, spans(t, other), 1)
		time.Sleep(2 * tickLength)
		require.Len(t, spans(t, other), 4)
		require.Equal(t, 3, other.frames, "subscribed, the first event, and all others")
	})
	crowded(t, "those who do not read hold up the others for no longer than the longest tick", func(t *testing.T, r *room, _ *Client, w, other *wire) {
		w.block()
		r.commits(2)
		time.Sleep(longestTick - tickLength)
		require.Len(t, spans(t, other), 1)
		time.Sleep(2 * tickLength)
		require.Len(t, spans(t, other), 2)
		r.commits(1)
		time.Sleep(tickLength)
		require.Len(t, spans(t, other), 3, "who was not waited for does not count again")
		w.unblock()
	})
	t.Run("few listeners are told everything at once", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRoom(t, "c")
			var wires []*wire
			for i := range crowd {
				c, w := r.enter(t, app.UserID(fmt.Sprint("user ", i)))
				r.follow(t, c, "c")
				wires = append(wires, w)
			}
			r.commits(3)
			synctest.Wait()
			for _, w := range wires {
				require.Len(t, spans(t, w), 3)
			}
			c, _ := r.enter(t, "one more")
			r.follow(t, c, "c")
			r.commits(3)
			synctest.Wait()
			require.Len(t, spans(t, wires[0]), 4)
			time.Sleep(tickLength)
			synctest.Wait()
			require.Len(t, spans(t, wires[0]), 6)
		})
	})
}
