package story

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime/realtimetest"
)

// The database goes away while an answer streams: who listens hears on, who
// speaks is told, and everything is stored when it is back. Nothing has to be
// started again.
func TestTortureOutage(t *testing.T) {
	f := newFleet(t, 0, 2, 1)
	outage := long(3*time.Second, 20*time.Second)
	f.model.words = int(outage/f.model.pace) + 500
	node := f.nodes[0]
	f.line.only(node.address())
	chat, crowd := f.chats[0], f.crowd(10, 1)
	question := node.ask(chat, "tell me much", map[string]string{})
	answer := node.answerOf(chat, question, app.StatusStreaming).ID
	for _, one := range crowd.list {
		require.Eventually(t, func() bool { return one.length(chat, answer) > 0 }, 5*time.Second, 5*time.Millisecond)
	}
	sockets := crowd.sockets()

	f.door.shut()
	began := time.Now()
	require.Eventually(t, func() bool { return node.ready() == http.StatusServiceUnavailable }, 5*time.Second, 10*time.Millisecond, "not ready without a database")
	for time.Since(began) < outage {
		got, err := crowd.list[0].request("message", "m", object{"chat_id": chat, "content": "is anybody there?"})
		require.NoError(t, err)
		require.Equal(t, app.CodeUnavailable, problemOf(t, got), "%s", got.Data)
		before := make([]int, len(crowd.list))
		for i, one := range crowd.list {
			before[i] = one.length(chat, answer)
		}
		for i, one := range crowd.list {
			require.Eventually(t, func() bool { return one.length(chat, answer) > before[i] }, time.Second, time.Millisecond, "the answer goes on from memory")
		}
	}
	f.door.lift()
	require.Eventually(t, func() bool { return node.ready() == http.StatusOK }, 5*time.Second, 10*time.Millisecond)
	require.Equal(t, app.StatusStreaming, node.answerOf(chat, question, app.StatusStreaming).Status, "it was not taken from its node")
	require.Equal(t, sockets, crowd.sockets(), "every socket stayed")
	got, err := crowd.list[0].request("message", "again", object{"chat_id": chat, "content": "are you there again?", "model": "guide"})
	require.NoError(t, err)
	require.Equal(t, "ack", got.Type, "%s", got.Data)
	f.rest()
	whole := node.answerOf(chat, question, app.StatusComplete)
	require.True(t, f.model.last().text(time.Now()) == whole.Content, "what is stored is what was sent")
	f.converge(crowd.list)
	require.Equal(t, sockets, crowd.sockets(), "every socket stayed")
}

func problemOf(t *testing.T, e envelope) app.Code {
	t.Helper()
	require.Equal(t, "error", e.Type)
	var problem struct{ Code app.Code }
	require.NoError(t, json.Unmarshal(e.Data, &problem))
	return problem.Code
}

// length is how much of a message a follower has.
func (f *follower) length(chat string, message app.MessageID) (n int) {
	f.look(func(c *realtimetest.Client) {
		if mine := c.Chat(app.ChatID(chat)); mine != nil {
			n = mine.Messages[message].Size()
		}
	})
	return n
}
