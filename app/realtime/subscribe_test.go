package realtime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func TestSubscribe(t *testing.T) {
	t.Parallel()
	story := func(name string, tell func(t *testing.T, r *room, c *Client, w *wire)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRoom(t, "c", "d")
				c, w := r.enter(t, "ada")
				tell(t, r, c, w)
			})
		})
	}
	story("each chat is answered, in the order asked, under the id of the request", func(t *testing.T, r *room, c *Client, w *wire) {
		r.follow(t, c, "d", "unknown", "c")
		heard := w.heard(t)
		require.Equal(t, []string{"subscribed", "error", "subscribed"}, w.types(t))
		require.Equal(t, app.ChatID("d"), dataOf[Subscribed](t, heard[0]).Chat.ID)
		require.Equal(t, Problem{Code: app.CodeNotFound, Message: app.ErrNotFound.Message, ChatID: "unknown"}, dataOf[Problem](t, heard[1]))
		for _, e := range heard {
			require.Equal(t, "s", e.ID)
		}
		require.True(t, c.Follows("c"))
		require.False(t, c.Follows("unknown"))
		_, chats := r.hub.Count()
		require.Equal(t, 2, chats)
	})
	story("the answer tells everything that the protocol names", func(t *testing.T, r *room, c *Client, w *wire) {
		r.follow(t, c, "c")
		for _, field := range []string{"chat", "me", "rev", "reset", "messages", "members", "online"} {
			require.Contains(t, w.lines[0], `"`+field+`":`)
		}
		require.Contains(t, w.lines[0], `"online":["ada"]`)
	})
	story("what happens while the chat is read comes after the answer, once", func(t *testing.T, r *room, c *Client, w *wire) {
		other, _ := r.enter(t, "bob")
		r.follow(t, other, "c")
		r.texts.set("m", 0, "")
		r.during = func() {
			r.hub.ChatChanged(commitOf("c", 1, 2, answerOf("a", 2, app.StatusStreaming)))
			r.hub.Grown(deltaOf("c", "a", 2, 0, "hello"))
			r.hub.ChatRead("c", "bob", 1)
		}
		r.follow(t, c, "c")
		require.Equal(t, []string{"subscribed", "changes", "delta", "read"}, w.types(t))
	})
	story("what the snapshot has already is not sent again", func(t *testing.T, r *room, c *Client, w *wire) {
		other, _ := r.enter(t, "bob")
		r.follow(t, other, "c")
		r.during = func() { r.hub.ChatChanged(commitOf("c", 1, 2)) }
		r.set("c", 2)
		r.follow(t, c, "c")
		require.Equal(t, []string{"subscribed"}, w.types(t))
	})
	story("a commit told while the first snapshot is read is not lost", func(t *testing.T, r *room, c *Client, w *wire) {
		r.during = func() {
			r.set("c", 2)
			r.hub.ChatChanged(commitOf("c", 1, 2))
		}
		r.follow(t, c, "c")
		synctest.Wait()
		require.Equal(t, []span{{1, 2}}, spans(t, w))
	})
	story("where more happens than is held back, the client is made to ask again", func(t *testing.T, r *room, c *Client, w *wire) {
		other, _ := r.enter(t, "bob")
		r.follow(t, other, "c")
		r.during = func() {
			for rev := int64(1); rev < 6; rev++ {
				r.hub.ChatChanged(commitOf("c", rev, rev+1, app.Message{Rev: rev + 1, Content: strings.Repeat("x", MaxBytes/4)}))
			}
		}
		r.follow(t, c, "c")
		require.Equal(t, []span{{6, 6}}, spans(t, w))
	})
	story("again on a followed chat replaces the subscription", func(t *testing.T, r *room, c *Client, w *wire) {
		r.follow(t, c, "c")
		r.follow(t, c, "c")
		r.hub.ChatChanged(commitOf("c", 1, 2))
		synctest.Wait()
		require.Equal(t, []string{"subscribed", "subscribed", "changes"}, w.types(t))
	})
	story("a chat that cannot be read is refused, and not followed", func(t *testing.T, r *room, c *Client, w *wire) {
		r.fail = errors.New("no such table: secrets")
		r.follow(t, c, "c")
		problem := dataOf[Problem](t, w.heard(t)[0])
		require.Equal(t, app.CodeInternal, problem.Code)
		require.NotContains(t, w.lines[0], "secrets")
		require.False(t, c.Follows("c"))
		_, chats := r.hub.Count()
		require.Zero(t, chats)
	})
	story("a chat that is lost while it is read is refused", func(t *testing.T, r *room, c *Client, w *wire) {
		r.during = func() { r.hub.ChatLost("c", "ada") }
		r.follow(t, c, "c")
		synctest.Wait()
		require.Equal(t, []string{"removed", "error"}, w.types(t))
		require.False(t, c.Follows("c"))
	})
	story("nothing of a chat comes after unsubscribing", func(t *testing.T, r *room, c *Client, w *wire) {
		r.follow(t, c, "c", "d")
		r.hub.Unsubscribe(c, "c")
		r.hub.Unsubscribe(c, "c")
		r.hub.ChatChanged(commitOf("c", 1, 2))
		r.hub.ChatChanged(commitOf("d", 1, 2))
		synctest.Wait()
		require.Equal(t, app.ChatID("d"), dataOf[app.Changes](t, w.heard(t)[2]).ChatID)
		_, chats := r.hub.Count()
		require.Equal(t, 1, chats)
	})
	story("a client follows so many chats and no more", func(t *testing.T, r *room, c *Client, w *wire) {
		ids := make([]app.ChatID, MaxChats+1)
		for i := range ids {
			ids[i] = app.ChatID(fmt.Sprint("chat ", i))
			r.set(ids[i], 1)
		}
		r.follow(t, c, ids...)
		types := w.types(t)
		require.Equal(t, "error", types[MaxChats])
		require.Equal(t, app.CodeInvalidInput, dataOf[Problem](t, w.heard(t)[MaxChats]).Code)
		require.NotContains(t, types[:MaxChats], "error")
		r.follow(t, c, ids[0])
		require.Equal(t, "subscribed", w.types(t)[MaxChats+1], "one that is followed may be asked for again")
	})
	story("a subscription ends with its socket", func(t *testing.T, r *room, c *Client, w *wire) {
		ctx, cancel := context.WithCancel(t.Context())
		r.during = cancel
		const limit, group = 100, 10
		ids := make([]Ask, 3*group)
		for i := range ids {
			ids[i] = Ask{ChatID: app.ChatID(fmt.Sprint("chat ", i))}
			r.set(ids[i].ChatID, 1)
		}
		r.hub.Subscribe(ctx, c, Subscription{Asks: ids, Limit: limit, Resume: true})
		require.Empty(t, w.types(t))
		_, chats := r.hub.Count()
		require.Equal(t, group, chats, "the groups after it were not begun")
		r.hub.Leave(c)
		_, chats = r.hub.Count()
		require.Zero(t, chats)
	})
	story("a database that hangs does not hold a socket for ever", func(t *testing.T, r *room, c *Client, w *wire) {
		hub := NewHub(&reader{snapshots: func(ctx context.Context, _ app.UserID, _ []Ask, _ int, _ bool) ([]Snapshot, error) {
			<-ctx.Done()
			return nil, &app.Error{Code: app.CodeUnavailable, Cause: ctx.Err()}
		}}, r.texts, quiet, of(perUser), nil)
		defer hub.Close()
		began := time.Now()
		hub.Subscribe(t.Context(), c, Subscription{Asks: []Ask{{ChatID: "c"}}})
		require.Equal(t, readTimeout, time.Since(began))
		require.Equal(t, app.CodeUnavailable, dataOf[Problem](t, w.heard(t)[0]).Code)
	})
}

// Those who come first to a chat tell its publisher where it is. They come
// with snapshots of different ages, and none may miss what lies between.
func TestFirstListeners(t *testing.T) {
	t.Parallel()
	// comes registers a client and reads its snapshot at this rev; it is told
	// when the gate opens.
	comes := func(t *testing.T, r *room, user app.UserID, rev int64) (*wire, chan struct{}) {
		c, w := r.enter(t, user)
		gate := make(chan struct{})
		r.set("c", rev)
		r.during = func() { <-gate }
		go r.follow(t, c, "c")
		synctest.Wait()
		r.during = nil
		return w, gate
	}
	opens := func(gate chan struct{}) {
		close(gate)
		synctest.Wait()
	}
	inRoom(t, "an older snapshot that comes later gets what lies between", func(t *testing.T, r *room) {
		old, gate := comes(t, r, "ada", 3)
		young, first := comes(t, r, "bob", 5)
		opens(first)
		opens(gate)
		require.Equal(t, []span{{3, 5}}, spans(t, old))
		require.Equal(t, []span{{3, 5}}, spans(t, young), "which a client that has it ignores")
	})
	inRoom(t, "so does the oldest of three, whoever comes after it", func(t *testing.T, r *room) {
		oldest, second := comes(t, r, "ada", 3)
		middle, third := comes(t, r, "bob", 4)
		_, first := comes(t, r, "cleo", 5)
		reading := make(chan struct{})
		r.looking = func() { <-reading }
		opens(first)
		opens(second)
		opens(third)
		opens(reading)
		require.Equal(t, []span{{3, 5}}, spans(t, oldest))
		require.Equal(t, []span{{3, 5}}, spans(t, middle))
	})
	inRoom(t, "a reading that began before leaves no hole either", func(t *testing.T, r *room) {
		old, gate := comes(t, r, "ada", 3)
		_, first := comes(t, r, "bob", 5)
		opens(first)
		reading := make(chan struct{})
		r.looking = func() { <-reading }
		r.set("c", 6)
		r.hub.ChatStale("c")
		synctest.Wait()
		opens(gate)
		opens(reading)
		require.Equal(t, []span{{3, 6}}, spans(t, old))
	})
}

// 200 chats of 512 KiB each are far more than a queue holds: a client that
// reads, however slowly, is waited for, while other chats go on.
func TestSubscribeWaitsForSlowClients(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t, "busy")
		r.text = strings.Repeat("x", MaxBytes)
		ids := []app.ChatID{"busy"}
		for i := range MaxChats - 1 {
			ids = append(ids, app.ChatID(fmt.Sprint("chat ", i)))
			r.set(ids[i+1], 1)
		}
		c, w := r.enter(t, "ada")
		most, bytes := 0, 0
		w.hear = func(line []byte) {
			bytes += len(line)
			most = max(most, waits(&c.queue))
		}
		slow := &slowWire{wire: w, pause: 40 * time.Millisecond}
		c.queue.sink = slow
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			r.follow(t, c, ids...)
		}()
		for rev := int64(1); ; rev++ {
			select {
			case <-ended:
				require.Zero(t, w.closed())
				w.mu.Lock()
				defer w.mu.Unlock()
				require.GreaterOrEqual(t, bytes, MaxChats*MaxBytes)
				require.LessOrEqual(t, most, 3*MaxBytes, "what waits for one client is bounded")
				return
			case <-time.After(7 * time.Millisecond):
				r.set("busy", rev+1)
				r.hub.ChatChanged(commitOf("busy", rev, rev+1, app.Message{Rev: rev + 1, Content: strings.Repeat("y", 4<<10)}))
			}
		}
	})
}

// slowWire takes its time for each frame.
type slowWire struct {
	*wire
	pause time.Duration
}

func (w *slowWire) Write(blocks []Block) error {
	time.Sleep(w.pause)
	return w.wire.Write(blocks)
}

func TestGroups(t *testing.T) {
	t.Parallel()
	for limit, chats := range map[int]int{0: groupChats, 1: groupChats, 50: 20, 200: 5, 5000: 1} {
		require.Equal(t, chats, Subscription{Limit: limit}.group(), limit)
	}
}
