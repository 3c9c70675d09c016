package realtime

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// deltas are what a wire was sent of growing answers, in short.
func deltas(t *testing.T, w *wire) []string {
	t.Helper()
	list := []string{}
	for _, e := range w.heard(t) {
		if e.Type == "delta" {
			list = append(list, dataOf[app.Delta](t, e).Text)
		}
	}
	return list
}

func TestAnswersOfOtherNodes(t *testing.T) {
	t.Parallel()
	begun := commitOf("c", 1, 2, answerOf("a", 2, app.StatusStreaming))
	followed(t, "a hint brings what was stored since the last one", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.hub.ChatChanged(begun)
		for _, text := range []string{"one", "one two", "one two", "one two three"} {
			r.store("a", 2, text)
			r.hub.AnswersGrew("c")
			synctest.Wait()
		}
		require.Equal(t, []string{"one", " two", " three"}, deltas(t, w))
	})
	followed(t, "an answer of this node is not read", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.texts.set("a", 2, "here")
		r.hub.ChatChanged(begun)
		r.hub.AnswersGrew("c")
		synctest.Wait()
		require.Zero(t, r.tailed)
		require.Empty(t, deltas(t, w))
	})
	followed(t, "a run that has ended is not read, and one that began later has nothing of it", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.store("a", 2, "old text")
		r.hub.ChatChanged(begun)
		r.hub.ChatChanged(commitOf("c", 2, 3, answerOf("a", 3, app.StatusComplete)))
		r.hub.AnswersGrew("c")
		synctest.Wait()
		require.Zero(t, r.tailed)
		r.hub.ChatChanged(commitOf("c", 3, 4, answerOf("a", 4, app.StatusStreaming)))
		r.hub.AnswersGrew("c")
		synctest.Wait()
		require.Equal(t, 1, r.tailed)
		require.Empty(t, deltas(t, w))
	})
	followed(t, "a chat that nobody here follows costs no reading", func(t *testing.T, r *room, _ *Client, _ *wire) {
		r.hub.AnswersGrew("d", "e")
		synctest.Wait()
		require.Zero(t, r.tailed)
	})
	followed(t, "what could not be read comes with the next hint", func(t *testing.T, r *room, _ *Client, w *wire) {
		r.hub.ChatChanged(begun)
		r.store("a", 2, "one")
		r.fail = app.ErrUnavailable
		r.hub.AnswersGrew("c")
		synctest.Wait()
		require.Empty(t, deltas(t, w))
		r.fail = nil
		r.hub.AnswersGrew("c")
		synctest.Wait()
		require.Equal(t, []string{"one"}, deltas(t, w))
	})
}
