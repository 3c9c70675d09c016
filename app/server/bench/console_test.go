package bench

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	consoleUsers, consoleChats, consoleMessages = 100_000, 50_000, 5_000_000
	// slowestPage is what the middle one of some visits may take.
	slowestPage = 20 * time.Millisecond
	visits      = 21
)

// BenchmarkConsole opens each page of the console, and some with what one
// looks for, in an instance with 100,000 accounts and 5,000,000 messages.
func BenchmarkConsole(b *testing.B) {
	database, whole := keptDatabase(b, "console")
	server, _ := quillium(b, append(outside(b, database), "ADMIN_EMAIL=admin@example.org", "ADMIN_PASSWORD="+password)...)
	fillConsole(b, database)
	whole()
	admin := &person{server: server, email: "admin@example.org"}
	admin.signIn(b)
	told("console", "%d accounts, %d chats, %d messages", consoleUsers, consoleChats, consoleMessages)
	for _, page := range []string{
		"/admin", "/admin?range=30d", "/admin/users", "/admin/users?sort=name", "/admin/users?sort=seen&desc=true", "/admin/users?q=person+77", "/admin/users?q=no-one",
		"/admin/users?role=admin", "/admin/users?id=" + admin.id, "/admin/chats", "/admin/chats?q=room+77", "/admin/chats?sort=size", "/admin/models",
		"/admin/running", "/admin/jobs", "/admin/backups", "/admin/logs", "/admin/audit", "/admin/settings", "/admin/system", "/admin/invites",
	} {
		times := make([]time.Duration, visits)
		for i := range times {
			times[i] = admin.visit(b, page)
		}
		within(b, "  "+page, slowestPage, median(times))
	}
}

// visit opens a page as a script does, and tells how long it took.
func (p *person) visit(b *testing.B, page string) time.Duration {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://"+p.server.address+page, nil)
	require.NoError(b, err)
	request.Header.Set("Authorization", "Bearer "+p.access)
	request.Header.Set("Accept", "text/html")
	began := time.Now()
	answer, err := http.DefaultClient.Do(request)
	require.NoError(b, err)
	text, err := io.ReadAll(answer.Body)
	took := time.Since(began)
	require.NoError(b, err)
	require.NoError(b, answer.Body.Close())
	require.Equal(b, http.StatusOK, answer.StatusCode, page)
	require.Contains(b, string(text), "</html>")
	return took
}

// fillConsole makes accounts, chats and messages, unless they are there.
func fillConsole(b *testing.B, database string) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), database)
	require.NoError(b, err)
	defer func() { _ = conn.Close(b.Context()) }()
	filled := false
	require.NoError(b, conn.QueryRow(b.Context(), `select exists (select from chats)`).Scan(&filled))
	if filled {
		return
	}
	began := time.Now()
	run := func(sql string, args ...any) {
		_, err := conn.Exec(b.Context(), sql, args...)
		require.NoError(b, err, sql)
	}
	bulk(b, conn, func() {
		run(`insert into users (id, email, email_key, name, password_hash, seen_at)
			select ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 'person.' || i || '@example.org', 'person.' || i || '@example.org', 'Person ' || i, '',
				now() - make_interval(mins => i) from generate_series(1, $1::int) i`, consoleUsers)
		run(`insert into chats (id, title, last_seq, rev, member_count, updated_at)
			select ('00000000-0000-7001-8000-' || lpad(i::text, 12, '0'))::uuid, 'Room ' || i, 100, 101, 2, now() - make_interval(mins => i) from generate_series(1, $1::int) i`, consoleChats)
		run(`insert into members (chat_id, user_id, role, rev)
			select ('00000000-0000-7001-8000-' || lpad(i::text, 12, '0'))::uuid, ('00000000-0000-7000-8000-' || lpad((i + k * $1::int)::text, 12, '0'))::uuid,
				case k when 0 then 'owner' else 'editor' end, 1 from generate_series(1, $1::int) i, generate_series(0, 1) k`, consoleChats)
		run(`insert into messages (id, chat_id, seq, rev, role, author_id, content, status)
			select ('0190' || lpad(to_hex(i), 8, '0') || '70008000000000000000')::uuid, ('00000000-0000-7001-8000-' || lpad((1 + i % $2::int)::text, 12, '0'))::uuid,
				1 + i / $2::int, 2 + i / $2::int, 'user', ('00000000-0000-7000-8000-' || lpad((1 + i % $2::int)::text, 12, '0'))::uuid, 'What was said as number ' || i, 'complete'
			from generate_series(0, $1::int - 1) i`, consoleMessages, consoleChats)
	})
	run(`insert into chat_figures (chat_id, rev, active_at, bytes) select id, rev, updated_at, 3000 from chats on conflict do nothing`)
	run(`vacuum analyze chat_figures`)
	told("5,000,000 messages", "made in %v", time.Since(began).Round(time.Second))
}
