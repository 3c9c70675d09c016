package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/app/secret"
)

// jwtSecret is that of every server whose database is not its own.
var jwtSecret = strings.Repeat("j", 32)

// crowd makes accounts that are signed in, without the time that passwords
// take: rows and tokens are those that signing in makes.
func crowd(b *testing.B, database string, server *process, count int) []*person {
	b.Helper()
	people := make([]*person, count)
	ids := make([]app.UserID, count)
	for i := range people {
		ids[i] = app.NewID[app.UserID]()
		people[i] = &person{server: server, id: string(ids[i]), email: string(ids[i]) + "@example.org"}
	}
	do(b, database, `insert into users (id, email, email_key, name, password_hash)
		select id, id || '@example.org', id || '@example.org', 'Person ' || n, '' from unnest($1::uuid[]) with ordinality as p(id, n)`, ids)
	enter(b, database, people)
	return people
}

// enter gives people a session and an access token each.
func enter(b *testing.B, database string, people []*person) {
	b.Helper()
	key, err := secret.Derive(jwtSecret, secret.LabelAccessToken)
	require.NoError(b, err)
	signer := auth.NewSigner(key, nil)
	var users, sessions []string
	for _, p := range people {
		session := app.NewID[app.SessionID]()
		users, sessions = append(users, p.id), append(sessions, string(session))
		p.access, err = signer.Sign(app.UserID(p.id), session, time.Now(), time.Hour)
		require.NoError(b, err)
	}
	do(b, database, `insert into sessions (id, user_id, device, ip, expires_at)
		select s, u, 'Firefox on Linux', '127.0.0.1', now() + interval '7 days' from unnest($1::uuid[], $2::uuid[]) as n(s, u)`, sessions, users)
}

// rooms makes chats with these members; without a model nobody answers.
func rooms(b *testing.B, database, model string, groups [][]*person) []string {
	b.Helper()
	policy := "never"
	if model != "" {
		policy = "always"
	}
	var ids, chats, members []string
	var counts []int
	for _, group := range groups {
		id := string(app.NewID[app.ChatID]())
		ids, counts = append(ids, id), append(counts, len(group))
		for _, p := range group {
			chats, members = append(chats, id), append(members, p.id)
		}
	}
	do(b, database, `insert into chats (id, title, model, reply_policy, reply_policy_set, member_count)
		select id, 'Room ' || n, $2, $3, true, members from unnest($1::uuid[], $4::int[]) with ordinality as c(id, members, n)`, ids, model, policy, counts)
	do(b, database, `insert into members (chat_id, user_id, role, rev)
		select c, u, case when row_number() over (partition by c order by n) = 1 then 'owner' else 'editor' end, 1
		from unnest($1::uuid[], $2::uuid[]) with ordinality as m(c, u, n)`, chats, members)
	return ids
}

// furnish puts so many messages of so many bytes into chats that have none.
func furnish(b *testing.B, database string, chats []string, messages, length int) {
	b.Helper()
	do(b, database, `insert into messages (id, chat_id, seq, rev, role, author_id, content, status)
		select gen_random_uuid(), c.id, n, n + 1, 'user', (select user_id from members m where m.chat_id = c.id limit 1),
			rpad('Message ' || n || ' of many', $3::int, ' as people write them'), 'complete'
		from chats c cross join generate_series(1, $2::int) n where c.id = any($1::uuid[])`, chats, messages, length)
	do(b, database, `update chats set last_seq = $2::int, rev = $2::int + 1 where id = any($1::uuid[])`, chats, messages)
}

// do runs one statement past the server.
func do(b *testing.B, database, sql string, args ...any) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), database)
	require.NoError(b, err)
	defer func() { _ = conn.Close(b.Context()) }()
	_, err = conn.Exec(b.Context(), sql, args...)
	require.NoError(b, err, sql)
}

// split deals people into groups of one size, in order.
func split(b *testing.B, people []*person, size int) (groups [][]*person) {
	b.Helper()
	require.Zero(b, len(people)%size, fmt.Sprintf("%d people in groups of %d", len(people), size))
	for ; len(people) > 0; people = people[size:] {
		groups = append(groups, people[:size])
	}
	return groups
}
