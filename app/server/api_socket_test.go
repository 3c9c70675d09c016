package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// upgrade are the headers of a handshake.
func upgrade(more ...string) []string {
	return append([]string{
		"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==",
	}, more...)
}

// dial opens a socket as a browser does, with the token in the subprotocol.
func (w *world) dial(t testing.TB, who *person, path string) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{HandshakeTimeout: 10 * time.Second, Subprotocols: []string{"quillium.v1", "bearer." + who.access}}
	socket, response, err := dialer.Dial("ws"+strings.TrimPrefix(w.url, "http")+path, nil)
	require.NoError(t, err)
	require.Equal(t, "quillium.v1", socket.Subprotocol())
	require.NotEmpty(t, response.Header.Get("X-Request-ID"))
	require.NoError(t, response.Body.Close())
	require.NoError(t, w.contract.Opened(path))
	t.Cleanup(func() { _ = socket.Close() })
	require.NoError(t, socket.SetReadDeadline(time.Now().Add(20*time.Second)))
	return socket
}

// hears reads envelopes until one has this text in it.
func hears(t *testing.T, socket *websocket.Conn, text string) {
	t.Helper()
	for {
		_, frame, err := socket.ReadMessage()
		require.NoError(t, err, "waiting for %s", text)
		if strings.Contains(string(frame), text) {
			return
		}
	}
}

func testSockets(t *testing.T, w *world) {
	ada := w.join(t, "Ada")
	for _, path := range []string{"/api/v1/ws", "/api/ws"} {
		t.Run(path+" opens", func(t *testing.T) {
			hears(t, w.dial(t, ada, path), `"type":"welcome"`)
		})
	}
	t.Run("a program sends its token in a header", func(t *testing.T) {
		socket, response, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(w.url, "http")+"/api/v1/ws", http.Header{"Authorization": {"Bearer " + ada.access}})
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		hears(t, socket, `"type":"welcome"`)
		require.NoError(t, socket.Close())
	})
	t.Run("a commit whose own word was lost is told all the same", func(t *testing.T) {
		chat, socket := w.open(t, ada, "before"), w.dial(t, ada, "/api/v1/ws")
		require.NoError(t, socket.WriteMessage(websocket.TextMessage, []byte(`{"type":"subscribe","id":"s","data":{"chats":[{"chat_id":"`+chat+`"}]}}`)))
		hears(t, socket, `"type":"subscribed"`)
		w.sql(t, `update chats set title = 'nobody told', rev = rev + 1, settings_rev = rev + 1 where id = $1`, chat)
		hears(t, socket, `"title":"nobody told"`)
	})
	newSceneOf(w, map[string]*person{"Ada": ada}).play(t, []row{
		{name: "no token", call: "GET /ws", head: upgrade(), status: 401, has: []string{`"code":"unauthorized"`}},
		{name: "a bad token", call: "GET /ws", head: upgrade("Sec-WebSocket-Protocol", "quillium.v1, bearer.x"), status: 401},
		{name: "a token in the query", call: "GET /ws?access_token=" + ada.access, head: upgrade(), status: 401},
		{name: "a token in a cookie", call: "GET /ws", head: upgrade("Cookie", "quillium_refresh="+ada.refresh), status: 401},
		{name: "a foreign page", as: "Ada", call: "GET /ws", head: upgrade("Origin", "https://evil.example"), status: 403, has: []string{`"code":"forbidden"`}},
		{name: "a page of nowhere", as: "Ada", call: "GET /ws", head: upgrade("Origin", "null"), status: 403},
		{name: "no handshake", as: "Ada", call: "GET /ws", status: 400, has: []string{`"code":"invalid_input"`}},
	})
}

func newSceneOf(w *world, people map[string]*person) *scene {
	s := newScene(w)
	s.people = people
	return s
}

func testSocketLimit(t *testing.T, w *world) {
	for range 200 {
		got := w.ask(t, nil, "GET /ws", "", upgrade("X-Forwarded-For", "203.0.113.200")...)
		if got.status == http.StatusTooManyRequests {
			return
		}
		require.Equal(t, 401, got.status)
	}
	t.Fatal("it was never enough")
}
