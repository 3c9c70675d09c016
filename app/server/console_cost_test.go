package server_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server/contract"
	"github.com/quillium/quillium/public"
	"github.com/quillium/quillium/routes"
)

// A page of the console may cost so many statements, who is asking included.
const mostQueries = 5

// grown are the tables that grow with an instance: no page may read all of one.
var grown = []string{"users", "sessions", "chats", "members", "messages", "message_versions", "audit_events", "refresh_tokens"}

// TestConsoleCost opens every page of the console at 10,000 users and 100,000
// messages. A page that is not in routes.Table is not a page.
func TestConsoleCost(t *testing.T) {
	t.Parallel()
	c, err := contract.Load([]byte(public.OpenAPI()))
	require.NoError(t, err)
	w := boot(t, c, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
	populate(t, w)
	b := w.atConsole(t, "admin@example.org")
	pages := consolePages()
	require.NotEmpty(t, pages)
	before := w.scans(t)
	const visits = 5
	for _, path := range pages {
		for range visits {
			got := b.get(t, path)
			require.Equal(t, 200, got.status, path)
			require.LessOrEqual(t, w.log.queriesOf(got.head.Get("X-Request-ID")), mostQueries, "%s asks the database too often", path)
		}
	}
	after := w.scans(t)
	for _, table := range grown {
		require.Less(t, after[table]-before[table], int64(visits), "a page reads the whole table %s", table)
	}
}

// consolePages are the pages that need nothing in their address, and what one
// does on them most.
func consolePages() (paths []string) {
	for _, route := range routes.Table(routes.Handlers{}) {
		if route.Who == routes.Console && route.Method == "GET" && !strings.Contains(route.Path, ":") {
			paths = append(paths, route.Path)
		}
	}
	for _, asked := range []string{"/admin?range=30d", "/admin/users?q=person", "/admin/users?q=person.77@", "/admin/chats?q=room", "/admin/running?q=person", "/admin/logs?q=failed&range=7d", "/admin/logs?here=true"} {
		if page, _, _ := strings.Cut(asked, "?"); slices.Contains(paths, page) {
			paths = append(paths, asked)
		}
	}
	return paths
}

// populate fills a world with people who talk.
func populate(t *testing.T, w *world) {
	t.Helper()
	w.sql(t, `insert into users (id, email, email_key, name, password_hash)
		select ('0197a3b1-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'person.' || n || '@example.org', 'person.' || n || '@example.org', 'Person ' || n, ''
		from generate_series(1, 10000) n`)
	w.sql(t, `insert into sessions (id, user_id, device, ip, expires_at)
		select gen_random_uuid(), id, 'Firefox', '127.0.0.1', now() + interval '7 days' from users where email like 'person%'`)
	w.sql(t, `insert into chats (id, title, last_seq, rev, member_count)
		select ('0197a3b2-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Room ' || n, 50, 51, 2 from generate_series(1, 2000) n`)
	w.sql(t, `insert into members (chat_id, user_id, role, rev)
		select ('0197a3b2-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, ('0197a3b1-0000-7000-8000-' || lpad((n + 2000 * k)::text, 12, '0'))::uuid,
			case k when 0 then 'owner' else 'editor' end, 1 from generate_series(1, 2000) n, generate_series(0, 1) k`)
	w.sql(t, `insert into messages (id, chat_id, seq, rev, role, author_id, content, status)
		select ('0197a3b3-0000-7000-8000-' || lpad((50 * n + k)::text, 12, '0'))::uuid, ('0197a3b2-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, k, k + 1, 'user',
			('0197a3b1-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'message ' || k || ' of ' || n, 'complete'
		from generate_series(1, 2000) n, generate_series(1, 50) k`)
	w.sql(t, `insert into audit_events (id, at, action, actor_id, target)
		select ('0197a3b4-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, now() - n * interval '1 minute', 'session.started',
			('0197a3b1-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, '' from generate_series(1, 10000) n`)
	require.Eventually(t, func() bool {
		unsealed := true
		err := w.db.QueryRow(t.Context(), `select exists (select from audit_events where seq is null)`).Scan(&unsealed)
		return err == nil && !unsealed
	}, time.Minute, 100*time.Millisecond, "the events are not sealed")
	w.sql(t, `vacuum analyze`)
}

// scans tells how often each table was read from end to end, once the
// statistics of everybody have arrived.
func (w *world) scans(t *testing.T) map[string]int64 {
	t.Helper()
	time.Sleep(11 * time.Second) // an idle backend tells its own after ten seconds (PGSTAT_IDLE_INTERVAL)
	rows, err := w.db.Query(t.Context(), `select relname::text, seq_scan from pg_stat_user_tables`)
	require.NoError(t, err)
	counts := map[string]int64{}
	var table string
	var count int64
	_, err = pgx.ForEachRow(rows, []any{&table, &count}, func() error {
		counts[table] = count
		return nil
	})
	require.NoError(t, err)
	return counts
}

// tallies keeps what each request cost, by its id.
type tallies struct {
	mu   sync.Mutex
	cost map[string]int
}

var tallied = regexp.MustCompile(`request_id=(\S+) .*queries=(\d+)`)

func (a *tallies) note(line []byte) {
	found := tallied.FindSubmatch(line)
	if found == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cost == nil {
		a.cost = map[string]int{}
	}
	a.cost[string(found[1])], _ = strconv.Atoi(string(found[2])) // the pattern has digits only
}

// queriesOf is how many statements a request took; a line that never came is
// far too many.
func (l *watchedLog) queriesOf(request string) int {
	const never = 1 << 20
	for range 100 {
		l.tallies.mu.Lock()
		cost, known := l.tallies.cost[request]
		l.tallies.mu.Unlock()
		if known {
			return cost
		}
		time.Sleep(10 * time.Millisecond)
	}
	return never
}
