package realtime

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// span is a changes envelope in short.
type span struct{ from, rev int64 }

func spans(t *testing.T, w *wire) []span {
	t.Helper()
	list := []span{}
	for _, e := range w.heard(t) {
		if e.Type == "changes" {
			c := dataOf[app.Changes](t, e)
			list = append(list, span{c.From, c.Rev})
		}
	}
	return list
}

// followed tells a story of one client that follows chat "c" at rev 1.
func followed(t *testing.T, name string, tell func(t *testing.T, r *room, c *Client, w *wire)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRoom(t, "c")
			c, w := r.enter(t, "ada")
			r.follow(t, c, "c")
			tell(t, r, c, w)
		})
	})
}

func TestChanges(t *testing.T) {
	t.Parallel()
	followed(t, "a commit that follows on goes out as made, without a reading", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.hub.ChatChanged(commitOf("c", 1, 2))
		r.hub.ChatChanged(commitOf("c", 2, 5))
		synctest.Wait()
		require.Equal(t, []span{{1, 2}, {2, 5}}, spans(t, w))
		require.Zero(t, r.reads)
	})
	followed(t, "commits that come in the wrong order go out in the right one", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.set("c", 3)
		r.hub.ChatChanged(commitOf("c", 2, 3))
		synctest.Wait()
		r.hub.ChatChanged(commitOf("c", 1, 2))
		synctest.Wait()
		require.Equal(t, []span{{1, 3}}, spans(t, w))
	})
	followed(t, "a reading that panics is done again at the next hint, and ends nothing else", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.set("c", 3)
		r.looking = func() { panic("out of order") }
		r.hub.ChatChanged(commitOf("c", 2, 3))
		synctest.Wait()
		require.Empty(t, spans(t, w))
		r.looking = nil
		r.hub.ChatStale("c")
		synctest.Wait()
		require.Equal(t, []span{{1, 3}}, spans(t, w))
	})
	followed(t, "a commit told twice goes out once", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.hub.ChatChanged(commitOf("c", 1, 2))
		r.hub.ChatChanged(commitOf("c", 1, 2))
		synctest.Wait()
		require.Equal(t, []span{{1, 2}}, spans(t, w))
		require.Zero(t, r.reads)
	})
	followed(t, "a chat that is stale is read", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.set("c", 4)
		r.hub.ChatStale("c")
		synctest.Wait()
		require.Equal(t, []span{{1, 4}}, spans(t, w))
	})
	followed(t, "a chat that is stale for nothing sends nothing", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.hub.ChatStale("c")
		synctest.Wait()
		require.Empty(t, spans(t, w))
		require.Equal(t, 1, r.reads)
	})
	followed(t, "a reading that does not show what was heard of is not made for ever", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.hub.ChatChanged(commitOf("c", 5, 6))
		synctest.Wait()
		require.Empty(t, spans(t, w))
		require.Equal(t, 1, r.reads)
	})
	followed(t, "a notice of the database is read, not sent on", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.set("c", 7)
		r.hub.ChatChanged(commitOf("c", 7, 7))
		synctest.Wait()
		require.Equal(t, []span{{1, 7}}, spans(t, w))
	})
	followed(t, "a change that took no rev is nothing", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.hub.ChatChanged(commitOf("c", 1, 1))
		synctest.Wait()
		require.Empty(t, spans(t, w))
		require.Zero(t, r.reads)
	})
	followed(t, "changes that are too large go out as a notice", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.hub.ChatChanged(commitOf("c", 1, 2, app.Message{ID: "m", Rev: 2, Content: strings.Repeat("x", MaxBytes)}))
		r.hub.ChatChanged(commitOf("c", 2, 3))
		synctest.Wait()
		require.Equal(t, []span{{2, 2}, {2, 3}}, spans(t, w))
	})
	followed(t, "a reading gives running answers the text they have now", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.set("c", 2)
		r.changed = []app.Message{answerOf("a", 2, app.StatusStreaming)}
		r.texts.set("a", 2, "so far")
		r.hub.ChatStale("c")
		synctest.Wait()
		heard := w.heard(t)
		require.Equal(t, "so far", dataOf[app.Changes](t, heard[len(heard)-1]).Messages[0].Content)
	})
	followed(t, "a database that is away is waited for", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.set("c", 2)
		r.fail = app.ErrUnavailable
		r.hub.ChatChanged(commitOf("c", 0, 2))
		synctest.Wait()
		require.Empty(t, spans(t, w))
		r.mu.Lock()
		r.fail = nil
		r.mu.Unlock()
		require.Eventually(t, func() bool { return len(spans(t, w)) == 1 }, readTimeout, readTimeout/100)
	})
	followed(t, "a chat that is gone is not asked for again", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.fail = app.ErrNotFound
		r.hub.ChatStale("c")
		synctest.Wait()
		require.Equal(t, 1, r.reads)
		require.Empty(t, spans(t, w))
	})
	followed(t, "readings end with the hub", func(t *testing.T, r *room, _ *Client, _ *wire) {
		r.fail = errors.New("still away")
		r.hub.ChatStale("c")
		synctest.Wait()
		r.hub.Close()
		synctest.Wait()
		reads := r.reads
		time.Sleep(time.Hour)
		r.hub.ChatStale("c")
		synctest.Wait()
		require.LessOrEqual(t, r.reads, reads+1)
	})
	t.Run("a chat that nobody follows is not read", func(t *testing.T) {
		t.Parallel()
		r := newRoom(t, "c")
		r.hub.ChatChanged(commitOf("c", 1, 2))
		r.hub.ChatStale("c")
		r.hub.Grown(deltaOf("c", "a", 1, 0, "x"))
		r.hub.ChatRead("c", "ada", 1)
		require.Zero(t, r.reads)
	})
}

func TestDeltas(t *testing.T) {
	t.Parallel()
	count := func(t *testing.T, w *wire) (n int) {
		for _, kind := range w.types(t) {
			if kind == "delta" {
				n++
			}
		}
		return n
	}
	followed(t, "none of a run before the changes that began it", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.hub.Grown(deltaOf("c", "a", 2, 0, "early"))
		r.hub.ChatChanged(commitOf("c", 1, 2, answerOf("a", 2, app.StatusStreaming)))
		r.hub.Grown(deltaOf("c", "a", 2, 5, " later"))
		synctest.Wait()
		require.Equal(t, []string{"subscribed", "changes", "delta"}, w.types(t))
	})
	followed(t, "none of a run after the changes that ended it", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.hub.ChatChanged(commitOf("c", 1, 2, answerOf("a", 2, app.StatusStreaming)))
		r.hub.ChatChanged(commitOf("c", 2, 3, answerOf("a", 3, app.StatusStopped)))
		r.hub.Grown(deltaOf("c", "a", 2, 0, "stray"))
		synctest.Wait()
		require.Zero(t, count(t, w))
	})
	followed(t, "none of an old run after a new one began, all of the new one", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.hub.ChatChanged(commitOf("c", 1, 2, answerOf("a", 2, app.StatusStreaming)))
		r.hub.ChatChanged(commitOf("c", 2, 4, answerOf("a", 4, app.StatusStreaming)))
		r.hub.Grown(deltaOf("c", "a", 2, 0, "old"))
		r.hub.Grown(deltaOf("c", "a", 4, 0, "new"))
		synctest.Wait()
		require.Equal(t, 1, count(t, w))
	})
	followed(t, "an answer that waited may grow once it streams", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.hub.ChatChanged(commitOf("c", 1, 2, answerOf("a", 2, app.StatusQueued)))
		r.hub.ChatChanged(commitOf("c", 2, 3, answerOf("a", 3, app.StatusStreaming)))
		r.hub.Grown(deltaOf("c", "a", 3, 0, "go"))
		synctest.Wait()
		require.Equal(t, 1, count(t, w))
	})
	followed(t, "what is remembered of answers is bounded", func(t *testing.T, r *room, _ *Client, _ *wire) {
		for rev := int64(1); rev <= 3*maxTold; rev++ {
			r.hub.ChatChanged(commitOf("c", rev, rev+1, answerOf(app.NewID[app.MessageID](), rev+1, app.StatusComplete)))
		}
		require.LessOrEqual(t, len(r.hub.publisher("c").told), maxTold+1)
	})
	followed(t, "a client whose snapshot is ahead gets them, one that is behind does not", func(t *testing.T, r *room, _ *Client, w *wire) {
		// The commit of rev 2 has not been told here yet, but a snapshot has it.
		r.set("c", 2)
		release := make(chan struct{})
		r.looking = func() { <-release }
		ahead, other := r.enter(t, "bob")
		r.follow(t, ahead, "c")
		r.hub.Grown(deltaOf("c", "a", 2, 0, "x"))
		synctest.Wait()
		require.Equal(t, 1, count(t, other))
		require.Zero(t, count(t, w))
		close(release)
		synctest.Wait()
		require.Equal(t, []span{{1, 2}}, spans(t, w), "the snapshot told that there is something to read")
	})
}
