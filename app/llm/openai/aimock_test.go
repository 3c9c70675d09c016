package openai_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/llmtest"
	"github.com/quillium/quillium/app/llm/openai"
)

func TestAimock(t *testing.T) {
	t.Parallel()
	client, err := openai.New(openai.Options{BaseURL: llmtest.Aimock(t) + "/v1", Key: "sk-any", Pause: time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(client.Close)

	ask := func(t *testing.T, text string) (heard, int, error) {
		t.Helper()
		var h heard
		pieces := 0
		request := llm.Request{Model: "gpt-4o", Messages: []llm.Message{{Role: app.MessageUser, Content: text}}}
		err := client.Stream(t.Context(), request, func(delta llm.Delta) error { pieces++; return h.emit(delta) })
		return h, pieces, err
	}

	t.Run("an answer streams to its end", func(t *testing.T) {
		t.Parallel()
		h, pieces, err := ask(t, "tell")
		require.NoError(t, err)
		require.Equal(t, llmtest.Tale, h.content)
		require.Greater(t, pieces, 5)
		require.Equal(t, &app.Usage{PromptTokens: 11, CompletionTokens: 22}, h.usage)
	})

	t.Run("reasoning comes apart", func(t *testing.T) {
		t.Parallel()
		h, _, err := ask(t, "think")
		require.NoError(t, err)
		require.Equal(t, llmtest.Tale, h.content)
		require.Equal(t, "Let me see.", h.reasoning)
	})

	for question, want := range map[string]struct {
		code app.Code
		says string
	}{
		"limited":   {app.CodeRateLimited, "too many requests"},
		"fault":     {app.CodeUnavailable, "fault of its own"},
		"malformed": {app.CodeUnavailable, "could not be understood"},
		"hang up":   {app.CodeUnavailable, "broke off"},
		"unknown":   {app.CodeNotFound, "does not know this model"},
	} {
		t.Run(question+" is told", func(t *testing.T) {
			t.Parallel()
			h, _, err := ask(t, question)
			requireFailure(t, err, want.code, want.says)
			require.Empty(t, h.content)
		})
	}

	t.Run("what breaks off keeps what came", func(t *testing.T) {
		t.Parallel()
		h, _, err := ask(t, "break off")
		requireFailure(t, err, app.CodeUnavailable, "broke off")
		require.NotEmpty(t, h.content)
		require.True(t, strings.HasPrefix(llmtest.Tale, h.content), h.content)
		require.NotEqual(t, llmtest.Tale, h.content)
	})

	t.Run("what is cut at its length says so", func(t *testing.T) {
		t.Parallel()
		h, _, err := ask(t, "long")
		requireFailure(t, err, app.CodeTooLarge, "continue")
		require.Equal(t, llmtest.Tale, h.content)
	})

	t.Run("its models are listed", func(t *testing.T) {
		t.Parallel()
		list, err := client.ListModels(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, list)
	})
}
