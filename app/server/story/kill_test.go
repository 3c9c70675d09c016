package story

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories/pgtest"
)

// A power cut in the middle of an answer, again and again.
func TestKill(t *testing.T) {
	t.Parallel()
	t.Run("with a database that goes on", func(t *testing.T) {
		t.Parallel()
		killAgain(t, 20, "DATABASE_URL="+pgtest.Empty(t))
	})
	t.Run("with a database of our own, which goes down too", func(t *testing.T) {
		t.Parallel()
		killAgain(t, 5)
	})
}

func killAgain(t *testing.T, kills int, settings ...string) {
	model := newEndpoint(t, 400, 5*time.Millisecond)
	p := newProgram(t, append(settings, "OPENAI_BASE_URL="+model.URL+"/v1", "DEFAULT_MODEL=words")...)
	p.start()
	p.join("ada")
	chat := p.open("words")
	acknowledged := map[string]string{}
	for i := range kills {
		question := p.ask(chat, fmt.Sprint("question ", i), acknowledged)
		p.pester(chat, i, acknowledged)
		time.Sleep(time.Duration(rand.IntN(1200)) * time.Millisecond)
		p.kill()
		killed := time.Now()
		p.start()
		answer := p.answerOf(chat, question, app.StatusInterrupted)
		sent := model.last()
		require.True(t, strings.HasPrefix(sent.text(killed), answer.Content), "round %d: the answer is no prefix of what was sent", i)
		early := sent.text(killed.Add(-500 * time.Millisecond))
		require.GreaterOrEqual(t, len(answer.Content), len(early), "round %d: more than the last 500 ms is lost", i)
		if i%4 == 0 {
			p.goOn(chat, question, answer, model)
		}
	}
	p.everythingIsThereOnce(chat, acknowledged)
}

// ask posts a question and returns its id when its answer is streaming.
func (p *program) ask(chat, text string, acknowledged map[string]string) string {
	p.t.Helper()
	var message app.Message
	p.call("POST", "/chats/"+chat+"/messages", object{"content": text, "client_id": text}, 201, &message)
	acknowledged[text] = string(message.ID)
	p.answerOf(chat, string(message.ID), app.StatusStreaming)
	return string(message.ID)
}

// pester posts messages that nobody answers, and notes what was acknowledged.
func (p *program) pester(chat string, round int, acknowledged map[string]string) {
	p.t.Helper()
	p.call("PATCH", "/chats/"+chat, object{"reply_policy": "never"}, 200, nil)
	for i := range 5 {
		text := fmt.Sprintf("note %d.%d", round, i)
		var message app.Message
		p.call("POST", "/chats/"+chat+"/messages", object{"content": text, "client_id": text}, 201, &message)
		acknowledged[text] = string(message.ID)
	}
	p.call("PATCH", "/chats/"+chat, object{"reply_policy": "always"}, 200, nil)
}

// answerOf waits until the answer to a question has this status.
func (p *program) answerOf(chat, question string, status app.MessageStatus) app.Message {
	p.t.Helper()
	var found app.Message
	require.Eventually(p.t, func() bool {
		var page app.Page[app.Message]
		p.call("GET", "/chats/"+chat+"/messages?limit=100", nil, 200, &page)
		for _, m := range page.Data {
			if m.Role == app.MessageAssistant && m.ReplyTo != nil && string(*m.ReplyTo) == question && m.Status == status {
				found = m
				return true
			}
		}
		return false
	}, 15*time.Second, 20*time.Millisecond, "no %s answer", status)
	return found
}

// goOn continues an answer: it keeps what it has and goes on from there.
func (p *program) goOn(chat, question string, broken app.Message, model *endpoint) {
	p.t.Helper()
	p.call("POST", "/chats/"+chat+"/messages/"+string(broken.ID)+"/continue", nil, 202, nil)
	whole := p.answerOf(chat, question, app.StatusComplete)
	sent := model.last()
	require.Equal(p.t, broken.Content, sent.prefix, "the model is told where to go on")
	require.Equal(p.t, broken.Content+sent.text(time.Now()), whole.Content)
}

func (p *program) everythingIsThereOnce(chat string, acknowledged map[string]string) {
	p.t.Helper()
	found := map[string]string{}
	after := int64(0)
	for {
		var page app.Page[app.Message]
		p.call("GET", fmt.Sprintf("/chats/%s/messages?limit=100&after=%d", chat, after), nil, 200, &page)
		if len(page.Data) == 0 {
			break
		}
		for _, m := range page.Data {
			require.Equal(p.t, after+1, m.Seq, "places have no holes")
			after = m.Seq
			if m.Role == app.MessageUser {
				require.NotContains(p.t, found, m.Content, "a message is there twice")
				found[m.Content] = string(m.ID)
			}
		}
	}
	require.Equal(p.t, acknowledged, found)
}
