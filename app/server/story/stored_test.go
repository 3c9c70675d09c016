package story

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime/realtimetest"
)

// stored is a chat as the database has it.
func (f *fleet) stored(chat string) (rev int64, rows []row) {
	f.t.Helper()
	tx, err := f.db.BeginTx(context.Background(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	require.NoError(f.t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	require.NoError(f.t, tx.QueryRow(context.Background(), `select rev from chats where id = $1`, chat).Scan(&rev))
	found, err := tx.Query(context.Background(), `select id::text, seq, rev, status, content, coalesce(reasoning, ''), deleted_at is not null
		from messages where chat_id = $1 order by seq`, chat)
	require.NoError(f.t, err)
	rows, err = pgx.CollectRows(found, pgx.RowToStructByPos[row])
	require.NoError(f.t, err)
	return rev, rows
}

func (f *fleet) number(query string, args ...any) (n int) {
	f.t.Helper()
	require.NoError(f.t, f.db.QueryRow(context.Background(), query, args...).Scan(&n))
	return n
}

// rest waits until no answer runs or waits any more.
func (f *fleet) rest() {
	f.t.Helper()
	require.Eventually(f.t, func() bool { return f.number(`select count(*) from runs`) == 0 }, 60*time.Second, 50*time.Millisecond, "answers never end")
}

// lost is how long a hint that was lost may keep a follower behind.
const lost = 5 * time.Second

// converge holds every follower against the database, and the database against
// what was acknowledged and what the model has sent.
func (f *fleet) converge(followers []*follower) {
	f.t.Helper()
	deadline := time.Now().Add(long(2*lost, lost))
	for _, chat := range f.chats {
		rev, rows := f.stored(chat)
		for i, one := range followers {
			for !one.is(chat, rev, rows) && time.Now().Before(deadline) {
				time.Sleep(10 * time.Millisecond)
			}
			one.same(f, i, chat, rev, rows)
		}
		f.sound(rows)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	require.Empty(f.t, f.faults)
}

func (f *follower) is(chat string, rev int64, rows []row) bool {
	return f.has(chat, func(have int64, held map[app.MessageID]row, low int64) bool {
		if have != rev {
			return false
		}
		for _, r := range rows {
			if r.Seq >= low && held[r.ID] != r {
				return false
			}
		}
		return true
	})
}

func (f *follower) has(chat string, what func(have int64, held map[app.MessageID]row, low int64) bool) (is bool) {
	f.look(func(c *realtimetest.Client) {
		mine := c.Chat(app.ChatID(chat))
		if mine == nil {
			is = !c.Wants(app.ChatID(chat))
			return
		}
		held := map[app.MessageID]row{}
		for _, m := range mine.Messages {
			held[m.ID] = rowOf(m)
		}
		is = what(mine.Have, held, mine.Low)
	})
	return is
}

// same says what is different.
func (f *follower) same(world *fleet, i int, chat string, rev int64, rows []row) {
	world.t.Helper()
	f.look(func(c *realtimetest.Client) {
		require.Empty(world.t, c.Breaches, "follower %d", i)
		require.Zero(world.t, c.Gaps, "follower %d: deltas follow on", i)
	})
	f.has(chat, func(have int64, held map[app.MessageID]row, low int64) bool {
		require.Equal(world.t, rev, have, "follower %d", i)
		for _, r := range rows {
			if r.Seq >= low {
				require.Empty(world.t, r.unlike(held[r.ID]), "follower %d", i)
			}
		}
		return true
	})
}

// sound holds the rows of a chat against each other and against the journals.
func (f *fleet) sound(rows []row) {
	f.t.Helper()
	stored := map[app.MessageID]bool{}
	for i, r := range rows {
		stored[r.ID] = true
		assert.Equal(f.t, int64(i+1), r.Seq, "places have no holes")
		assert.False(f.t, r.Status.Running(), "%s still runs", r.ID)
		if strings.HasPrefix(r.Content, answerMark) {
			assert.True(f.t, f.model.hasSent(r.Content, r.Status == app.StatusComplete), "%s %s was never sent so: %q", r.Status, r.ID, brief(r.Content, 0))
		}
	}
}

// nothingLostNorTwice holds the rows of all chats against what was
// acknowledged.
func (f *fleet) nothingLostNorTwice() {
	f.t.Helper()
	found, err := f.db.Query(context.Background(), `select client_id, id::text from messages where client_id is not null`)
	require.NoError(f.t, err)
	rows, err := pgx.CollectRows(found, pgx.RowToStructByPos[struct{ ClientID, ID string }])
	require.NoError(f.t, err)
	stored := map[string]app.MessageID{}
	for _, r := range rows {
		require.NotContains(f.t, stored, r.ClientID, "a message is there twice")
		stored[r.ClientID] = app.MessageID(r.ID)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for text, id := range f.acknowledged {
		require.Equal(f.t, id, stored[text], "%s was acknowledged", text)
	}
	f.t.Logf("%d messages acknowledged, each is there once", len(f.acknowledged))
}
