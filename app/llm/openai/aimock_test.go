package openai_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/openai"
)

const tale = "Once upon a time there was a pen that wrote by itself — „leise“, 静かに."

// aimock starts the model server that somebody else wrote and gives back its
// address. What a question is answered with is decided by its text.
func aimock(t *testing.T) string {
	t.Helper()
	type object = map[string]any
	fixture := func(question string, more object) object {
		made := object{"match": object{"userMessage": question}, "response": object{"content": tale}}
		for name, value := range more {
			made[name] = value
		}
		return made
	}
	fixtures, err := json.Marshal(object{"fixtures": []object{
		fixture("tell", object{"response": object{"content": tale, "usage": object{"prompt_tokens": 11, "completion_tokens": 22}}}),
		fixture("think", object{"response": object{"content": tale, "reasoning": "Let me see."}}),
		fixture("limited", object{"chaos": object{"rateLimitRate": 1}}),
		fixture("fault", object{"chaos": object{"dropRate": 1}}),
		fixture("malformed", object{"chaos": object{"malformedRate": 1}}),
		fixture("hang up", object{"chaos": object{"disconnectRate": 1}}),
		fixture("break off", object{"truncateAfterChunks": 4}),
		fixture("unknown", object{"response": object{"error": object{"message": "The model does not exist", "code": "model_not_found"}, "status": 404}}),
		fixture("long", object{"response": object{"content": tale, "finishReason": "length"}}),
	}})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "fixtures.json")
	require.NoError(t, os.WriteFile(file, fixtures, 0o600))

	program, err := exec.CommandContext(t.Context(), "../../../scripts/get-aimock").Output()
	require.NoError(t, err, "scripts/get-aimock")
	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, "node", strings.TrimSpace(string(program)), "-p", "0", "-f", file, "-l", "5", "-c", "8")
	server.Cancel = func() error { return server.Process.Signal(syscall.SIGTERM) }
	server.WaitDelay = 10 * time.Second
	out, err := server.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, server.Start())
	read := make(chan struct{})
	t.Cleanup(func() { cancel(); <-read; _ = server.Wait() })

	address := make(chan string, 1)
	go func() {
		defer close(read)
		defer close(address)
		listening := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if found := listening.FindString(lines.Text()); found != "" && len(address) == 0 {
				address <- found
			}
		}
	}()
	select {
	case found, ok := <-address:
		require.True(t, ok, "aimock ended")
		return found
	case <-time.After(30 * time.Second):
		require.Fail(t, "aimock did not start")
		return ""
	}
}

func TestAimock(t *testing.T) {
	t.Parallel()
	client, err := openai.New(openai.Options{BaseURL: aimock(t) + "/v1", Key: "sk-any", Pause: time.Millisecond})
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
		require.Equal(t, tale, h.content)
		require.Greater(t, pieces, 5)
		require.Equal(t, &app.Usage{PromptTokens: 11, CompletionTokens: 22}, h.usage)
	})

	t.Run("reasoning comes apart", func(t *testing.T) {
		t.Parallel()
		h, _, err := ask(t, "think")
		require.NoError(t, err)
		require.Equal(t, tale, h.content)
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
		require.True(t, strings.HasPrefix(tale, h.content), h.content)
		require.NotEqual(t, tale, h.content)
	})

	t.Run("what is cut at its length says so", func(t *testing.T) {
		t.Parallel()
		h, _, err := ask(t, "long")
		requireFailure(t, err, app.CodeTooLarge, "continue")
		require.Equal(t, tale, h.content)
	})

	t.Run("its models are listed", func(t *testing.T) {
		t.Parallel()
		list, err := client.ListModels(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, list)
	})
}
