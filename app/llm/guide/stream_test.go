package guide_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/guide"
	"github.com/quillium/quillium/docs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStream(t *testing.T) {
	t.Parallel()
	desk := newGuide(t)

	t.Run("sends the answer piece by piece, all of it content, and counts nothing", func(t *testing.T) {
		t.Parallel()
		var deltas []llm.Delta
		require.NoError(t, desk.Stream(t.Context(), ask("How do I connect Ollama?"), func(d llm.Delta) error {
			deltas = append(deltas, d)
			return nil
		}))
		require.Greater(t, len(deltas), 10)
		for _, delta := range deltas {
			require.Equal(t, app.PartContent, delta.Part)
			require.NotEmpty(t, delta.Text)
			require.Nil(t, delta.Usage)
		}
		require.Equal(t, desk.Answer("How do I connect Ollama?"), joined(deltas))
	})
	t.Run("answers the last question of a conversation", func(t *testing.T) {
		t.Parallel()
		text := collect(t, desk, llm.Request{Messages: []llm.Message{
			{Role: app.MessageUser, Content: "How do I connect Ollama?"},
			{Role: app.MessageAssistant, Content: "Like this."},
			{Role: app.MessageUser, Content: "How do I make a backup?"},
		}})
		require.Equal(t, desk.Answer("How do I make a backup?"), text)
	})
	t.Run("greets where nothing was asked", func(t *testing.T) {
		t.Parallel()
		require.Contains(t, collect(t, desk, llm.Request{}), "a help desk, not a language model")
	})
	t.Run("ends with emit's own error, at once", func(t *testing.T) {
		t.Parallel()
		full := errors.New("the answer is full")
		calls := 0
		err := desk.Stream(t.Context(), ask("What is Quillium?"), func(llm.Delta) error {
			calls++
			return full
		})
		require.Same(t, full, err)
		require.Equal(t, 1, calls)
	})
	t.Run("ends with the context's error", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		err := desk.Stream(ctx, ask("What is Quillium?"), func(llm.Delta) error {
			if calls++; calls == 3 {
				cancel()
			}
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 3, calls)
	})
	t.Run("keeps to the bound of the request", func(t *testing.T) {
		t.Parallel()
		request := ask("How do I connect Ollama?")
		request.MaxTokens = 20
		text := collect(t, desk, request)
		require.Len(t, text, 60)
		require.True(t, strings.HasPrefix(desk.Answer("How do I connect Ollama?"), text))
	})
}

func TestPace(t *testing.T) {
	t.Parallel()

	t.Run("is to be seen by people, and quick", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			desk, err := guide.New(docs.Files())
			require.NoError(t, err)
			began, pieces := time.Now(), 0
			require.NoError(t, desk.Stream(t.Context(), ask("What is Quillium?"), func(llm.Delta) error {
				pieces++
				return nil
			}))
			pause := time.Since(began) / time.Duration(pieces)
			require.Equal(t, 12*time.Millisecond, pause)
		})
	})
	t.Run("does not hold up an end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			desk := newGuide(t, guide.WithPace(time.Hour))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			began := time.Now()
			err := desk.Stream(ctx, ask("What is Quillium?"), func(llm.Delta) error { return nil })
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, time.Second, time.Since(began))
		})
	})
}

func TestContinue(t *testing.T) {
	t.Parallel()
	desk := newGuide(t)
	const question = "How do I connect vLLM?"
	whole := desk.Answer(question)

	t.Run("goes on from wherever the text ends", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			end := rapid.IntRange(0, len(whole)).Draw(t, "end")
			for !utf8.ValidString(whole[:end]) {
				end--
			}
			request := ask(question)
			request.Messages = append(request.Messages, llm.Message{Role: app.MessageAssistant, Content: whole[:end]})
			if rapid.Bool().Draw(t, "prefill") {
				request.Prefill = whole[:end]
			}
			require.Equal(t, whole, whole[:end]+collect(t, desk, request))
		})
	})
	t.Run("has nothing to add to a whole answer", func(t *testing.T) {
		t.Parallel()
		request := ask(question)
		request.Prefill = whole
		require.Empty(t, collect(t, desk, request))
	})
	t.Run("gives its own answer below what another model wrote", func(t *testing.T) {
		t.Parallel()
		request := ask(question)
		request.Prefill = "Well, you could"
		require.Equal(t, "\n\n"+whole, collect(t, desk, request))
	})
}

func FuzzQuestion(f *testing.F) {
	desk, err := guide.New(docs.Files(), guide.WithPace(0))
	require.NoError(f, err)
	for _, seed := range []string{
		"How do I connect Ollama?", "", "\x00", "\xff\xfe", ": ", "@guide", "a: b: c", "_", "__x__", "ſſ K İ",
		strings.Repeat("ollama ", 2000), "```", "OPENAI_BASE_URL", "ss es ies ing ed eed", "日本語で答えて",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, question string) {
		answer := desk.Answer(question)
		require.NotEmpty(t, answer)
		require.True(t, utf8.ValidString(answer))
		require.Less(t, len(answer), 16<<10)
		require.Zero(t, strings.Count(answer, "```")%2, "no block of code is cut")
		require.Equal(t, answer, desk.Answer(question), "the same question has the same answer")
		require.Equal(t, answer, collect(t, desk, ask(question)))
	})
}

func BenchmarkAnswer(b *testing.B) {
	desk, err := guide.New(docs.Files())
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_ = desk.Answer("What happens when the connection breaks in the middle of an answer?")
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, err := guide.New(docs.Files())
		require.NoError(b, err)
	}
}

func ask(question string) llm.Request {
	return llm.Request{Model: app.GuideModel, System: "Answer in rhymes.",
		Messages: []llm.Message{{Role: app.MessageUser, Content: question}}}
}

func collect(t require.TestingT, desk *guide.Guide, request llm.Request) string {
	var deltas []llm.Delta
	require.NoError(t, desk.Stream(context.Background(), request, func(d llm.Delta) error {
		deltas = append(deltas, d)
		return nil
	}))
	return joined(deltas)
}

func joined(deltas []llm.Delta) string {
	var text strings.Builder
	for _, delta := range deltas {
		text.WriteString(delta.Text)
	}
	return text.String()
}
