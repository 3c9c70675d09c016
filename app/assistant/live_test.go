package assistant

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
)

func TestGrow(t *testing.T) {
	t.Parallel()

	t.Run("deltas follow on each other in bytes, part by part", func(t *testing.T) {
		t.Parallel()
		r := newRunning(app.Run{ChatID: "c", MessageID: "m", Rev: 7, Content: "grün"})
		delta, fits := r.grow(app.PartContent, "ä", false, 100)
		require.True(t, fits)
		require.Equal(t, app.Delta{ChatID: "c", MessageID: "m", Rev: 7, Part: app.PartContent, Offset: 5, End: 7, Text: "ä"}, delta)
		delta, _ = r.grow(app.PartReasoning, "h", false, 100)
		require.Equal(t, []int{0, 1}, []int{delta.Offset, delta.End})
		delta, _ = r.grow(app.PartContent, "\xe2", false, 100)
		require.Equal(t, delta.Offset, delta.End, "half a character is nothing yet")
	})

	t.Run("at the limit a whole character is the last, and nothing comes behind it", func(t *testing.T) {
		t.Parallel()
		r := newRunning(app.Run{})
		_, fits := r.grow(app.PartReasoning, "ab", false, 6)
		require.True(t, fits)
		_, fits = r.grow(app.PartContent, "xä€", false, 6)
		require.False(t, fits)
		_, fits = r.grow(app.PartContent, "y", false, 6)
		require.False(t, fits, "even where it would fit")
		content, reasoning := r.texts()
		require.Equal(t, "xä", content)
		require.Equal(t, "ab", reasoning)
	})

	t.Run("exactly the limit fits", func(t *testing.T) {
		t.Parallel()
		r := newRunning(app.Run{Content: "abc"})
		_, fits := r.grow(app.PartContent, "def", false, 6)
		require.True(t, fits)
		_, fits = r.grow(app.PartContent, "", true, 6)
		require.True(t, fits)
	})

	t.Run("whatever comes, the text is a prefix of what was sent", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			most := rapid.IntRange(0, 40).Draw(t, "most")
			r := newRunning(app.Run{})
			var sent strings.Builder
			end := 0
			for range rapid.IntRange(0, 8).Draw(t, "pieces") {
				piece := wildText().Draw(t, "piece")
				sent.WriteString(piece)
				delta, fits := r.grow(app.PartContent, piece, false, most)
				require.Equal(t, end, delta.Offset)
				require.Len(t, delta.Text, delta.End-delta.Offset)
				require.True(t, utf8.ValidString(delta.Text))
				end = delta.End
				if !fits {
					break
				}
			}
			r.grow(app.PartContent, "", true, most)
			content, _ := r.texts()
			require.LessOrEqual(t, len(content), most)
			require.True(t, strings.HasPrefix(through(sent.String()), content))
		})
	})
}

func TestUnstored(t *testing.T) {
	t.Parallel()
	r := newRunning(app.Run{MessageID: "m", Rev: 7, Content: "old", Reasoning: "why"})
	require.Empty(t, r.unstored(), "what a continued answer has is stored")
	r.grow(app.PartContent, "new", false, 100)
	r.grow(app.PartReasoning, "!", false, 100)
	require.Equal(t, []app.Chunk{
		{MessageID: "m", Rev: 7, Part: app.PartContent, Offset: 3, Text: "new"},
		{MessageID: "m", Rev: 7, Part: app.PartReasoning, Offset: 3, Text: "!"},
	}, r.unstored())
	r.keep(app.PartContent, 6)
	r.keep(app.PartReasoning, 4)
	require.Empty(t, r.unstored())
	r.keep(app.PartContent, 3)
	require.Equal(t, "new", r.unstored()[0].Text, "the stored end counts, also where it is behind")
	r.keep(app.PartContent, 99)
	require.Equal(t, 3, r.unstored()[0].Offset, "more than was sent is stored nowhere")
}

func TestLive(t *testing.T) {
	t.Parallel()
	l := NewLive()
	r := l.add(app.Run{MessageID: "m", Rev: 7, Content: "abc"})
	require.Nil(t, l.add(app.Run{MessageID: "m", Rev: 7}), "a run runs once")
	require.Nil(t, l.add(app.Run{MessageID: "m", Rev: 6}))
	r.grow(app.PartReasoning, "why", false, 100)
	messages := []app.Message{
		{ID: "m", Rev: 7, Status: app.StatusStreaming, Content: "a"},
		{ID: "m", Rev: 6, Status: app.StatusStreaming, Content: "a"},
		{ID: "m", Rev: 7, Status: app.StatusComplete, Content: "a"},
		{ID: "other", Rev: 7, Status: app.StatusStreaming, Content: "a"},
	}
	l.Overlay(messages)
	require.Equal(t, []string{"abc", "a", "a", "a"}, []string{messages[0].Content, messages[1].Content, messages[2].Content, messages[3].Content})
	require.Equal(t, "why", *messages[0].Reasoning)
	require.Nil(t, messages[1].Reasoning)
	next := l.add(app.Run{MessageID: "m", Rev: 9})
	require.NotNil(t, next)
	l.remove(r)
	require.Equal(t, 1, l.Count(), "the end of a run does not take the next one with it")
	l.remove(next)
	require.Zero(t, l.Count())
}
