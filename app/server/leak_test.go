package server_test

import (
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// What a socket takes is given back: after thousands of them, cut at any
// moment of their life, a server has as many goroutines as before the first.
func TestSocketsLeaveNothing(t *testing.T) {
	const sockets, atOnce = 2000, 20
	// Alone: others of this package would have goroutines of their own. The
	// database that they share may have to be started for this one.
	h := newHouse(t, "MAX_SOCKETS_PER_USER", "1000", "RATE_LIMIT", "off")
	others := goleak.IgnoreCurrent()
	s, stop := h.start(t)
	_, text := call(t, s, "POST", "/api/v1/auth/register", `{"email":"ada@example.org","password":"correct horse battery","name":"Ada"}`, "")
	token := regexp.MustCompile(`"access_token":"([^"]+)"`).FindStringSubmatch(text)[1]
	_, text = call(t, s, "POST", "/api/v1/chats", `{"title":"Ours","reply_policy":"never"}`, token)
	chat := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(text)[1]
	come := func(n int) {
		var all sync.WaitGroup
		for worker := range atOnce {
			all.Go(func() {
				for i := range n / atOnce {
					comeAndGo(t, s.URL(), token, chat, (worker+i)%4)
				}
			})
		}
		all.Wait()
	}
	idle := func() int {
		http.DefaultClient.CloseIdleConnections()
		return runtime.NumGoroutine()
	}
	come(100)
	// The first ones start what a server keeps: connections, workers, timers.
	before := 0
	require.Eventually(t, func() bool {
		now := idle()
		same := now == before
		before = now
		return same
	}, 10*time.Second, 200*time.Millisecond)
	come(sockets)
	require.Eventually(t, func() bool { return idle() <= before+atOnce }, 20*time.Second, 50*time.Millisecond,
		"%d goroutines before, %d after", before, runtime.NumGoroutine())
	stop()
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, others,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}

// comeAndGo opens a socket and cuts it: at once, after the welcome, in the
// middle of a subscribe, or in the middle of a message.
func comeAndGo(t *testing.T, server, token, chat string, stage int) {
	dialer := websocket.Dialer{Subprotocols: []string{"quillium.v1", "bearer." + token}}
	socket, response, err := dialer.Dial("ws"+strings.TrimPrefix(server, "http")+"/api/v1/ws", nil)
	if err != nil {
		t.Error(err)
		return
	}
	_ = response.Body.Close()
	if stage > 0 {
		_, _, _ = socket.ReadMessage()
	}
	if stage > 1 {
		_ = socket.WriteMessage(websocket.TextMessage, []byte(`{"type":"subscribe","data":{"chats":[{"chat_id":"`+chat+`"}]}}`))
	}
	if stage > 2 {
		_ = socket.WriteMessage(websocket.TextMessage, []byte(`{"type":"message","data":{"chat_id":"`+chat+`","content":"and gone"}}`))
	}
	_ = socket.Close()
}
