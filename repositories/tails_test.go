package repositories_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
	"github.com/quillium/quillium/repositories"
)

func TestTailsOfOtherNodes(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	m := w.asked(id, user)
	w.flush(m, chunk(m, app.PartContent, 0, "héllo"), chunk(m, app.PartReasoning, 0, "why"))
	w.flush(m, chunk(m, app.PartContent, 6, " wörld"))
	tails := repositories.NewSnapshotRepository(w.db)
	read := func(t *testing.T, asked ...realtime.Tail) []app.Delta {
		t.Helper()
		deltas, err := tails.Tails(t.Context(), asked)
		require.NoError(t, err)
		return deltas
	}
	told := func(content, reasoning int) realtime.Tail {
		return realtime.Tail{Chat: id, Message: m.ID, Rev: m.Rev, Content: content, Reasoning: reasoning}
	}
	delta := func(part app.Part, offset, end int, text string) app.Delta {
		return app.Delta{ChatID: id, MessageID: m.ID, Rev: m.Rev, Part: part, Offset: offset, End: end, Text: text}
	}
	t.Run("all of it, in one piece a part, counted in bytes", func(t *testing.T) {
		t.Parallel()
		require.ElementsMatch(t, []app.Delta{delta(app.PartContent, 0, 13, "héllo wörld"), delta(app.PartReasoning, 0, 3, "why")}, read(t, told(0, 0)))
	})
	t.Run("what was told is left out", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []app.Delta{delta(app.PartContent, 6, 13, " wörld")}, read(t, told(6, 3)))
		require.Empty(t, read(t, told(13, 3)))
	})
	t.Run("nothing of another run, and nothing behind a hole", func(t *testing.T) {
		t.Parallel()
		other := told(0, 0)
		other.Rev++
		require.Empty(t, read(t, other, told(5, 2)))
	})
}
