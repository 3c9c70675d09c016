package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server/contract"
	"github.com/quillium/quillium/public"
)

// word is one request on a socket, and how it is answered to each standing but
// nobody, who gets no socket: with a type, an error's code, or not at all.
type word struct {
	kind, about, data string
	want              [nobody]string
	// heard tells to whose word the other editor hears something.
	heard [nobody]bool
	event string
}

func words() []word {
	const chat = `"chat_id":"{id}"`
	all := [nobody]bool{true, true, true, false}
	return []word{
		{kind: "subscribe", data: `{"chats":[{` + chat + `}]}`, want: [nobody]string{"subscribed", "subscribed", "subscribed", "not_found"}},
		{kind: "unsubscribe", data: `{` + chat + `}`, want: [nobody]string{"unsubscribed", "unsubscribed", "unsubscribed", "unsubscribed"}},
		{kind: "message", data: `{` + chat + `,"content":"on the wire"}`, want: [nobody]string{"ack", "ack", "forbidden", "not_found"},
			heard: [nobody]bool{true, true, false, false}, event: "on the wire"},
		{kind: "message", about: "with nonsense", data: `{` + chat + `,"content":""}`, want: [nobody]string{"invalid_input", "invalid_input", "forbidden", "not_found"}},
		{kind: "stop", data: `{` + chat + `,"message_id":"{answer}"}`, want: [nobody]string{"ack", "ack", "forbidden", "not_found"}},
		{kind: "typing", data: `{` + chat + `}`, want: [nobody]string{}, heard: [nobody]bool{true, true, false, false}, event: `"type":"typing"`},
		{kind: "read", data: `{` + chat + `,"seq":4}`, want: [nobody]string{"", "", "", "not_found"}, heard: all, event: `"type":"read"`},
		{kind: "ping", data: `{}`, want: [nobody]string{"pong", "pong", "pong", "pong"}},
	}
}

// TestSocketRoles says every word of the protocol in every standing.
func TestSocketRoles(t *testing.T) {
	t.Parallel()
	c, err := contract.Load([]byte(public.OpenAPI()))
	require.NoError(t, err)
	w := boot(t, c)
	people := newTroupe(t, w)
	for _, what := range words() {
		for s := range nobody {
			t.Run(strings.TrimSpace(s.String()+": "+what.kind+" "+what.about), func(t *testing.T) {
				t.Parallel()
				r := people.room(t, w, s)
				listener := w.dial(t, people.other, "/api/v1/ws")
				send(t, listener, r.fill(`{"type":"subscribe","id":"l","data":{"chats":[{"chat_id":"{id}"}]}}`))
				hears(t, listener, `"type":"subscribed"`)
				socket := w.dial(t, r.actor, "/api/v1/ws")
				if s != stranger {
					send(t, socket, r.fill(`{"type":"subscribe","id":"s","data":{"chats":[{"chat_id":"{id}"}]}}`))
					hears(t, socket, `"type":"subscribed"`)
				}
				send(t, socket, r.fill(`{"type":"`+what.kind+`","id":"x","data":`+what.data+`}`), r.fill(`{"type":"unsubscribe","id":"end","data":{"chat_id":"{id}"}}`))
				require.Equal(t, what.want[s], answeredWith(t, socket))
				switch {
				case what.heard[s]:
					hears(t, listener, what.event)
				case what.event != "":
					send(t, listener, `{"type":"ping","id":"after"}`)
					require.NotContains(t, hearsAll(t, listener, `"type":"pong"`), what.event)
				}
			})
		}
	}
}

func send(t *testing.T, socket *websocket.Conn, lines ...string) {
	t.Helper()
	require.NoError(t, socket.WriteMessage(websocket.TextMessage, []byte(strings.Join(lines, "\n"))))
}

// answeredWith is how the request x was answered by the time the one after it
// was: its type, an error's code, or nothing.
func answeredWith(t *testing.T, socket *websocket.Conn) (with string) {
	t.Helper()
	for {
		_, frame, err := socket.ReadMessage()
		require.NoError(t, err)
		for line := range strings.SplitSeq(string(frame), "\n") {
			var e struct {
				Type, ID string
				Data     struct{ Code string }
			}
			require.NoError(t, json.Unmarshal([]byte(line), &e))
			switch {
			case e.ID == "end":
				return with
			case e.ID == "x" && e.Type == "error":
				with = e.Data.Code
			case e.ID == "x":
				with = e.Type
			}
		}
	}
}
