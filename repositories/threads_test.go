package repositories_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

func (w *rooms) thread(user app.UserID, id app.ChatID, question app.MessageID) realtime.Snapshot {
	w.t.Helper()
	s, err := w.snaps.Thread(w.t.Context(), user, id, question)
	require.NoError(w.t, err)
	return s
}

func TestThread(t *testing.T) {
	t.Parallel()
	w := newRooms(t)

	t.Run("a question and its answers, with the text so far, and nothing else", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		w.asked(id, user)
		posted := w.post(withClientID(question(id, user, "why?", answers(2)...), "c"))[0]
		asked, answer := posted.Messages[0], posted.Messages[1]
		reply := question(id, user, "because")
		reply.ReplyTo = &asked.ID
		w.post(reply)
		w.flush(answer, chunk(answer, app.PartContent, 0, "so "))
		w.flush(answer, chunk(answer, app.PartContent, 3, "far"))
		s := w.thread(user, id, asked.ID)
		require.True(t, s.Found)
		require.Equal(t, "3 4 5", seqs(s.Messages))
		require.Equal(t, "so far", s.Messages[1].Content)
		require.Nil(t, s.Messages[0].ClientID)
		require.Nil(t, s.Chat.Me)
		require.Equal(t, w.rev(id), s.Chat.Rev)
	})
	t.Run("strangers and those who were removed find nothing", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		asked := w.post(question(id, user, "why?"))[0].Messages[0]
		stranger := w.user("Sam")
		require.Equal(t, realtime.Snapshot{}, w.thread(stranger, id, asked.ID))
		w.join(id, stranger, app.MemberViewer)
		require.True(t, w.thread(stranger, id, asked.ID).Found)
		w.do(`update members set removed_at = now() where user_id = $1`, stranger)
		require.Equal(t, realtime.Snapshot{}, w.thread(stranger, id, asked.ID))
	})
	t.Run("a message of another chat is not in this one", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		asked := w.post(question(w.room(user), user, "why?"))[0].Messages[0]
		require.Empty(t, w.thread(user, id, asked.ID).Messages)
	})
}
