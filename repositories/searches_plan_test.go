package repositories_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/search"
	"github.com/quillium/quillium/repositories"
)

// However often a word is in the messages, no search reads the whole table.
func TestSearchPlan(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, other := w.user("Ada"), w.user("Bob")
	w.do(`insert into chats (id, title, last_seq, rev)
		select ('0197a3b2-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Chat ' || n, 40, 41 from generate_series(1, 1000) n`)
	w.do(`insert into members (chat_id, user_id, role, rev)
		select id, case when right(title, 1) = '7' then $1::uuid else $2 end, 'owner', 1 from chats`, user, other)
	w.do(`insert into messages (id, chat_id, seq, rev, role, author_id, content, status)
		select ('0197a3b3-0000-7000-8000-' || lpad((40 * row_number() over ())::text, 12, '0'))::uuid, id, n, n + 1, 'user', $1,
			'common words and number ' || n * length(title) || md5(id::text || n), 'complete'
		from chats, generate_series(1, 40) n order by n`, other)
	w.do(`vacuum analyze`)
	conn, err := w.raw.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	for i, typed := range []string{"common", "rarely", "common numb", `"common words" and`, "go", "abc%d_e", strings.Repeat("supercalifragilistic ", 9) + "x"} {
		for name, statement := range repositories.SearchStatements(user, search.Parse(typed)) {
			t.Run(fmt.Sprint(typed, ", ", name), func(t *testing.T) {
				text, args, err := statement.ToSql()
				require.NoError(t, err)
				plan := explain(t, conn, fmt.Sprint(name, i), text, args)
				require.NotContains(t, plan, "Seq Scan on messages")
				if name == "indexed" {
					require.Contains(t, plan, "BitmapAnd")
					require.Contains(t, plan, "Bitmap Index Scan on messages_parts")
				}
			})
		}
	}
}

// explain is how a statement of a search is done, as its planning wishes it.
func explain(t *testing.T, conn *pgxpool.Conn, name, text string, args []any) string {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), repositories.SearchPlanning)
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "prepare "+name+" as "+text)
	require.NoError(t, err)
	rows, err := tx.Query(t.Context(), "explain execute "+name+literals(args), pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return strings.Join(lines, "\n")
}

// literals are parameters as EXECUTE wants them.
func literals(args []any) string {
	list := make([]string, len(args))
	for i, arg := range args {
		list[i] = "'" + strings.ReplaceAll(fmt.Sprint(arg), "'", "''") + "'"
	}
	return "(" + strings.Join(list, ", ") + ")"
}
