package repositories_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

func TestRetention(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	r := repositories.NewRetentionRepository(w.db)
	due := func(t *testing.T, days int) (ids []app.ChatID) {
		t.Helper()
		for behind := app.ChatID(""); ; {
			list, err := r.Due(t.Context(), days, behind, 1)
			require.NoError(t, err)
			if len(list) == 0 {
				return ids
			}
			behind = list[0].ChatID
			require.WithinDuration(t, time.Now().AddDate(0, 0, -days), list[0].Before, 36*time.Hour)
			ids = append(ids, behind)
		}
	}
	t.Run("what is too old is erased without a trace, as if it were deleted, and the rest stays", func(t *testing.T) {
		w := w.in(t)
		ada, id := w.pair()
		secret := "secret" + strings.ReplaceAll(string(id), "-", "")
		var last app.Message
		for i := range 4 {
			w.post(question(id, ada, fmt.Sprint(secret, i)))
			last = w.ended(id, ada, app.StatusFailed, secret)
		}
		w.do(`insert into message_versions (message_id, version, content, status, created_at) values ($1, 9, $2, 'complete', now())`, last.ID, secret)
		w.do(`update messages set error_code = 'internal', error_message = $2 where id = $1`, last.ID, secret)
		w.do(`update messages set created_at = now() - interval '31 days' where chat_id = $1`, id)
		w.post(question(id, ada, "of today"))
		require.Contains(t, due(t, 30), id)
		require.NotContains(t, due(t, 32), id)
		require.Empty(t, due(t, 0), "0 is for ever")
		rev := w.rev(id)
		for rounds := 1; ; rounds++ {
			changes, more, err := r.Expire(t.Context(), chat.Due{ChatID: id, Before: time.Now().AddDate(0, 0, -30)}, 5)
			require.NoError(t, err)
			require.Equal(t, rev, changes.From)
			for _, m := range changes.Messages {
				require.NotNil(t, m.DeletedAt)
				require.Empty(t, m.Content)
				require.Nil(t, m.Error)
			}
			rev = changes.Rev
			if !more {
				require.Equal(t, 3, rounds)
				break
			}
		}
		w.do(`analyze`)
		require.Empty(t, pgtest.Traces(t, w.raw, secret))
		require.Equal(t, 1, w.count(`select count(*) from messages where chat_id = $1 and deleted_at is null`, id))
		w.requireNumbers(id)
		require.NotContains(t, due(t, 30), id, "it is looked at no more")
		changes, more, err := r.Expire(t.Context(), chat.Due{ChatID: id, Before: time.Now().AddDate(0, 0, -30)}, 5)
		require.NoError(t, err)
		require.False(t, more)
		require.Equal(t, changes.From, changes.Rev, "once more is nothing")
	})
	t.Run("a chat may have a time of its own", func(t *testing.T) {
		w := w.in(t)
		ada := w.user("Ada")
		forever, short := w.room(ada), w.room(ada)
		for _, id := range []app.ChatID{forever, short} {
			w.post(question(id, ada, "hello"))
		}
		w.do(`update messages set created_at = now() - interval '400 days' where chat_id = $1`, forever)
		w.do(`update messages set created_at = now() - interval '40 hours' where chat_id = $1`, short)
		w.do(`update chats set retention_days = case id when $1 then 0 else 1 end where id in ($1, $2)`, forever, short)
		for _, days := range []int{0, 1, 30} {
			list, err := r.Due(t.Context(), days, "", 100)
			require.NoError(t, err)
			var ids []app.ChatID
			for _, each := range list {
				ids = append(ids, each.ChatID)
			}
			require.Contains(t, ids, short)
			require.NotContains(t, ids, forever)
		}
	})
	t.Run("an answer that runs stays until it has ended, and so does what is behind it", func(t *testing.T) {
		w := w.in(t)
		ada, id := w.pair()
		running := w.asked(id, ada)
		w.post(question(id, ada, "and then?"))
		w.do(`update messages set created_at = now() - interval '31 days' where chat_id = $1`, id)
		expire := func() (left int) {
			_, _, err := r.Expire(t.Context(), chat.Due{ChatID: id, Before: time.Now()}, 100)
			require.NoError(t, err)
			return w.count(`select count(*) from messages where chat_id = $1 and deleted_at is null`, id)
		}
		require.Equal(t, 2, expire())
		text := "done"
		w.end(running, app.StatusComplete, &text)
		require.Zero(t, expire())
	})
	t.Run("what was deleted before takes no rev", func(t *testing.T) {
		w := w.in(t)
		ada, id := w.pair()
		posted := w.post(question(id, ada, "hello"))[0]
		_, err := w.messages.Delete(t.Context(), ada, id, posted.ID)
		require.NoError(t, err)
		changes, _, err := r.Expire(t.Context(), chat.Due{ChatID: id, Before: time.Now().Add(time.Hour)}, 100)
		require.NoError(t, err)
		require.Equal(t, changes.From, changes.Rev)
	})
	t.Run("a chat that is gone is not found", func(t *testing.T) {
		_, _, err := r.Expire(t.Context(), chat.Due{ChatID: app.NewID[app.ChatID](), Before: time.Now()}, 1)
		require.ErrorIs(t, err, app.ErrNotFound)
	})
}

// However many messages there are, one of each chat is looked at.
func TestRetentionPlan(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	ada := w.user("Ada")
	w.do(`insert into chats (id, title, last_seq, rev)
		select ('0197a3b2-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Chat ' || n, 40, 41 from generate_series(1, 1000) n`)
	w.do(`insert into messages (id, chat_id, seq, rev, role, author_id, content, status, created_at)
		select gen_random_uuid(), id, n, n + 1, 'user', $1, 'x', 'complete', now() - interval '10 days' from chats, generate_series(1, 40) n`, ada)
	w.do(`vacuum analyze`)
	for _, days := range []int{0, 5, 30} {
		rows, err := w.raw.Query(t.Context(), "explain "+repositories.DueChats, days, "0197a3b2-0000-7000-8000-000000000000", 100)
		require.NoError(t, err)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		require.NotContains(t, strings.Join(lines, "\n"), "Seq Scan on messages")
		require.Contains(t, strings.Join(lines, "\n"), "messages_seq")
	}
}
