package server_test

import (
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// Acceptance: what ends a session ends its socket within a second, with a code
// that says whether to come back. Where no hint comes, within five.
func testEnds(t *testing.T, w *world) {
	ends := []struct {
		name   string
		how    func(t *testing.T, ada, phone *person)
		code   int
		within time.Duration
	}{
		{"revoked", func(t *testing.T, ada, phone *person) {
			var page app.Page[app.Session]
			w.want(t, 200, ada, "GET /auth/sessions", "").into(t, &page)
			for _, session := range page.Data {
				if session.Current {
					w.want(t, 204, phone, "DELETE /auth/sessions/"+string(session.ID), "")
				}
			}
		}, 4001, time.Second},
		{"signed out", func(t *testing.T, ada, _ *person) {
			w.want(t, 204, nil, "POST /auth/logout", object("refresh_token", ada.refresh))
		}, 4001, time.Second},
		{"a new password elsewhere", func(t *testing.T, _, phone *person) {
			w.want(t, 204, phone, "POST /auth/password", object("current_password", password, "new_password", "another long one"))
		}, 4001, time.Second},
		{"a used refresh token", func(t *testing.T, ada, _ *person) {
			w.want(t, 200, nil, "POST /auth/refresh", object("refresh_token", ada.refresh))
			w.want(t, 401, nil, "POST /auth/refresh", object("refresh_token", ada.refresh))
		}, 4001, time.Second},
		{"deleted", func(t *testing.T, _, phone *person) {
			w.want(t, 204, phone, "DELETE /users/me", object("password", password))
		}, 4003, time.Second},
		{"ended on another node", func(t *testing.T, ada, _ *person) {
			w.sql(t, "update sessions set ended_at = now() where user_id = $1", ada.id)
		}, 4001, 5500 * time.Millisecond},
		{"disabled on another node", func(t *testing.T, ada, _ *person) {
			w.sql(t, "update users set status = 'disabled' where id = $1", ada.id)
		}, 4003, 5500 * time.Millisecond},
	}
	for _, end := range ends {
		t.Run(end.name, func(t *testing.T) {
			t.Parallel()
			ada := w.join(t, "Ada")
			phone := w.again(t, ada)
			socket := w.dial(t, ada, "/api/v1/ws")
			hears(t, socket, `"type":"welcome"`)
			end.how(t, ada, phone)
			over := time.Now()
			for {
				_, _, err := socket.ReadMessage()
				if err == nil {
					continue
				}
				require.True(t, websocket.IsCloseError(err, end.code), "%v", err)
				break
			}
			require.Less(t, time.Since(over), end.within)
		})
	}
}
