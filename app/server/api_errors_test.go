package server_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func testErrors(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	s.names["chat"] = s.open(t, s.people["Ada"], "Ours")
	s.names["deep"] = strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	s.names["long"] = strings.Repeat("x", 4000)
	s.names["20 KiB"] = strings.Repeat("x", 20<<10)
	chat := func(name, body string, status int, has ...string) row {
		return row{name: name, as: "Ada", call: "POST /chats", body: body, status: status, has: has}
	}
	typed := func(kind string, status int, more ...string) row {
		return row{name: "a body of type " + kind, as: "Ada", call: "POST /chats", body: "{}", head: append([]string{"Content-Type", kind}, more...), status: status}
	}
	s.play(t, []row{
		{name: "an address nobody knows", as: "Ada", call: "GET /nothing", status: 404, has: []string{`"code":"not_found"`, `"details":[]`, `"request_id":"`}},
		{name: "for strangers too", call: "GET /nothing", status: 404},
		{name: "a stranger sends little", call: "POST /auth/login", body: `{"email":"{20 KiB}","password":"x"}`, status: 413, has: []string{`"code":"too_large"`}},
		{name: "whoever is signed in may send more", as: "Ada", call: "POST /chats", body: `{"system_prompt":"{20 KiB}"}`, status: 201},
		{name: "the API has no page", as: "Ada", call: "GET /api", head: []string{"Accept", "text/html"}, status: 404, has: []string{`"code":"not_found"`}},
		{name: "another version", as: "Ada", call: "GET /api/v2/chats", status: 404},
		{name: "a method nobody knows there", as: "Ada", call: "PUT /chats", body: "{}", status: 404},
		{name: "a path with a slash too many", as: "Ada", call: "GET /chats/", status: 404},
		{name: "a path in capitals", as: "Ada", call: "GET /CHATS", status: 404},
		chat("an empty body", " ", 400, `"code":"invalid_input"`),
		chat("no object", `[]`, 400),
		chat("null", `null`, 400),
		chat("a text", `"x"`, 400),
		chat("half an object", `{"title":"x"`, 400),
		chat("two objects", `{}{}`, 400),
		chat("a comment", `{/**/}`, 400),
		chat("a comma too many", `{"title":"x",}`, 400),
		chat("a field nobody knows", `{"colour":"red"}`, 400, "colour"),
		chat("a field in capitals", `{"TITLE":"x"}`, 400),
		chat("a field twice", `{"title":"x","title":"y"}`, 400, "title"),
		chat("bad UTF-8", "{\"title\":\"\xff\"}", 400),
		chat("U+0000 in a text", `{"title":"\u0000"}`, 400),
		chat("U+0000 as it is", "{\"title\":\"\x00\"}", 400),
		chat("half a surrogate pair", `{"title":"\udc00"}`, 400),
		chat("a mark at the beginning", "\ufeff{}", 400),
		chat("deep nesting", `{deep}`, 400),
		chat("deep nesting in a field", `{"title":{deep}}`, 400),
		chat("a number where a text belongs", `{"title":1e999}`, 400),
		typed("text/plain", 415),
		typed("application/x-www-form-urlencoded", 415),
		typed("multipart/form-data; boundary=x", 415),
		typed("application/json; charset=latin1", 415),
		typed("application/json-patch+json", 415),
		typed("", 415),
		typed("application/json", 415, "Content-Encoding", "gzip"),
		typed("application/json; charset=utf-8", 201),
		typed("APPLICATION/JSON", 201),
		{name: "no token", call: "GET /chats", status: 401, has: []string{`"code":"unauthorized"`}},
		{name: "a token that is none", call: "GET /chats", head: []string{"Authorization", "Bearer x"}, status: 401},
		{name: "another scheme", call: "GET /chats", head: []string{"Authorization", "Basic YTpi"}, status: 401},
		{name: "a token without signature", call: "GET /chats", head: []string{"Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."}, status: 401},
		{name: "a token in the query", call: "GET /chats?access_token=x", status: 401},
		{name: "a token in a cookie", call: "GET /chats", head: []string{"Cookie", "quillium_access=x; access_token=x"}, status: 401},
		{name: "a long cursor", as: "Ada", call: "GET /chats?cursor={long}", status: 400},
		{name: "bad UTF-8 in the query", as: "Ada", call: "GET /chats?q=%ff", status: 400},
		{name: "U+0000 in the query", as: "Ada", call: "GET /chats?q=%00", status: 400},
	})
	t.Run("health is told to everybody", func(t *testing.T) {
		require.Equal(t, "ok", s.want(t, 200, nil, "GET /health", "").text(t, "status"))
		s.want(t, 200, nil, "GET /livez", "")
		s.want(t, 200, nil, "GET /readyz", "")
	})
	t.Run("the contract is served", func(t *testing.T) {
		require.Contains(t, s.want(t, 200, nil, "GET /api/openapi.yaml", "").body, "openapi: 3.1.0")
	})
	t.Run("headers", func(t *testing.T) { testHeaders(t, s) })
	t.Run("what is no HTTP", func(t *testing.T) { testRaw(t, w) })
}

func testHeaders(t *testing.T, s *scene) {
	protected := map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
	for call, status := range map[string]int{"GET /users/me": 200, "GET /nothing": 404, "POST /chats": 415} {
		got := s.want(t, status, s.people["Ada"], call, "")
		for name, value := range protected {
			require.Equal(t, value, got.head.Get(name), "%s: %s", call, name)
		}
		require.Contains(t, got.head.Get("Content-Security-Policy"), "default-src 'none'")
		require.Equal(t, "application/json", got.head.Get("Content-Type"))
		require.Len(t, got.head.Get("X-Request-ID"), 36)
		require.Empty(t, got.head.Get("Server"), "nobody needs to know what serves")
		require.Empty(t, got.head.Get("Access-Control-Allow-Origin"))
		require.Empty(t, got.head.Get("Access-Control-Allow-Credentials"))
	}
	t.Run("a request id of a client is not believed", func(t *testing.T) {
		got := s.want(t, 404, nil, "GET /nothing", "", "X-Request-ID", "mine")
		require.NotEqual(t, "mine", got.head.Get("X-Request-ID"))
		require.Equal(t, got.head.Get("X-Request-ID"), got.text(t, "error", "request_id"))
	})
	t.Run("nor an address", func(t *testing.T) {
		eve := s.join(t, "Eve", "X-Forwarded-For", "203.0.113.7")
		require.Contains(t, s.want(t, 200, eve, "GET /auth/sessions", "").body, `"ip":"127.0.0.1"`)
	})
	t.Run("a header cannot be smuggled into an answer", func(t *testing.T) {
		got := s.want(t, 404, nil, "GET /nothing%0d%0aX-Evil:%20yes", "")
		require.Empty(t, got.head.Get("X-Evil"))
	})
}

// testRaw says what no HTTP client would say. Whatever comes back is a
// refusal, and the server lives on.
func testRaw(t *testing.T, w *world) {
	for name, text := range map[string]string{
		"a line of nothing":            "\r\n\r\n",
		"no method":                    " / HTTP/1.1\r\nHost: x\r\n\r\n",
		"a method nobody knows":        "BREW /api/v1/chats HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"no Host":                      "GET /api/v1/chats HTTP/1.1\r\nConnection: close\r\n\r\n",
		"headers without end":          "GET /api/v1/chats HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("x", 100_000) + "\r\n\r\n",
		"an address without end":       "GET /api/v1/" + strings.Repeat("x", 100_000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"a length that is none":        "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n{}",
		"a length that is too much":    "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{}",
		"two lengths":                  "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 3\r\nConnection: close\r\n\r\n{}",
		"a length and chunks":          "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
		"a chunk that is none":         "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
		"a path out of the house":      "GET /assets/../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"a path with bytes of its own": "GET /api/v1/chats/\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"a handshake that breaks off":  "GET /api/v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
			require.NoError(t, err)
			defer func() { _ = conn.Close() }()
			require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
			_, err = fmt.Fprint(conn, text)
			require.NoError(t, err)
			if half, is := conn.(*net.TCPConn); is {
				_ = half.CloseWrite()
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err == nil {
				require.GreaterOrEqual(t, response.StatusCode, 400)
				require.Less(t, response.StatusCode, 500)
				require.NoError(t, response.Body.Close())
			}
			w.want(t, 200, nil, "GET /readyz", "")
		})
	}
}
