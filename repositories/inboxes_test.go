package repositories_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
	"github.com/quillium/quillium/repositories"
)

func TestInboxes(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	ada, id := w.pair()
	bob, left, eve := w.user("Bob"), w.user("Leo"), w.user("Eve")
	w.join(id, bob, app.MemberViewer)
	w.join(id, left, app.MemberEditor)
	w.do(`update members set removed_at = now() where user_id = $1`, left)
	w.do(`update chats set last_seq = 9, title = 'Ours' where id = $1`, id)
	w.do(`update members set last_read_seq = 7, pinned = true, archived = true where user_id = $1`, bob)
	gone := w.room(ada)
	w.do(`update chats set deleted_at = now() where id = $1`, gone)
	everybody := []app.UserID{ada, bob, left, eve}
	ofBob := realtime.Entry{User: bob, Inbox: realtime.Inbox{
		ChatID: id, Title: "Ours", Rev: 3, LastSeq: 9, Me: app.Me{Role: app.MemberViewer, Unread: 2, LastReadSeq: 7, Pinned: true, Archived: true},
	}}
	read := func(t *testing.T, chats []app.ChatID, users []app.UserID, places ...realtime.Place) []realtime.Entry {
		t.Helper()
		list, err := w.snaps.Inboxes(t.Context(), chats, users, places)
		require.NoError(t, err)
		return list
	}
	t.Run("a chat as each of its members sees it, but for those who were not asked for", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []realtime.Entry{ofBob}, read(t, []app.ChatID{id, gone}, []app.UserID{bob, left, eve}))
		require.Len(t, read(t, []app.ChatID{id, gone}, everybody), 2)
	})
	t.Run("a place, once", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []realtime.Entry{ofBob}, read(t, nil, everybody, realtime.Place{Chat: id, User: bob}))
		require.Equal(t, []realtime.Entry{ofBob}, read(t, []app.ChatID{id}, []app.UserID{bob}, realtime.Place{Chat: id, User: bob}))
	})
	t.Run("nothing for those who are no members, nor of a deleted chat", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, read(t, nil, everybody, realtime.Place{Chat: id, User: left}, realtime.Place{Chat: id, User: eve}, realtime.Place{Chat: gone, User: ada}))
	})
}

// However many chats and members there are, only those that were asked for are
// read.
func TestInboxPlan(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	w.do(`insert into chats (id, title) select gen_random_uuid(), 'Chat' from generate_series(1, 3000)`)
	w.do(`insert into members (chat_id, user_id, role, rev) select id, gen_random_uuid(), 'owner', 1 from chats, generate_series(1, 10)`)
	w.do(`vacuum analyze`)
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		t.Run(mode, func(t *testing.T) {
			conn, err := w.raw.Acquire(t.Context())
			require.NoError(t, err)
			defer conn.Release()
			_, err = conn.Exec(t.Context(), `set plan_cache_mode = `+mode)
			require.NoError(t, err)
			_, err = conn.Exec(t.Context(), `prepare `+mode+` (uuid[], uuid[], uuid[], uuid[]) as `+repositories.Inboxes)
			require.NoError(t, err)
			rows, err := conn.Query(t.Context(), `explain execute `+mode+` (array['`+string(id)+`'::uuid], array['`+string(user)+`'::uuid], '{}', '{}')`, pgx.QueryExecModeSimpleProtocol)
			require.NoError(t, err)
			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err)
			plan := strings.Join(lines, "\n")
			require.NotContains(t, plan, "Seq Scan on members")
			require.NotContains(t, plan, "Seq Scan on chats")
		})
	}
}
