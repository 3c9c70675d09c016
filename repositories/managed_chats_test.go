package repositories_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/assistant"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/repositories"
)

func (w *rooms) figures(id app.ChatID) (bytes int64) {
	w.t.Helper()
	require.NoError(w.t, repositories.NewFigureRepository(w.db).Count(context.Background()))
	one, err := repositories.NewManagedChatRepository(w.db).GetByID(context.Background(), id)
	require.NoError(w.t, err)
	require.NotNil(w.t, one.Bytes)
	return *one.Bytes
}

func TestFigures(t *testing.T) {
	t.Parallel()
	t.Run("what is short is counted exactly, again after each change", func(t *testing.T) {
		t.Parallel()
		w := newRooms(t)
		user, id := w.pair()
		one, err := repositories.NewManagedChatRepository(w.db).GetByID(t.Context(), id)
		require.NoError(t, err)
		require.Nil(t, one.Bytes, "nobody has counted")
		require.Zero(t, w.figures(id))
		said := w.post(question(id, user, "déjà vu"))[0].Messages[0]
		require.EqualValues(t, 9, w.figures(id))
		_, err = w.messages.Delete(t.Context(), user, id, said.ID)
		require.NoError(t, err)
		require.Zero(t, w.figures(id))
	})
	t.Run("what is long is reckoned from the newest messages", func(t *testing.T) {
		t.Parallel()
		w := newRooms(t)
		user, id := w.pair()
		w.do(`insert into messages (id, chat_id, seq, rev, role, author_id, content, status)
			select gen_random_uuid(), $1, n, n + 1, 'user', $2, case when n <= 800 then '' else 'ten bytes.' end, 'complete' from generate_series(1, 1000) n`, id, user)
		w.do(`update chats set last_seq = 1000, rev = 1001 where id = $1`, id)
		require.EqualValues(t, 10_000, w.figures(id))
	})
	t.Run("what did not change is left alone", func(t *testing.T) {
		t.Parallel()
		w := newRooms(t)
		_, id := w.pair()
		w.figures(id)
		before := w.count(`select xmin::text::bigint from chat_figures where chat_id = $1`, id)
		w.figures(id)
		require.Equal(t, before, w.count(`select xmin::text::bigint from chat_figures where chat_id = $1`, id))
	})
}

// What the server tells the members is no part of what models are told.
func TestNoticesAreNoContext(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	session := app.NewID[app.SessionID]()
	w.do(`insert into sessions (id, user_id, expires_at) values ($1, $2, now() + interval '1 day')`, session, user)
	changes, err := repositories.NewCustodyRepository(w.db).Open(t.Context(), id, session, time.Now().Add(time.Minute), "An administrator read this chat: x")
	require.NoError(t, err)
	require.Len(t, changes.Messages, 1)
	require.Equal(t, app.MessageSystem, changes.Messages[0].Role)
	require.Nil(t, changes.Messages[0].Author)
	w.requireNumbers(id)
	answer := w.asked(id, user)
	past, err := w.past.Past(t.Context(), id, answer.ID, 1<<20)
	require.NoError(t, err)
	require.Equal(t, []string{"why?"}, contentsOf(past))
	_, err = w.messages.Delete(t.Context(), "", id, changes.Messages[0].ID)
	require.ErrorIs(t, err, app.ErrForbidden, "an owner cannot take it away")
}

func contentsOf(past assistant.Past) (list []string) {
	for _, turn := range past.Turns {
		list = append(list, turn.Content)
	}
	return list
}

func TestCustody(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	custody := repositories.NewCustodyRepository(w.db)
	owner, id := w.pair()
	other, late := w.user("Bob"), w.user("Cleo")
	w.join(id, other, app.MemberOwner)
	owners, changes, err := custody.Transfer(t.Context(), id, late, "told")
	require.NoError(t, err)
	require.Equal(t, []app.UserID{owner, other}, owners)
	require.Len(t, changes.Members, 3, "each takes a rev")
	require.Equal(t, changes.Rev, changes.From+4)
	require.Equal(t, 3, w.count(`select member_count from chats where id = $1`, id))
	require.Equal(t, 1, w.count(`select count(*) from members where chat_id = $1 and role = 'owner'`, id))
	t.Run("leaves that ran out go with the next one", func(t *testing.T) {
		session := app.NewID[app.SessionID]()
		w.do(`insert into sessions (id, user_id, expires_at) values ($1, $2, now() + interval '1 day')`, session, late)
		another := w.in(t).room(owner)
		_, err := custody.Open(t.Context(), another, session, time.Now().Add(-time.Second), "told")
		require.NoError(t, err)
		_, err = custody.Open(t.Context(), id, session, time.Now().Add(time.Minute), "told")
		require.NoError(t, err)
		require.Equal(t, 1, w.in(t).count(`select count(*) from chat_readings`))
	})
	t.Run("a chat that has all the people it can have lets no administrator in", func(t *testing.T) {
		w := w.in(t)
		full := w.room(owner)
		w.do(`insert into members (chat_id, user_id, role, rev) select $1, gen_random_uuid(), 'viewer', 1 from generate_series(2, $2::integer)`, full, app.MaxMembers)
		_, err := custody.Enter(t.Context(), full, late, app.MemberViewer, "told")
		require.ErrorIs(t, err, app.ErrConflict)
	})
}

// However many chats there are, a page of them is found by an index, and
// nothing of a large table is read from end to end.
func TestManagedChatPlans(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	w.do(`insert into users (id, email, email_key, name, password_hash)
		select ('0197a3b1-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, n || '@example.org', n || '@example.org', 'User ' || n, 'x' from generate_series(1, 10000) n`)
	w.do(`insert into chats (id, title, last_seq, rev, deleted_at)
		select ('0197a3b2-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Chat about ' || md5(n::text), 5, 6, case when n % 1000 = 0 then now() end from generate_series(1, 20000) n`)
	w.do(`insert into members (chat_id, user_id, role, rev, archived)
		select id, ('0197a3b1-0000-7000-8000-' || lpad((1 + row_number() over () % 10000)::text, 12, '0'))::uuid, 'owner', 1, row_number() over () % 500 = 0 from chats`)
	w.do(`insert into messages (id, chat_id, seq, rev, role, content, status)
		select gen_random_uuid(), id, n, n + 1, 'user', 'said', 'complete' from chats, generate_series(1, 5) n`)
	require.NoError(t, repositories.NewFigureRepository(w.db).Count(t.Context()))
	w.do(`vacuum analyze`)
	whole := "0197a3b2-0000-7000-8000-000000000007"
	for name, filter := range map[string]chat.ManagedFilter{
		"the newest": {}, "the last active": {Sort: chat.SortActive}, "the largest": {Sort: chat.SortSize},
		"deleted": {State: chat.StateDeleted}, "archived": {State: chat.StateArchived}, "archived, the largest": {State: chat.StateArchived, Sort: chat.SortSize},
		"by a word of many": {Query: "about"}, "by a word of few": {Query: "a9b7ba70"}, "by two letters": {Query: "zq"}, "by id": {Query: whole},
		"few, the last active": {Query: "a9b7ba70", Sort: chat.SortActive},
	} {
		if filter.State == "" {
			filter.State = chat.StateLiving
		}
		if filter.Sort == "" {
			filter.Sort = chat.SortCreated
		}
		t.Run(name, func(t *testing.T) {
			said := &statements{}
			shown := repositories.NewManagedChatRepository(repositories.Traced(t, w.db, said))
			page := app.PageRequest{Limit: 20}
			for range 2 {
				list, err := shown.List(t.Context(), filter, page)
				require.NoError(t, err)
				if list.Pagination.Next == nil {
					break
				}
				page.Cursor = *list.Pagination.Next
			}
			require.NotEmpty(t, said.list)
			for _, one := range said.list {
				rows, err := w.raw.Query(t.Context(), "explain "+one.sql, one.args...)
				require.NoError(t, err)
				lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
				require.NoError(t, err)
				plan := strings.Join(lines, "\n")
				require.NotContains(t, plan, "Seq Scan", fmt.Sprint(one.sql, one.args))
			}
		})
	}
}
