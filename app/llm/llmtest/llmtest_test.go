package llmtest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/llmtest"
)

type record struct{ deltas []llm.Delta }

func (r *record) emit(delta llm.Delta) error {
	r.deltas = append(r.deltas, delta)
	return nil
}

func (r *record) text(part app.Part) string {
	text := ""
	for _, delta := range r.deltas {
		if delta.Part == part {
			text += delta.Text
		}
	}
	return text
}

func TestScripts(t *testing.T) {
	t.Parallel()

	t.Run("steps are played in order and the question is remembered", func(t *testing.T) {
		t.Parallel()
		model := llmtest.New(llmtest.Reasoning("hm"), llmtest.Text("Hel", "lo"), llmtest.Usage(3, 2))
		var got record
		require.NoError(t, model.Stream(t.Context(), llm.Request{Model: "m"}, got.emit))
		require.Equal(t, "hm", got.text(app.PartReasoning))
		require.Equal(t, "Hello", got.text(app.PartContent))
		require.Equal(t, &app.Usage{PromptTokens: 3, CompletionTokens: 2}, got.deltas[3].Usage)
		require.Equal(t, []llm.Request{{Model: "m"}}, model.Requests())
	})

	t.Run("each question has its script, and the last one stays", func(t *testing.T) {
		t.Parallel()
		broken := errors.New("broken")
		model := llmtest.New(llmtest.Text("one")).Then(llmtest.Text("tw"), llmtest.Fail(broken))
		for _, want := range []struct {
			text string
			err  error
		}{{"one", nil}, {"tw", broken}, {"tw", broken}} {
			var got record
			require.Equal(t, want.err, model.Stream(t.Context(), llm.Request{}, got.emit))
			require.Equal(t, want.text, got.text(app.PartContent))
		}
	})

	t.Run("a blocked answer ends with its context", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		reached := make(chan struct{})
		done := make(chan error)
		model := llmtest.New(llmtest.Text("a"), llmtest.Reached(reached), llmtest.Block(), llmtest.Text("never"))
		var got record
		go func() { done <- model.Stream(ctx, llm.Request{}, got.emit) }()
		<-reached
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
		require.Equal(t, "a", got.text(app.PartContent))
	})

	t.Run("a waiting answer goes on when it is let through", func(t *testing.T) {
		t.Parallel()
		gate := make(chan struct{}, 1)
		gate <- struct{}{}
		var got record
		require.NoError(t, llmtest.New(llmtest.Wait(gate), llmtest.Text("on")).Stream(t.Context(), llm.Request{}, got.emit))
		require.Equal(t, "on", got.text(app.PartContent))
	})

	t.Run("an error of the reader ends the answer with it", func(t *testing.T) {
		t.Parallel()
		full := errors.New("full")
		err := llmtest.New(llmtest.Text("a", "b")).Stream(t.Context(), llm.Request{}, func(llm.Delta) error { return full })
		require.Equal(t, full, err)
	})

	t.Run("it lists what it was told to", func(t *testing.T) {
		t.Parallel()
		model := llmtest.New().Lists(nil, llm.Listing{Name: "m", ContextSize: 9})
		list, err := model.ListModels(t.Context())
		require.NoError(t, err)
		require.Equal(t, []llm.Listing{{Name: "m", ContextSize: 9}}, list)
	})
}
