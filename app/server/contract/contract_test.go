package contract

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	someID   = "0197a3b2-5f6e-7d10-8a3b-4c5d6e7f8091"
	someTime = "2026-03-01T12:00:00.123456Z"
	aUser    = `{"id":"` + someID + `","email":"ada@example.org","name":"Ada","role":"user","status":"active","created_at":"` + someTime + `"}`
	aMessage = `{"id":"` + someID + `","chat_id":"` + someID + `","seq":1,"rev":2,"role":"assistant","author":null,"model":"guide",` +
		`"content":"","reasoning":null,"status":"failed","error":{"code":"unavailable","message":"It broke off."},"reply_to":"` + someID + `",` +
		`"client_id":null,"version":1,"versions":1,"attachments":[],"usage":null,"created_at":"` + someTime + `","updated_at":"` + someTime + `","deleted_at":null}`
	notFound = `{"error":{"code":"not_found","message":"There is nothing here.","details":[],"request_id":"r1"}}`
)

func load(t *testing.T) *Contract {
	t.Helper()
	document, err := os.ReadFile("../../../public/openapi.yaml")
	require.NoError(t, err)
	c, err := Load(document)
	require.NoError(t, err)
	return c
}

// scripted is a server that says what it is told to.
type scripted struct {
	status int
	head   http.Header
	body   string
	err    error
}

func (s scripted) RoundTrip(*http.Request) (*http.Response, error) {
	if s.err != nil {
		return nil, s.err
	}
	return &http.Response{StatusCode: s.status, Header: s.head, Body: io.NopCloser(strings.NewReader(s.body))}, nil
}

// ask sends one request through the checks to a scripted server.
func ask(t *testing.T, c *Contract, method, path, body string, says scripted) error {
	t.Helper()
	request, err := http.NewRequest(method, "http://here"+path, strings.NewReader(body))
	require.NoError(t, err)
	if says.head == nil {
		says.head = http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"r1"}}
	}
	response, err := (&Transport{Contract: c, Next: says}).RoundTrip(request)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, says.body, string(text), "the caller still gets the body")
	return response.Body.Close()
}

func TestTheChecksFail(t *testing.T) {
	t.Parallel()
	c := load(t)
	const me, message = "/api/v1/users/me", "/api/v1/chats/" + someID + "/messages/" + someID + "/stop"
	plain := func(status int, body string) scripted { return scripted{status: status, body: body} }
	with := func(status int, body string, pairs ...string) scripted {
		head := http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"r1"}}
		for i := 0; i < len(pairs); i += 2 {
			head.Set(pairs[i], pairs[i+1])
		}
		return scripted{status: status, body: body, head: head}
	}
	swap := func(text, old, new string) string {
		require.Contains(t, text, old)
		return strings.Replace(text, old, new, 1)
	}
	tries := []struct {
		name, method, path, body string
		says                     scripted
		fails                    string
	}{
		{"a good user passes", "GET", me, "", plain(200, aUser), ""},
		{"a good answer passes", "POST", message, "", plain(202, aMessage), ""},
		{"the unversioned address is the same operation", "GET", "/api/users/me", "", plain(200, aUser), ""},
		{"a number where a string or null belongs", "POST", message, "", plain(202, swap(aMessage, `"model":"guide"`, `"model":7`)), "model"},
		{"an object where a string or null belongs", "POST", message, "", plain(202, swap(aMessage, `"reasoning":null`, `"reasoning":{}`)), "reasoning"},
		{"null where a string belongs", "POST", message, "", plain(202, swap(aMessage, `"content":""`, `"content":null`)), "content"},
		{"a string where a person or null belongs", "POST", message, "", plain(202, swap(aMessage, `"author":null`, `"author":"Ada"`)), "author"},
		{"a missing field", "GET", me, "", plain(200, swap(aUser, `,"status":"active"`, "")), "status"},
		{"an unknown field", "GET", me, "", plain(200, swap(aUser, `{`, `{"password_hash":"x",`)), "password_hash"},
		{"an unknown field in an inner object", "POST", message, "", plain(202, swap(aMessage, `{"code":`, `{"upstream":"x","code":`)), "upstream"},
		{"a value that is none of the listed", "GET", me, "", plain(200, swap(aUser, `"role":"user"`, `"role":"root"`)), "role"},
		{"an id that is no UUIDv7", "GET", me, "", plain(200, swap(aUser, "-7d10-", "-4d10-")), "id"},
		{"a time that is not UTC", "GET", me, "", plain(200, swap(aUser, "456Z", "456+02:00")), "created_at"},
		{"a time that is none", "GET", me, "", plain(200, swap(aUser, someTime, "yesterdayZ")), "created_at"},
		{"no JSON", "GET", me, "", plain(200, "<html>"), "no JSON"},
		{"more than one JSON value", "GET", me, "", plain(200, aUser+aUser), "no JSON"},
		{"an undocumented status", "GET", me, "", plain(418, aUser), "not documented"},
		{"a status of another operation", "GET", me, "", plain(409, notFound), "not documented"},
		{"the code of another status", "DELETE", "/api/v1/chats/" + someID, "", plain(403, notFound), "code"},
		{"another content type", "GET", me, "", with(200, aUser, "Content-Type", "text/html"), "content type"},
		{"another charset", "GET", me, "", with(200, aUser, "Content-Type", "application/json; charset=latin1"), "content type"},
		{"no request id", "GET", me, "", with(200, aUser, "X-Request-ID", ""), "X-Request-Id"},
		{"a rate limit that is no number", "GET", me, "", with(200, aUser, "X-RateLimit-Limit", "many"), "X-Ratelimit-Limit"},
		{"a rate limit below its minimum", "GET", me, "", with(200, aUser, "X-RateLimit-Remaining", "-1"), "X-Ratelimit-Remaining"},
		{"429 that says when to come back", "GET", me, "", with(429, swap(notFound, "not_found", "rate_limited"), "Retry-After", "4"), ""},
		{"429 that does not say when to come back", "GET", me, "", plain(429, swap(notFound, "not_found", "rate_limited")), "Retry-After"},
		{"a cookie that is not documented", "GET", me, "", with(200, aUser, "Set-Cookie", "a=b"), "cookie"},
		{"a body with 204", "DELETE", "/api/v1/chats/" + someID, "", plain(204, "{}"), "none is documented"},
		{"a forbidden request that was accepted", "PATCH", me, `{"role":"admin"}`, plain(200, aUser), "accepted"},
		{"null is the same as nothing", "PATCH", me, `{"name":null}`, plain(200, aUser), ""},
		{"text is trimmed", "PATCH", me, `{"name":"` + strings.Repeat(" ", 80) + `Ada"}`, plain(200, aUser), ""},
		{"but not shortened", "PATCH", me, `{"name":"` + strings.Repeat("a", 81) + `"}`, plain(200, aUser), "accepted"},
		{"null for an object", "PATCH", me, `null`, plain(200, aUser), "accepted"},
		{"but no value of another field", "PATCH", me, `{"name":["Ada"]}`, plain(200, aUser), "accepted"},
		{"no object that was accepted", "PATCH", me, `[]`, plain(200, aUser), "accepted"},
		{"a missing body that was accepted", "PATCH", me, "", plain(200, aUser), "accepted"},
		{"a forbidden request that was refused passes", "PATCH", me, `{"role":"admin"}`, plain(401, swap(notFound, "not_found", "unauthorized")), ""},
		{"an operation nobody knows", "GET", "/api/v1/secrets", "", plain(200, "{}"), "not documented"},
		{"an unknown path of the API with a good 404 passes", "GET", "/api/v1/secrets", "", plain(404, notFound), ""},
		{"an unknown path of the API with another 404", "GET", "/api/v1/secrets", "", plain(404, "Cannot GET"), "no JSON"},
		{"a page passes unseen", "GET", "/", "", plain(200, "<html>"), ""},
		{"a request that does not arrive", "GET", me, "", scripted{err: errors.New("cut")}, "cut"},
	}
	for _, try := range tries {
		t.Run(try.name, func(t *testing.T) {
			t.Parallel()
			err := ask(t, c, try.method, try.path, try.body, try.says)
			if try.fails == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, try.fails)
		})
	}
}

func TestTheTally(t *testing.T) {
	t.Parallel()
	c := load(t)
	none := func(Case) bool { return false }
	all := c.Missing(none)
	me := Case{OperationID: "getMe", Status: 200}
	require.Contains(t, all, me)
	require.Error(t, ask(t, c, "GET", "/api/v1/users/me", "", scripted{status: 200, body: "{}"}))
	require.Contains(t, c.Missing(none), me, "an answer that breaks the contract does not count")
	require.NoError(t, ask(t, c, "GET", "/api/v1/users/me", "", scripted{status: 200, body: aUser}))
	require.NotContains(t, c.Missing(none), me)
	require.Len(t, c.Missing(none), len(all)-1)
	require.NoError(t, c.Opened("/api/ws"))
	require.Error(t, c.Opened("/api/v1/chats"))
	require.Len(t, c.Missing(none), len(all)-2)
	require.Empty(t, c.Missing(func(Case) bool { return true }))
	require.Equal(t, "getMe 200", me.String())
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	c := load(t)
	var routes []string
	for _, op := range c.Operations() {
		routes = append(routes, op.Method+" "+strings.NewReplacer("{", ":", "}", "").Replace(op.Path))
	}
	require.Empty(t, c.Differences(append(routes, "GET /", "GET /setup")), "pages are no part of the API")
	require.Equal(t, []string{"not served: GET /readyz"}, c.Differences(without(routes, "GET /readyz")))
	require.Equal(t, []string{"not documented: GET /api/v1/secrets"}, c.Differences(append(routes, "GET /api/v1/secrets")))
}

func without(list []string, item string) (rest []string) {
	for _, each := range list {
		if each != item {
			rest = append(rest, each)
		}
	}
	return rest
}

func TestBadDocuments(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{
		"no YAML":              "\t",
		"no OpenAPI":           "openapi: 3.1.0",
		"no operationId":       "openapi: 3.1.0\ninfo: {title: a, version: a}\npaths: {/a: {get: {responses: {'200': {description: a}}}}}",
		"a range of statuses":  "openapi: 3.1.0\ninfo: {title: a, version: a}\npaths: {/a: {get: {operationId: a, responses: {2XX: {description: a}}}}}",
		"an unknown reference": "openapi: 3.1.0\ninfo: {title: a, version: a}\npaths: {/a: {get: {operationId: a, responses: {'200': {$ref: '#/components/responses/A'}}}}}",
	} {
		_, err := Load([]byte(document))
		require.Error(t, err, name)
	}
}
