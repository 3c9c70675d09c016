package server_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// testElsewhere holds that nobody hears a chat on that he lost without this
// process knowing: another one did it, or the word of the commit was lost.
func testElsewhere(t *testing.T, w *world) {
	const shownOut = `with c as (update chats set rev = rev + 1, member_count = member_count - 1 where id = $1 returning id, rev)
		update members m set removed_at = now(), rev = c.rev from c where m.chat_id = c.id and m.user_id = $2`
	t.Run("a member who is shown out hears nothing that is said after it", func(t *testing.T) {
		t.Parallel()
		s := newScene(w).cast(t, "Ada", "Eve")
		ada, eve := s.people["Ada"], s.people["Eve"]
		chat := s.open(t, ada, "Ours")
		s.admit(t, chat, eve, "editor")
		atAda, atEve := s.listen(t, ada, chat), s.listen(t, eve, chat)
		s.sql(t, shownOut, chat, eve.id)
		s.say(t, ada, chat, "between ourselves")
		atAda.until(t, "between ourselves")
		atEve.until(t, `"type":"removed"`)
		for _, line := range atEve.heard() {
			require.NotContains(t, line, "between ourselves")
		}
	})
	t.Run("nor where so much changed that nobody is told what", func(t *testing.T) {
		t.Parallel()
		s := newScene(w).cast(t, "Ada", "Eve")
		ada, eve := s.people["Ada"], s.people["Eve"]
		chat := s.open(t, ada, "Ours")
		s.admit(t, chat, eve, "editor")
		atAda, atEve := s.listen(t, ada, chat), s.listen(t, eve, chat)
		s.sql(t, `with c as (update chats set rev = rev + 301, last_seq = last_seq + 300, member_count = member_count - 1 where id = $1 returning id, rev),
			gone as (update members m set removed_at = now(), rev = c.rev - 300 from c where m.chat_id = c.id and m.user_id = $2)
			insert into messages (id, chat_id, seq, rev, role, author_id, content, status)
			select gen_random_uuid(), c.id, n, c.rev - 300 + n, 'user', $3, 'x', 'complete' from c, generate_series(1, 300) n`, chat, eve.id, ada.id)
		s.say(t, ada, chat, "one")
		atAda.until(t, `"type":"changes"`)
		s.say(t, ada, chat, "between ourselves")
		atAda.until(t, "between ourselves")
		atEve.until(t, `"type":"removed"`)
		for _, line := range atEve.heard() {
			require.NotContains(t, line, "between ourselves")
		}
	})
	t.Run("a chat that was deleted is over for all", func(t *testing.T) {
		t.Parallel()
		s := newScene(w).cast(t, "Ada", "Eve")
		ada, eve := s.people["Ada"], s.people["Eve"]
		chat := s.open(t, ada, "Ours")
		s.admit(t, chat, eve, "viewer")
		question, _ := s.asked(t, ada, chat, "hold")
		stream := s.follow(t, eve, "GET /chats/"+chat+"/messages/"+question+"/stream", "")
		atAda, atEve := s.listen(t, ada, chat), s.listen(t, eve, chat)
		s.sql(t, `update chats set deleted_at = now() where id = $1`, chat)
		atAda.until(t, `"type":"removed"`)
		atEve.until(t, `"type":"removed"`)
		require.ErrorIs(t, stream.all(), io.ErrUnexpectedEOF, "a stream that is cut off does not look like one that has ended")
	})
}
