package llmtest

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
)

// Tale is what aimock tells whoever asks it.
const Tale = "Once upon a time there was a pen that wrote by itself — „leise“, 静かに."

// Aimock starts a model server that somebody else wrote (npm: @copilotkit/aimock)
// and gives back its address. What a question is answered with is decided by
// its text: tell, think, limited, fault, malformed, hang up, break off, unknown
// or long. It is for tests three folders below the top.
func Aimock(t *testing.T) string {
	t.Helper()
	type object = map[string]any
	fixture := func(question string, more object) object {
		made := object{"match": object{"userMessage": question}, "response": object{"content": Tale}}
		for name, value := range more {
			made[name] = value
		}
		return made
	}
	fixtures, err := json.Marshal(object{"fixtures": []object{
		fixture("tell", object{"response": object{"content": Tale, "usage": object{"prompt_tokens": 11, "completion_tokens": 22}}}),
		fixture("think", object{"response": object{"content": Tale, "reasoning": "Let me see."}}),
		fixture("limited", object{"chaos": object{"rateLimitRate": 1}}),
		fixture("fault", object{"chaos": object{"dropRate": 1}}),
		fixture("malformed", object{"chaos": object{"malformedRate": 1}}),
		fixture("hang up", object{"chaos": object{"disconnectRate": 1}}),
		fixture("break off", object{"truncateAfterChunks": 4}),
		fixture("unknown", object{"response": object{"error": object{"message": "The model does not exist", "code": "model_not_found"}, "status": 404}}),
		fixture("long", object{"response": object{"content": Tale, "finishReason": "length"}}),
	}})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "fixtures.json")
	require.NoError(t, os.WriteFile(file, fixtures, 0o600))

	program, err := exec.CommandContext(t.Context(), "../../../scripts/get-aimock").Output()
	require.NoError(t, err, "scripts/get-aimock")
	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, "node", strings.TrimSpace(string(program)), "-p", "0", "-f", file, "-l", "5", "-c", "8") //nolint:gosec // the path that our own script prints
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
