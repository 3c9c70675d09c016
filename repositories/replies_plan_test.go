package repositories_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/repositories"
)

// However much was said in a chat since a question, its answers are found
// without reading that: some of these look under the chat's lock.
func TestReplyPlans(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	asked := w.post(question(id, user, "why?"))[0].Messages[0]
	w.do(`insert into messages (id, chat_id, seq, rev, role, author_id, content, status, reply_to)
		select gen_random_uuid(), $1, 100 + n, 100 + n, case when n % 2 = 0 then 'user' else 'assistant' end, $2, 'x', 'complete', gen_random_uuid()
		from generate_series(1, 5000) n`, id, user)
	w.do(`update chats set last_seq = 6000, rev = 6000 where id = $1`, id)
	w.do(`vacuum analyze`)
	edit := func(version int) chat.Choice {
		return chat.Choice{ChatID: id, MessageID: asked.ID, Version: version, By: user}
	}
	for name, do := range map[string]func(context.Context, *repositories.DB) error{
		"a stream of a question": func(ctx context.Context, db *repositories.DB) error {
			_, err := repositories.NewSnapshotRepository(db).Thread(ctx, user, id, asked.ID)
			return err
		},
		"an edit that asks again": func(ctx context.Context, db *repositories.DB) error {
			_, err := repositories.NewMessageRepository(db).Update(ctx, chat.Edit{ChatID: id, MessageID: asked.ID, Author: user, Content: "how?", Again: true})
			return err
		},
		"a choice of a version": func(ctx context.Context, db *repositories.DB) error {
			_, err := repositories.NewHistoryRepository(db).Choose(ctx, edit(1))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			said := &statements{}
			require.NoError(t, do(t.Context(), repositories.Traced(t, w.db, said)))
			looks := 0
			for _, one := range said.list {
				if !strings.Contains(one.sql, "reply_to =") {
					continue
				}
				looks++
				rows, err := w.raw.Query(t.Context(), "explain "+one.sql, one.args...)
				require.NoError(t, err)
				plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
				require.NoError(t, err)
				require.Contains(t, strings.Join(plan, "\n"), "messages_reply_to")
			}
			require.NotZero(t, looks, "it asks for no answers")
		})
	}
}

type statement struct {
	sql  string
	args []any
}

// statements notes what the database is asked.
type statements struct {
	mu   sync.Mutex
	list []statement
}

func (s *statements) note(sql string, args []any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, statement{sql, args})
}

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.note(data.SQL, data.Args)
	return ctx
}

func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (s *statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

func (s *statements) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	s.note(data.SQL, data.Args)
}

func (s *statements) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

var (
	_ pgx.QueryTracer = (*statements)(nil)
	_ pgx.BatchTracer = (*statements)(nil)
)
