package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/repositories/pgtest"
)

func TestTraces(t *testing.T) {
	t.Parallel()
	pool, err := pgxpool.New(t.Context(), pgtest.Empty(t))
	require.NoError(t, err)
	defer pool.Close()
	_, err = pool.Exec(t.Context(), `
		create schema "Other";
		create table "Other"."A Table" (n int, raw bytea, "A Column" jsonb, words tsvector, id uuid, list text[]);
		insert into "Other"."A Table" values (1, 'a needle', '{"deep": ["a NEEDLE"]}', to_tsvector('simple', 'some needles'),
			'01234567-89ab-cdef-0123-456789abcdef', '{a,needle}');
		create table sampled (t text);
		insert into sampled select 'a needle' from generate_series(1, 10);
		analyze sampled;
		delete from sampled`)
	require.NoError(t, err)
	require.Equal(t, []string{
		`"Other"."A Table"."A Column"`, `"Other"."A Table".list`, `"Other"."A Table".raw`, `"Other"."A Table".words`,
		"pg_catalog.pg_stats.most_common_vals",
	}, pgtest.Traces(t, pool, "Needle"))
	require.Equal(t, []string{`"Other"."A Table".id`}, pgtest.Traces(t, pool, "89AB-cdef"))
	require.Empty(t, pgtest.Traces(t, pool, "haystack"))
}
