package bench

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	searchedMessages = 1_000_000
	// slowest is what 95 of 100 searches have to be faster than.
	slowest = 150 * time.Millisecond
	asked   = 40
)

// BenchmarkSearch looks for words in a million messages of 20,000 chats and
// 2,000 people, as somebody who is in 500 of the chats: 25,000 messages, each
// in another place of the disk.
func BenchmarkSearch(b *testing.B) {
	database := newDatabase(b)
	server, _ := quillium(b, outside(b, database)...)
	ada := join(b, server, "ada")
	fillSearch(b, database, ada.id)
	var all []time.Duration
	for _, kind := range []struct{ name, typed string }{
		{"a word in most messages", "ing"},
		{"a word in every twentieth", "stetri"},
		{"a word in every hundredth", "velpraramram"},
		{"a rare word", "rarissimo3000"},
		{"a part of rare words", "arissi"},
		{"a phrase", `"stetri gusho"`},
		{"three words", "stetri gusho mel"},
		{"a word that is nowhere", "xylophone"},
		{"groups of letters that are never together", "ingshoall"},
		{"a word of two letters", "ha"},
	} {
		times := make([]time.Duration, asked)
		for i := range times {
			began := time.Now()
			ada.call(b, "GET", "/search?q="+url.QueryEscape(kind.typed), nil, nil)
			times[i] = time.Since(began)
		}
		told("  search, "+kind.name, "p50 %v, p95 %v", percentile(times, 50).Round(time.Millisecond/10), percentile(times, 95).Round(time.Millisecond/10))
		all = append(all, times...)
	}
	within(b, fmt.Sprintf("search in %d messages, p95", searchedMessages), slowest, percentile(all, 95))
}

// fillSearch makes people, chats and messages of made-up words, common ones
// far commoner than rare ones. Indexes and foreign keys come last: that is
// several times faster.
func fillSearch(b *testing.B, database, reader string) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), database)
	require.NoError(b, err)
	defer func() { _ = conn.Close(b.Context()) }()
	began := time.Now()
	do := func(sql string, args ...any) {
		_, err := conn.Exec(b.Context(), sql, args...)
		require.NoError(b, err, sql)
	}
	bulk(b, conn, func() {
		do(searchWords)
		do(`create temp table sentences as
		select x.n, string_agg(w, ' ' order by place) as text
		from (select n, place, 1 + floor(30000 * power(random(), 4))::int as r from generate_series(1, 60000) n cross join lateral generate_series(1, 4 + n % 13) place) x
		join words on words.n = x.r group by x.n`)
		do(`insert into users (id, email, email_key, name, password_hash)
		select ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, i || '@example.org', i || '@example.org', 'Person ' || i, '' from generate_series(0, 1999) i`)
		do(`insert into chats (id, title, last_seq, rev, updated_at)
		select ('00000000-0000-7001-8000-' || lpad(i::text, 12, '0'))::uuid, 'Chat ' || i, 50, 51, now() - make_interval(secs => i) from generate_series(0, 19999) i`)
		do(`insert into members (chat_id, user_id, role, rev)
		select id, ('00000000-0000-7000-8000-' || lpad((right(id::text, 12)::int % 2000)::text, 12, '0'))::uuid, 'owner', 1 from chats where title like 'Chat %'
		union all
		select id, $1::uuid, 'editor', 1 from chats where title like 'Chat %' and right(id::text, 12)::int % 40 = 0`, reader)
		do(`insert into messages (id, chat_id, seq, rev, role, author_id, content, status, created_at)
		select ('0190' || lpad(to_hex(i), 8, '0') || '70008000000000000000')::uuid,
			('00000000-0000-7001-8000-' || lpad((i % 20000)::text, 12, '0'))::uuid, 1 + i / 20000, 2 + i / 20000, 'user',
			('00000000-0000-7000-8000-' || lpad((i % 2000)::text, 12, '0'))::uuid,
			a.text || '. ' || z.text || case when i % 1000 = 0 then ' rarissimo' || i % 7000 else '' end, 'complete', now() - make_interval(secs => $1 - i)
		from generate_series(0, $1 - 1) i
		join sentences a on a.n = 1 + (i::bigint * 7919) % 60000 join sentences z on z.n = 1 + (i::bigint * 104729) % 60000 order by i`, searchedMessages)
	})
	var size, table string
	require.NoError(b, conn.QueryRow(b.Context(), `select pg_size_pretty(pg_relation_size('messages_parts')), pg_size_pretty(pg_table_size('messages'))`).Scan(&size, &table))
	told("a million messages", "made in %v; %s, the index of parts %s", time.Since(began).Round(time.Second), table, size)
}

// searchWords are 30,000 words of one to four syllables.
const searchWords = `
create temp table words as
with syllables as (
	select row_number() over () - 1 as k, s from unnest(array['ba', 'ke', 'li', 'mo', 'nu', 'pra', 'ste', 'tri', 'fo', 'gu', 'ha', 'jen', 'dar', 'vel', 'wis',
		'zon', 'cha', 'sho', 'qui', 'ram', 'tes', 'mel', 'nor', 'ing', 'ent', 'ost', 'all', 'ure', 'ick', 'ond']) s
)
select n, string_agg(s, '' order by p) as w
from (select n, p, s from generate_series(1, 30000) n cross join lateral generate_series(1, 1 + n % 4) p
	join syllables on k = (hashint4(n * 7 + p) & 1048575) % 30) x group by n`
