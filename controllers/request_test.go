package controllers

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// send runs one handler for one request and gives back what it answered.
func send(t *testing.T, handler fiber.Handler, request *http.Request, config ...fiber.Config) (*http.Response, string) {
	t.Helper()
	settings := fiber.Config{Immutable: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
		return c.Status(StatusOf(asFailure(err).Code)).SendString(asFailure(err).Error())
	}}
	if len(config) > 0 {
		settings = config[0]
	}
	web := fiber.New(settings)
	web.All("/at/:id", handler)
	web.All("/*", handler)
	answer, err := web.Test(request, -1)
	require.NoError(t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer, string(text)
}

func TestDecode(t *testing.T) {
	t.Parallel()
	handler := func(c *fiber.Ctx) error {
		var got sample
		if err := decode(c, &got); err != nil {
			return err
		}
		return c.SendString(*got.Title)
	}
	tries := []struct {
		name, kind, encoding string
		status               int
	}{
		{"plain JSON is read", "application/json", "", 200},
		{"UTF-8 may be said", "application/json; charset=UTF-8", "identity", 200},
		{"another charset is unsupported", "application/json; charset=latin1", "", 415},
		{"a form is unsupported", "application/x-www-form-urlencoded", "", 415},
		{"no type is unsupported", "", "", 415},
		{"a text that a form may send is unsupported", "text/plain", "", 415},
		{"a packed body is unsupported", "application/json", "gzip", 415},
	}
	for _, try := range tries {
		t.Run(try.name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"title":"hello"}`))
			request.Header.Set("Content-Type", try.kind)
			request.Header.Set("Content-Encoding", try.encoding)
			answer, text := send(t, handler, request)
			require.Equal(t, try.status, answer.StatusCode, text)
		})
	}
}

func TestActor(t *testing.T) {
	t.Parallel()
	t.Run("a request without one is made by a stranger", func(t *testing.T) {
		t.Parallel()
		send(t, func(c *fiber.Ctx) error {
			require.Equal(t, app.Actor{}, actorOf(c))
			return nil
		}, httptest.NewRequest(http.MethodGet, "/", nil))
	})
	t.Run("what middleware sets is what a handler gets", func(t *testing.T) {
		t.Parallel()
		send(t, func(c *fiber.Ctx) error {
			SetActor(c, app.Actor{UserID: "u", RequestID: "r"})
			require.Equal(t, app.Actor{UserID: "u", RequestID: "r"}, ActorOf(c))
			return nil
		}, httptest.NewRequest(http.MethodGet, "/", nil))
	})
}

func TestPathID(t *testing.T) {
	t.Parallel()
	handler := func(c *fiber.Ctx) error {
		id, err := pathID[app.ChatID](c, "id")
		if err != nil {
			return err
		}
		return c.SendString(string(id))
	}
	id := string(app.NewID[app.ChatID]())
	_, text := send(t, handler, httptest.NewRequest(http.MethodGet, "/at/"+id, nil))
	require.Equal(t, id, text)
	for _, bad := range []string{"1", strings.ToUpper(id), id + "0", "%00", "..%2f" + id} {
		answer, _ := send(t, handler, httptest.NewRequest(http.MethodGet, "/at/"+bad, nil))
		require.Equal(t, 404, answer.StatusCode, bad)
	}
}

func TestPageOf(t *testing.T) {
	t.Parallel()
	ask := func(query string) (page app.PageRequest, err error) {
		send(t, func(c *fiber.Ctx) error {
			page, err = pageOf(c)
			return nil
		}, httptest.NewRequest(http.MethodGet, "/?"+query, nil))
		return page, err
	}
	t.Run("nothing said is the first twenty", func(t *testing.T) {
		t.Parallel()
		page, err := ask("other=x")
		require.NoError(t, err)
		require.Equal(t, app.PageRequest{Limit: 20}, page)
	})
	t.Run("limit and cursor are read", func(t *testing.T) {
		t.Parallel()
		page, err := ask("limit=100&cursor=abc")
		require.NoError(t, err)
		require.Equal(t, app.PageRequest{Limit: 100, Cursor: "abc"}, page)
	})
	for _, bad := range []string{"limit=0", "limit=101", "limit=-1", "limit=ten", "limit=1e1", "cursor=%00", "cursor=%ff", "cursor=" + strings.Repeat("x", 513)} {
		t.Run(bad[:min(len(bad), 20)]+" is refused", func(t *testing.T) {
			t.Parallel()
			_, err := ask(bad)
			require.ErrorIs(t, err, app.ErrInvalidInput)
		})
	}
}

func TestQueryBool(t *testing.T) {
	t.Parallel()
	ask := func(query string) (value *bool, err error) {
		send(t, func(c *fiber.Ctx) error {
			value, err = queryBool(c, "archived")
			return nil
		}, httptest.NewRequest(http.MethodGet, "/?"+query, nil))
		return value, err
	}
	value, err := ask("")
	require.NoError(t, err)
	require.Nil(t, value)
	value, err = ask("archived=true")
	require.NoError(t, err)
	require.True(t, *value)
	value, err = ask("archived=false")
	require.NoError(t, err)
	require.False(t, *value)
	_, err = ask("archived=1")
	require.ErrorIs(t, err, app.ErrInvalidInput)
}
