package realtime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// inRoom tells a story of a room with the chats "c" and "d".
func inRoom(t *testing.T, name string, tell func(t *testing.T, r *room)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { tell(t, newRoom(t, "c", "d")) })
	})
}

func TestSignals(t *testing.T) {
	t.Parallel()
	inRoom(t, "typing is heard by the others, on none of the typist's devices", func(t *testing.T, r *room) {
		ada, _ := r.enter(t, "ada")
		tablet, onTablet := r.enter(t, "ada")
		bob, atBob := r.enter(t, "bob")
		for _, c := range []*Client{ada, tablet, bob} {
			r.follow(t, c, "c")
		}
		r.hub.Typing(ada, "c")
		synctest.Wait()
		require.Equal(t, []string{"subscribed"}, onTablet.types(t))
		heard := atBob.heard(t)
		require.Equal(t, Typing{ChatID: "c", User: app.Person{ID: "ada", Name: "ada"}}, dataOf[Typing](t, heard[1]))
	})
	inRoom(t, "whoever does not follow a chat is not heard typing in it", func(t *testing.T, r *room) {
		ada, _ := r.enter(t, "ada")
		bob, atBob := r.enter(t, "bob")
		r.follow(t, bob, "c")
		r.hub.Typing(ada, "c")
		synctest.Wait()
		require.Equal(t, []string{"subscribed"}, atBob.types(t))
	})
	inRoom(t, "a read mark is told to everybody who follows", func(t *testing.T, r *room) {
		ada, atAda := r.enter(t, "ada")
		r.follow(t, ada, "c")
		r.hub.ChatRead("c", "bob", 7)
		synctest.Wait()
		require.Equal(t, Read{ChatID: "c", UserID: "bob", Seq: 7}, dataOf[Read](t, atAda.heard(t)[1]))
	})
	inRoom(t, "a lost chat is taken from that user alone, and told once to those who followed it", func(t *testing.T, r *room) {
		ada, atAda := r.enter(t, "ada")
		tablet, onTablet := r.enter(t, "ada")
		bob, atBob := r.enter(t, "bob")
		r.follow(t, ada, "c", "d")
		r.follow(t, tablet, "d")
		r.follow(t, bob, "c")
		r.hub.ChatLost("c", "ada")
		r.hub.ChatLost("c", "ada")
		r.hub.ChatChanged(commitOf("c", 1, 2))
		r.hub.ChatChanged(commitOf("d", 1, 2))
		synctest.Wait()
		require.Equal(t, []string{"subscribed", "subscribed", "removed", "changes"}, atAda.types(t))
		require.Equal(t, InChat{ChatID: "c"}, dataOf[InChat](t, atAda.heard(t)[2]))
		require.Equal(t, []string{"subscribed", "changes"}, onTablet.types(t))
		require.Equal(t, []string{"subscribed", "changes"}, atBob.types(t))
	})
	inRoom(t, "an ended session closes its sockets and no others", func(t *testing.T, r *room) {
		_, first := r.enter(t, "ada")
		_, second := r.enter(t, "ada")
		_, bob := r.enter(t, "bob")
		r.hub.SessionEnded(app.EndSignedOut, "session of ada", "somebody else's")
		synctest.Wait()
		require.Equal(t, CloseSignedOut, first.closed())
		require.Equal(t, CloseSignedOut, second.closed())
		require.Zero(t, bob.closed())
	})
	inRoom(t, "a disabled account is told so", func(t *testing.T, r *room) {
		_, w := r.enter(t, "ada")
		r.hub.SessionEnded(app.EndDisabled, "session of ada")
		synctest.Wait()
		require.Equal(t, CloseDisabled, w.closed())
	})
	t.Run("a setting that changed is passed on", func(t *testing.T) {
		t.Parallel()
		var names []string
		h := NewHub(nil, nil, quiet, of(1), func(name string) { names = append(names, name) })
		defer h.Close()
		h.SettingChanged("sign_ups")
		require.Equal(t, []string{"sign_ups"}, names)
	})
}

// ended is what Sessions knows.
type ended struct {
	mu    sync.Mutex
	over  map[app.SessionID]app.EndReason
	fail  error
	asked [][]app.SessionID
}

func (e *ended) Over(_ context.Context, ids []app.SessionID) (map[app.SessionID]app.EndReason, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, ids)
	return e.over, e.fail
}

func TestWatch(t *testing.T) {
	t.Parallel()
	inRoom(t, "a session that ended elsewhere is found at the next look", func(t *testing.T, r *room) {
		sessions := &ended{over: map[app.SessionID]app.EndReason{"session of ada": app.EndSignedOut}}
		_, ada := r.enter(t, "ada")
		_, bob := r.enter(t, "bob")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go r.hub.Watch(ctx, sessions, time.Second)
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, CloseSignedOut, ada.closed())
		require.Zero(t, bob.closed())
	})
	inRoom(t, "each session is asked for once, and none where nobody is connected", func(t *testing.T, r *room) {
		sessions := &ended{}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go r.hub.Watch(ctx, sessions, time.Second)
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		require.Empty(t, sessions.asked)
		r.enter(t, "ada")
		r.enter(t, "ada")
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, [][]app.SessionID{{"session of ada"}}, sessions.asked)
	})
	inRoom(t, "a look that fails closes nobody, and the next one is made", func(t *testing.T, r *room) {
		sessions := &ended{fail: errors.New("away"), over: map[app.SessionID]app.EndReason{"session of ada": app.EndDisabled}}
		_, w := r.enter(t, "ada")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go r.hub.Watch(ctx, sessions, time.Second)
		time.Sleep(1500 * time.Millisecond)
		synctest.Wait()
		require.Zero(t, w.closed())
		sessions.mu.Lock()
		sessions.fail = nil
		sessions.mu.Unlock()
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, CloseDisabled, w.closed())
	})
}

func TestHub(t *testing.T) {
	t.Parallel()
	inRoom(t, "a user has so many sockets and no more, until one leaves", func(t *testing.T, r *room) {
		clients := make([]*Client, perUser)
		for i := range clients {
			clients[i], _ = r.enter(t, "ada")
		}
		more := NewClient("more", app.Actor{UserID: "ada"}, newWire())
		code, ok := r.hub.Join(more)
		require.False(t, ok)
		require.Equal(t, CloseTooMany, code)
		r.enter(t, "bob")
		r.hub.Leave(more)
		_, ok = r.hub.Join(more)
		require.False(t, ok, "one that was not let in gives nothing back when it leaves")
		r.hub.Leave(clients[0])
		r.hub.Leave(clients[0])
		_, ok = r.hub.Join(more)
		require.True(t, ok)
		r.hub.Leave(more)
	})
	inRoom(t, "who leaves leaves nothing behind", func(t *testing.T, r *room) {
		c, w := r.enter(t, "ada")
		r.follow(t, c, "c", "d")
		r.hub.Leave(c)
		w.set(func() { w.left = true })
		c.Send(Envelope{Type: "late"})
		c.Close(CloseGoingAway, "late")
		r.hub.ChatChanged(commitOf("c", 1, 2))
		synctest.Wait()
		require.Zero(t, w.late)
		clients, chats := r.hub.Count()
		require.Zero(t, clients+chats)
		require.Empty(t, r.hub.ofUser)
	})
	inRoom(t, "a draining hub tells everybody to come back, after what waits, and lets nobody in", func(t *testing.T, r *room) {
		wires := make([]*wire, 1000)
		for i := range wires {
			var c *Client
			c, wires[i] = r.enter(t, app.UserID(fmt.Sprint("user ", i)))
			c.Send(Envelope{Type: "last"})
		}
		began := time.Now()
		r.hub.Drain(t.Context(), 5*time.Second)
		synctest.Wait()
		require.Equal(t, 4500*time.Millisecond, time.Since(began), "ten groups have nine pauses")
		for _, w := range wires {
			require.Equal(t, []string{"last"}, w.types(t))
			require.Equal(t, CloseGoingAway, w.closed())
			require.Regexp(t, `^[0-9]+$`, w.reason)
		}
		code, ok := r.hub.Join(NewClient("late", app.Actor{UserID: "late"}, newWire()))
		require.False(t, ok)
		require.Equal(t, CloseGoingAway, code)
	})
	inRoom(t, "a few are told at once", func(t *testing.T, r *room) {
		_, one := r.enter(t, "ada")
		_, two := r.enter(t, "bob")
		began := time.Now()
		r.hub.Drain(t.Context(), 5*time.Second)
		require.Zero(t, time.Since(began))
		synctest.Wait()
		require.Equal(t, CloseGoingAway, one.closed())
		require.Equal(t, CloseGoingAway, two.closed())
	})
	inRoom(t, "a drain that is cut short tells everybody at once", func(t *testing.T, r *room) {
		for i := range 200 {
			r.enter(t, app.UserID(fmt.Sprint("user ", i)))
		}
		_, one := r.enter(t, "ada")
		_, two := r.enter(t, "bob")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		r.hub.Drain(ctx, 5*time.Second)
		require.Zero(t, time.Since(began))
		synctest.Wait()
		require.Equal(t, CloseGoingAway, one.closed())
		require.Equal(t, CloseGoingAway, two.closed())
	})
	inRoom(t, "a client that does not read loses its seat, and nobody waits for it", func(t *testing.T, r *room) {
		slow, stuck := r.enter(t, "ada")
		quick, w := r.enter(t, "bob")
		r.follow(t, slow, "c")
		r.follow(t, quick, "c")
		stuck.block()
		began := time.Now()
		for rev := int64(1); rev <= 8; rev++ {
			r.hub.ChatChanged(commitOf("c", rev, rev+1, app.Message{Rev: rev + 1, Content: strings.Repeat("x", MaxBytes/2)}))
			synctest.Wait()
		}
		require.Equal(t, CloseTooSlow, stuck.closed())
		require.True(t, slow.Closing())
		require.Zero(t, waits(&slow.queue))
		require.Len(t, spans(t, w), 8)
		require.Zero(t, time.Since(began))
	})
}

func TestEncode(t *testing.T) {
	t.Parallel()
	t.Run("an envelope is one line whatever is in it, and as the protocol says", func(t *testing.T) {
		t.Parallel()
		line := string(Encode(Envelope{Type: "typing", Data: Typing{ChatID: "c", User: app.Person{ID: "u", Name: "a\nb <&>"}}}).Text())
		require.Equal(t, `{"type":"typing","data":{"chat_id":"c","user":{"id":"u","name":"a\nb <&>"}}}`, line)
		require.Equal(t, `{"type":"pong","id":"p1"}`, string(Encode(Envelope{Type: "pong", ID: "p1"}).Text()))
	})
	t.Run("an error tells when to come back, and never its cause", func(t *testing.T) {
		t.Parallel()
		err := &app.Error{Code: app.CodeRateLimited, Message: "Slowly.", RetryAfter: 1500 * time.Millisecond, Cause: errors.New("secret")}
		require.Equal(t, `{"type":"error","id":"r","data":{"code":"rate_limited","message":"Slowly.","chat_id":"c","retry_after_ms":1500}}`,
			string(Encode(ErrorEnvelope("r", "c", err)).Text()))
		require.NotContains(t, string(Encode(ErrorEnvelope("", "", errors.New("secret"))).Text()), "secret")
	})
}
