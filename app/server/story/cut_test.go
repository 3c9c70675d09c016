package story

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories/pgtest"
)

const cuts = 30

// A client whose connection is cut again and again, at any byte, ends with
// exactly the stored text, and asks once a cut.
func TestCut(t *testing.T) {
	t.Parallel()
	model := newEndpoint(t, 2000, 2*time.Millisecond)
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "OPENAI_BASE_URL="+model.URL+"/v1", "DEFAULT_MODEL=words")
	p.start()
	p.join("ada")
	chat := p.open("words")
	line := newProxy(t, cuts, p.address())
	client := newFollower(p.access, chat)
	question := ""
	for round := 0; line.cutsLeft() > 0; round++ {
		require.Less(t, round, 20, "the cuts never come")
		var asked app.Message
		p.call("POST", "/chats/"+chat+"/messages", object{"content": "go on"}, 201, &asked)
		question = string(asked.ID)
		client.until(t, line, func() bool { return client.ended(chat, question) })
	}
	require.Empty(t, client.rules.Breaches)
	require.Zero(t, client.rules.Gaps)
	require.Zero(t, client.rules.Repeats, "on the node of the answer nothing is sent again")
	require.Equal(t, client.welcomes, client.subscribes, "one subscribe a connection")
	p.sameAs(chat, client)
	require.Equal(t, model.last().text(time.Now()), p.answerOf(chat, question, app.StatusComplete).Content)
}

// until follows the chat through the proxy, coming back after each cut.
func (f *follower) until(t *testing.T, line *proxy, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for !done() {
		require.True(t, time.Now().Before(deadline), "the answer never ends for this client")
		_ = f.follow(line.address(), done)
	}
}

// sameAs holds what a client has against what is stored.
func (p *program) sameAs(chat string, client *follower) {
	p.t.Helper()
	var page app.Page[app.Message]
	p.call("GET", "/chats/"+chat+"/messages?limit=100", nil, 200, &page)
	mine := client.rules.Chat(app.ChatID(chat))
	require.Len(p.t, mine.Messages, len(page.Data))
	for _, stored := range page.Data {
		held := mine.Messages[stored.ID]
		require.Equal(p.t, stored.Content, held.Content)
		require.Equal(p.t, stored.Rev, held.Rev)
		require.Equal(p.t, stored.Status, held.Status)
	}
}
