package repositories_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/assistant"
	"github.com/quillium/quillium/app/realtime"
	"github.com/quillium/quillium/repositories"
)

func TestPresence(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := newRooms(t)
	ada, id := w.pair()
	bob, eve, left := w.user("Bob"), w.user("Eve"), w.user("Leo")
	w.join(id, bob, app.MemberViewer)
	w.join(id, left, app.MemberViewer)
	w.do(`update members set removed_at = now() where user_id = $1`, left)
	here, there := w.owner, w.node()
	kept := repositories.NewPresenceRepository(w.db)
	seat := func(chat app.ChatID, user app.UserID, online bool) realtime.Seat {
		return realtime.Seat{Place: realtime.Place{Chat: chat, User: user}, Online: online}
	}
	seats := func(users []app.UserID, chats ...app.ChatID) []realtime.Seat {
		list, err := kept.Seats(ctx, users, chats)
		require.NoError(t, err)
		return list
	}
	require.NoError(t, kept.Put(ctx, here, []app.UserID{ada, left}))
	require.NoError(t, kept.Change(ctx, there, []app.UserID{ada, eve}, []app.UserID{bob}))
	on, anywhere, err := kept.Present(ctx, here)
	require.NoError(t, err)
	require.ElementsMatch(t, []app.UserID{ada, left}, on)
	require.ElementsMatch(t, []app.UserID{ada, left, ada, eve}, anywhere)
	require.ElementsMatch(t, []realtime.Seat{seat(id, ada, true), seat(id, bob, false), seat("", eve, true), seat("", left, true)},
		seats([]app.UserID{ada, bob, eve, left}), "every chat of a user, and a word of those who are in none")
	require.Equal(t, []realtime.Seat{seat(id, ada, true)}, seats(nil, id), "the members of a chat who are online")

	require.NoError(t, kept.Change(ctx, here, []app.UserID{ada, bob}, []app.UserID{left}), "who is there already is no error")
	require.ElementsMatch(t, []realtime.Seat{seat(id, ada, true), seat(id, bob, true)}, seats(nil, id))

	again, err := w.nodes.Register(ctx, here.Node)
	require.NoError(t, err)
	require.Equal(t, []realtime.Seat{seat(id, ada, true)}, seats(nil, id), "rows of an epoch that is past count for nothing")
	require.NoError(t, kept.Change(ctx, here, []app.UserID{bob}, nil))
	require.Equal(t, []realtime.Seat{seat(id, ada, true)}, seats(nil, id), "nothing is stored under one")
	require.NoError(t, kept.Put(ctx, again, []app.UserID{bob}))
	require.Equal(t, 1, w.count(`select count(*) from presence where node_id = $1`, here.Node))

	beats, err := w.nodes.Beats(ctx)
	require.NoError(t, err)
	require.Len(t, beats, 2, "nodes with people are looked after like those with answers")
	w.do(`update nodes set started_at = now() - interval '2 days'`)
	require.NoError(t, w.nodes.Forget(ctx, here.Node))
	require.Equal(t, 2, w.count(`select count(*) from nodes`), "and not forgotten")
	buried, err := w.nodes.Bury(ctx, assistant.Beat{Node: there.Node, Epoch: there.Epoch})
	require.NoError(t, err)
	require.True(t, buried)
	require.Equal(t, []realtime.Seat{seat(id, bob, true)}, seats(nil, id))
	require.Zero(t, w.count(`select count(*) from presence where node_id = $1`, there.Node))
	buried, err = w.nodes.Bury(ctx, assistant.Beat{Node: there.Node, Epoch: there.Epoch})
	require.NoError(t, err)
	require.False(t, buried)
}

func TestWhispers(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	ada, id := w.pair()
	left := w.user("Leo")
	w.join(id, left, app.MemberViewer)
	w.do(`update members set last_read_seq = 7`)
	w.do(`update members set removed_at = now() where user_id = $1`, left)
	marks, err := w.snaps.Marks(t.Context(), []realtime.Place{{Chat: id, User: ada}, {Chat: id, User: left}, {Chat: app.NewID[app.ChatID](), User: ada}})
	require.NoError(t, err)
	require.Equal(t, []realtime.Read{{ChatID: id, UserID: ada, Seq: 7}}, marks)
	names, err := w.snaps.Names(t.Context(), []app.UserID{ada, left, app.NewID[app.UserID]()})
	require.NoError(t, err)
	require.Equal(t, map[app.UserID]string{ada: "Ada", left: "Leo"}, names)
}

// However many chats, members and people there are, only those that were asked
// for are read.
func TestPresencePlans(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	w.do(`insert into chats (id, title) select gen_random_uuid(), 'Chat' from generate_series(1, 3000)`)
	w.do(`insert into members (chat_id, user_id, role, rev) select id, gen_random_uuid(), 'owner', 1 from chats, generate_series(1, 10)`)
	w.do(`insert into presence (node_id, epoch, user_id) select $1, 1, user_id from members`, w.owner.Node)
	w.do(`vacuum analyze`)
	for name, of := range map[string]struct{ statement, types, args string }{
		"inboxes": {repositories.Inboxes, "uuid[], uuid[], uuid[], uuid[]", `array['` + string(id) + `'::uuid], array['` + string(user) + `'::uuid], '{}', '{}'`},
		"seats":   {repositories.TakeSeat, "uuid[], uuid[]", `array['` + string(user) + `'::uuid], array['` + string(id) + `'::uuid]`},
		"marks":   {repositories.Marks, "uuid[], uuid[]", `array['` + string(id) + `'::uuid], array['` + string(user) + `'::uuid]`},
	} {
		for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
			t.Run(name+" "+mode, func(t *testing.T) {
				conn, err := w.raw.Acquire(t.Context())
				require.NoError(t, err)
				defer conn.Release()
				for _, text := range []string{`set plan_cache_mode = ` + mode, `prepare ` + name + mode + ` (` + of.types + `) as ` + of.statement} {
					_, err = conn.Exec(t.Context(), text)
					require.NoError(t, err)
				}
				rows, err := conn.Query(t.Context(), `explain execute `+name+mode+` (`+of.args+`)`, pgx.QueryExecModeSimpleProtocol)
				require.NoError(t, err)
				lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
				require.NoError(t, err)
				for _, table := range []string{"members", "chats", "presence"} {
					require.NotContains(t, strings.Join(lines, "\n"), "Seq Scan on "+table)
				}
			})
		}
	}
}
