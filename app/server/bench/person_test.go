package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

type object map[string]any

const password = "correct horse battery"

// person is somebody with an account, signed in.
type person struct {
	server            *process
	id, email, access string
}

// join makes an account.
func join(b *testing.B, server *process, name string) *person {
	b.Helper()
	p := &person{server: server, email: name + "@example.org"}
	p.hold(b, "/auth/register", object{"email": p.email, "password": password, "name": name})
	return p
}

// signIn signs in once more.
func (p *person) signIn(b *testing.B) {
	b.Helper()
	p.hold(b, "/auth/login", object{"email": p.email, "password": password})
}

func (p *person) hold(b *testing.B, path string, body object) {
	b.Helper()
	var tokens struct {
		User        struct{ ID string }
		AccessToken string `json:"access_token"`
	}
	p.call(b, "POST", path, body, &tokens)
	p.id, p.access = tokens.User.ID, tokens.AccessToken
}

// open makes a chat; without a model nobody answers in it.
func (p *person) open(b *testing.B, title, model string) string {
	b.Helper()
	policy := "always"
	if model == "" {
		policy = "never"
	}
	var chat struct{ ID string }
	p.call(b, "POST", "/chats", object{"title": title, "model": model, "reply_policy": policy}, &chat)
	return chat.ID
}

// call does one request that has to succeed.
func (p *person) call(b *testing.B, method, path string, body, into any) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 20*time.Second)
	defer cancel()
	text, err := json.Marshal(body)
	require.NoError(b, err)
	request, err := http.NewRequestWithContext(ctx, method, "http://"+p.server.address+"/api/v1"+path, bytes.NewReader(text))
	require.NoError(b, err)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if p.access != "" {
		request.Header.Set("Authorization", "Bearer "+p.access)
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(b, err)
	defer func() { _ = answer.Body.Close() }()
	text, err = io.ReadAll(answer.Body)
	require.NoError(b, err)
	require.Less(b, answer.StatusCode, 300, "%s %s: %s", method, path, text)
	if into != nil {
		require.NoError(b, json.Unmarshal(text, into), string(text))
	}
}

// dial opens a socket.
func (p *person) dial(b *testing.B) *websocket.Conn {
	b.Helper()
	dialer := websocket.Dialer{HandshakeTimeout: 10 * time.Second}
	socket, answer, err := dialer.Dial("ws://"+p.server.address+"/api/v1/ws", http.Header{"Authorization": {"Bearer " + p.access}})
	require.NoError(b, err)
	_ = answer.Body.Close()
	b.Cleanup(func() { _ = socket.Close() })
	return socket
}

// follow subscribes to a chat and waits for the answer.
func follow(b *testing.B, socket *websocket.Conn, chat string) {
	b.Helper()
	require.NoError(b, socket.WriteJSON(object{"type": "subscribe", "id": "s", "data": object{"chats": []object{{"chat_id": chat}}}}))
	require.NoError(b, socket.SetReadDeadline(time.Now().Add(20*time.Second)))
	for {
		_, frame, err := socket.ReadMessage()
		require.NoError(b, err)
		if strings.Contains(string(frame), `"type":"subscribed"`) {
			require.NoError(b, socket.SetReadDeadline(time.Time{}))
			return
		}
	}
}
