package story

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm/llmtest"
	"github.com/quillium/quillium/repositories/pgtest"
)

// A model server that somebody else wrote, in its good and its bad hours.
func TestAimock(t *testing.T) {
	t.Parallel()
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "OPENAI_BASE_URL="+llmtest.Aimock(t)+"/v1", "OPENAI_API_KEY=sk-a-secret-key", "DEFAULT_MODEL=gpt-4o")
	p.start()
	p.join("ada")
	for _, row := range []struct {
		question string
		status   app.MessageStatus
		code     app.Code
		says     string
	}{
		{"tell", app.StatusComplete, "", ""},
		{"limited", app.StatusFailed, app.CodeRateLimited, "too many requests"},
		{"fault", app.StatusFailed, app.CodeUnavailable, "fault of its own"},
		{"malformed", app.StatusFailed, app.CodeUnavailable, "could not be understood"},
		{"hang up", app.StatusFailed, app.CodeUnavailable, "broke off"},
		{"break off", app.StatusFailed, app.CodeUnavailable, "broke off"},
	} {
		chat := p.open("gpt-4o")
		var question app.Message
		p.call("POST", "/chats/"+chat+"/messages", object{"content": row.question}, 201, &question)
		answer := p.answerOf(chat, string(question.ID), row.status)
		require.True(t, strings.HasPrefix(llmtest.Tale, answer.Content), row.question)
		if row.code == "" {
			require.Equal(t, llmtest.Tale, answer.Content)
			require.Nil(t, answer.Error)
			continue
		}
		require.NotNil(t, answer.Error, row.question)
		require.Equal(t, row.code, answer.Error.Code, row.question)
		require.Contains(t, answer.Error.Message, row.says, row.question)
		require.NotContains(t, answer.Error.Message, "sk-a-secret-key")
	}
}
