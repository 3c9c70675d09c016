package server_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server/contract"
	"github.com/quillium/quillium/app/server/contract/wild"
	"github.com/quillium/quillium/public"
)

// fuzzed is a sender in a world of its own, for the fuzzer.
func fuzzed(f *testing.F) *sender {
	f.Helper()
	c, err := contract.Load([]byte(public.OpenAPI()))
	require.NoError(f, err)
	w := boot(f, c)
	ada, eve := w.join(f, "Ada"), w.join(f, "Eve")
	s := &sender{world: w, who: ada, maker: wild.New(1), foreign: w.open(f, eve, foreignText), statuses: map[int]int{}}
	s.foreignMessage = w.say(f, eve, s.foreign, foreignText)
	require.NoError(f, s.settle())
	return s
}

// FuzzBody sends any body, of any type, to any operation that takes one.
func FuzzBody(f *testing.F) {
	s := fuzzed(f)
	var operations []*contract.Operation
	for _, op := range s.contract.Operations() {
		if op.Body != nil {
			operations = append(operations, op)
		}
	}
	for i, op := range operations {
		f.Add(uint8(i), "application/json", s.maker.Text(s.maker.Fit(op.Body)))
		f.Add(uint8(i), "text/plain", []byte("{}"))
		f.Add(uint8(i), "application/json; charset=utf-8", s.body(op))
	}
	f.Fuzz(func(t *testing.T, which uint8, kind string, body []byte) {
		if s.settle() != nil {
			t.Fatal("the server does not serve any more")
		}
		op := operations[int(which)%len(operations)]
		path := (&scene{names: map[string]string{"id": s.chat, "mid": s.message}}).fill(op.Path)
		request, err := http.NewRequestWithContext(t.Context(), op.Method, s.url+path, bytes.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+s.who.access)
		request.Header["Content-Type"] = []string{clean(kind)}
		require.NoError(t, s.exchange(request, body, true))
	})
}

// clean leaves of a header what Go is willing to send.
func clean(header string) string {
	kept := []byte{}
	for i := range len(header) {
		if c := header[i]; c >= ' ' && c != 0x7f {
			kept = append(kept, c)
		}
	}
	return string(kept)
}

// FuzzFrame sends any frame over a socket, and then a request.
func FuzzFrame(f *testing.F) {
	s := fuzzed(f)
	for range 50 {
		f.Add(s.frame(), true)
	}
	f.Add([]byte("\xff\xfe"), true)
	f.Add([]byte("{}"), false)
	f.Fuzz(func(t *testing.T, frame []byte, text bool) {
		socket := s.dial(t, s.who, "/api/v1/ws")
		kind := websocket.BinaryMessage
		if text {
			kind = websocket.TextMessage
		}
		require.NoError(t, socket.WriteMessage(kind, frame))
		_ = socket.WriteMessage(websocket.TextMessage, []byte(object("type", "unsubscribe", "id", lastOne, "data", map[string]string{"chat_id": s.chat})))
		require.NoError(t, listen(socket))
	})
}
