package pgtest

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// columns are all columns of all tables of ours, by the catalogue: one that is
// added tomorrow is looked at too. What the planner sampled is a copy as well.
const columns = `
select format('%I.%I', n.nspname, c.relname), format('%I', a.attname), a.atttypid = 'bytea'::regtype
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'm', 'p') and n.nspname not like 'pg\_%' and n.nspname <> 'information_schema'
union all
select 'pg_catalog.pg_stats', column_name, false
from unnest(array['most_common_vals', 'histogram_bounds', 'most_common_elems']) as column_name
order by 1, 2`

// Traces lists the columns of a database in which a text is found anywhere,
// capitals or not, as "schema.table.column", in order.
func Traces(t testing.TB, pool *pgxpool.Pool, text string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	rows, err := pool.Query(ctx, columns)
	if err != nil {
		t.Fatalf("pgtest: columns: %v", err)
	}
	type column struct {
		Table, Name string
		Bytes       bool
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[column])
	if err != nil {
		t.Fatalf("pgtest: columns: %v", err)
	}
	found := []string{}
	for _, c := range list {
		value := c.Name + "::text"
		if c.Bytes {
			value = "encode(" + c.Name + ", 'escape')"
		}
		var here bool
		err := pool.QueryRow(ctx, fmt.Sprintf(`select exists (select from %s where strpos(lower(%s), lower($1)) > 0)`, c.Table, value), text).Scan(&here)
		if err != nil {
			t.Fatalf("pgtest: look into %s.%s: %v", c.Table, c.Name, err)
		}
		if here {
			found = append(found, c.Table+"."+c.Name)
		}
	}
	return found
}
