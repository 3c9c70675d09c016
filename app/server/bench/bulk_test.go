package bench

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// bulk fills the table of messages while it has no indexes but that of its ids,
// and no foreign keys: to make them last is several times faster.
func bulk(b *testing.B, conn *pgx.Conn, fill func()) {
	b.Helper()
	do := func(sql string) {
		_, err := conn.Exec(b.Context(), sql)
		require.NoError(b, err, sql)
	}
	do(`set maintenance_work_mem = '256MB'`)
	rows, err := conn.Query(b.Context(), `
		select 'drop index ' || indexname, indexdef from pg_indexes where tablename = 'messages' and indexname <> 'messages_pkey'
		union all
		select 'alter table messages drop constraint ' || conname, 'alter table messages add constraint ' || conname || ' ' || pg_get_constraintdef(oid)
		from pg_constraint where conrelid = 'messages'::regclass and contype = 'f'`)
	require.NoError(b, err)
	type part struct{ Drop, Make string }
	parts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[part])
	require.NoError(b, err)
	for _, p := range parts {
		do(p.Drop)
	}
	fill()
	for _, p := range parts {
		do(p.Make)
	}
	do(`alter index messages_parts alter column 1 set statistics 0`)
	do(`vacuum analyze`)
}
