package server_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server/contract"
	"github.com/quillium/quillium/public"
	"github.com/quillium/quillium/repositories/pgtest"
)

// What an administrator sets is what is kept: the job erases the rest, and
// whoever has the chat open hears of it.
func TestMessagesThatAreTooOld(t *testing.T) {
	t.Parallel()
	c, err := contract.Load([]byte(public.OpenAPI()))
	require.NoError(t, err)
	w := boot(t, c, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
	ada, admin := w.join(t, "Ada"), w.signIn(t, "admin@example.org")
	chat := w.open(t, ada, "Tales")
	old, fresh := w.say(t, ada, chat, "a needle of long ago"), w.say(t, ada, chat, "of today")
	w.sql(t, `update messages set created_at = now() - interval '3 days' where id = $1`, old)
	socket := w.dial(t, ada, "/api/v1/ws")
	hears(t, socket, `"type":"welcome"`)
	require.NoError(t, socket.WriteMessage(1, []byte(`{"type":"subscribe","data":{"chats":[{"chat_id":"`+chat+`"}]}}`)))
	hears(t, socket, `"type":"subscribed"`)
	w.want(t, 200, admin, "PUT /settings/admin", `{"retention_days":2}`)
	var page struct{ Data []struct{ ID int64 } }
	require.Eventually(t, func() bool {
		w.want(t, 200, admin, "GET /admin/jobs?kind=expire_messages&state=done", "").into(t, &page)
		return len(page.Data) > 0
	}, 30*time.Second, 50*time.Millisecond)
	w.want(t, 200, admin, "POST /admin/jobs/"+strconv.FormatInt(page.Data[0].ID, 10)+"/retry", "")
	hears(t, socket, `"deleted_at":"`)
	list := w.want(t, 200, ada, "GET /chats/"+chat+"/messages", "").body
	require.NotContains(t, list, "needle")
	require.Contains(t, list, "of today")
	require.Contains(t, list, fresh)
	require.Empty(t, pgtest.Traces(t, w.db, "a needle of long ago"))
}
