package routes

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/limit"
)

// strictDoor renews nothing and counts who tried.
type strictDoor struct{ tries int }

func (d *strictDoor) Renew(*fiber.Ctx) (string, error) { d.tries++; return "", app.ErrUnauthorized }
func (*strictDoor) Welcome(*fiber.Ctx) error           { return app.ErrUnauthorized }
func (*strictDoor) Guard(c *fiber.Ctx) error           { return c.Next() }

func TestConsoleRenewals(t *testing.T) {
	t.Parallel()
	knock := func(t *testing.T, h *house, cookie string) int {
		t.Helper()
		request := httptest.NewRequest(http.MethodGet, "/admin", nil)
		if cookie != "" {
			request.Header.Set("Cookie", "quillium_refresh="+cookie)
		}
		answer, err := h.Test(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode
	}
	page := Route{Method: "GET", Path: "/admin", Who: Console, Buckets: usual(), Handler: func(c *fiber.Ctx) error { return c.SendStatus(http.StatusNoContent) }}

	t.Run("an address tries refresh tokens only as often as by the API", func(t *testing.T) {
		t.Parallel()
		door := &strictDoor{}
		h := build(t, func(o *Options) { o.Console = door }, page)
		for i := range limit.Refresh.Times {
			require.Equal(t, http.StatusUnauthorized, knock(t, h, "guess"+strconv.Itoa(i)))
		}
		require.Equal(t, http.StatusTooManyRequests, knock(t, h, "one-more"))
		require.Equal(t, limit.Refresh.Times, door.tries)
		require.Equal(t, http.StatusUnauthorized, knock(t, h, ""), "who brings no cookie is led to the sign-in page")
	})
}
