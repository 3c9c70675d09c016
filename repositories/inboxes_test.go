package repositories_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
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
