package repositories_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/running"
	"github.com/quillium/quillium/repositories"
)

func liveSocket(user app.UserID, since time.Time, chats ...app.ChatID) app.Socket {
	s := app.Socket{
		ID: app.NewID[string](), User: app.Person{ID: user}, SessionID: app.NewID[app.SessionID](), IP: "192.0.2.1",
		UserAgent: "a browser\x00\xff", ChatCount: len(chats), Queued: 3, Since: since,
	}
	for _, chat := range chats {
		s.Chats = append(s.Chats, app.NamedChat{ID: chat})
	}
	return s
}

func TestRosters(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	r := repositories.NewRosterRepository(w.db)
	ada, bob := w.user("Ada"), w.user("Bob")
	first, second := w.room(ada), w.room(ada)
	at := time.Now().UTC().Truncate(time.Microsecond)
	one, two, three := liveSocket(ada, at, first, second), liveSocket(bob, at.Add(time.Second)), liveSocket(ada, at.Add(2*time.Second), second)
	put := func(owner app.Owner, list ...app.Socket) []string {
		ending, err := r.Put(t.Context(), owner, len(list), list)
		require.NoError(t, err)
		return ending
	}
	seen := func(filter running.Filter, page app.PageRequest) ([]app.Socket, *string) {
		list, err := r.Sockets(t.Context(), filter, page)
		require.NoError(t, err)
		return list.Data, list.Pagination.Next
	}
	all := app.PageRequest{Limit: 10}
	put(w.owner, one, two)
	other := w.node()
	put(other, three)
	t.Run("those of all nodes, newest first, each with its chats in order", func(t *testing.T) {
		list, next := seen(running.Filter{}, all)
		require.Nil(t, next)
		require.Equal(t, []string{three.ID, two.ID, one.ID}, []string{list[0].ID, list[1].ID, list[2].ID})
		require.Equal(t, []app.ChatID{first, second}, []app.ChatID{list[2].Chats[0].ID, list[2].Chats[1].ID})
		require.Empty(t, list[1].Chats)
		require.Equal(t, "Ada", list[0].User.Name)
		require.Equal(t, "a browser", list[0].UserAgent)
		require.Equal(t, at, list[2].Since)
	})
	t.Run("page by page", func(t *testing.T) {
		list, next := seen(running.Filter{}, app.PageRequest{Limit: 2})
		require.Len(t, list, 2)
		list, next = seen(running.Filter{}, app.PageRequest{Limit: 2, Cursor: *next})
		require.Nil(t, next)
		require.Equal(t, one.ID, list[0].ID)
	})
	t.Run("by person, address and node", func(t *testing.T) {
		list, _ := seen(running.Filter{Query: "bO"}, all)
		require.Equal(t, two.ID, list[0].ID)
		list, _ = seen(running.Filter{Query: "192.0.2"}, all)
		require.Len(t, list, 3)
		list, _ = seen(running.Filter{Query: "%"}, all)
		require.Empty(t, list)
		list, _ = seen(running.Filter{Node: other.Node}, all)
		require.Len(t, list, 1)
	})
	t.Run("a wish to end one reaches its node, and no other", func(t *testing.T) {
		ended, err := r.EndSocket(t.Context(), two.ID)
		require.NoError(t, err)
		require.Equal(t, bob, ended.User.ID)
		require.Empty(t, put(other, three))
		require.Equal(t, []string{two.ID}, put(w.owner, one, two))
		_, err = r.EndSocket(t.Context(), app.NewID[string]())
		require.ErrorIs(t, err, app.ErrNotFound)
	})
	t.Run("who went is gone, and nothing else", func(t *testing.T) {
		require.Empty(t, put(w.owner, one))
		list, _ := seen(running.Filter{}, all)
		require.Len(t, list, 2)
		require.NoError(t, r.Clear(t.Context(), other.Node))
		list, _ = seen(running.Filter{}, all)
		require.Len(t, list, 1)
	})
	t.Run("what a node told in another life, or long ago, counts for nothing", func(t *testing.T) {
		put(app.Owner{Node: w.owner.Node, Epoch: w.owner.Epoch - 1}, two)
		list, _ := seen(running.Filter{}, all)
		require.Empty(t, list)
		put(w.owner, one)
		list, _ = seen(running.Filter{}, all)
		require.Len(t, list, 1)
		w.do("update rosters set at = now() - interval '1 minute'")
		list, _ = seen(running.Filter{}, all)
		require.Empty(t, list)
	})
}

func TestLivingNodes(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	r := repositories.NewRosterRepository(w.db)
	id := app.NewID[app.NodeID]()
	owner, err := w.nodes.Register(t.Context(), id)
	require.NoError(t, err)
	w.do("update nodes set host = 'here', seen_at = now() - interval '1 minute'")
	list, err := r.Nodes(t.Context())
	require.NoError(t, err)
	require.Empty(t, list, "those that show no life are not listed")
	_, _, err = w.nodes.Flush(t.Context(), owner, nil, nil)
	require.NoError(t, err)
	_, err = r.Put(t.Context(), owner, 7, nil)
	require.NoError(t, err)
	list, err = r.Nodes(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, []string{string(id), "here"}, []string{string(list[0].ID), list[0].Host})
	require.Equal(t, 7, list[0].Sockets)
	require.WithinDuration(t, time.Now(), *list[0].CountedAt, time.Minute)
}

// Ten thousand people are connected: a page of them reads as many rows as it
// shows.
func TestRostersPlan(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	r := repositories.NewRosterRepository(w.db)
	w.do(`insert into users (id, email, email_key, name, password_hash) select gen_random_uuid(), n || '@example.org', n || '@example.org', 'P' || n, 'x' from generate_series(1, 10000) n`)
	w.do(`insert into rosters (node_id, epoch, sockets) values ($1, $2, 10000)`, w.owner.Node, w.owner.Epoch)
	w.do(`insert into sockets (id, node_id, epoch, user_id, session_id, ip, user_agent, stream, chats, chat_count, queued, since)
		select gen_random_uuid(), $1, $2, id, gen_random_uuid(), '192.0.2.1', 'x', false, '{}', 0, 0, now() - random() * interval '1 hour' from users`, w.owner.Node, w.owner.Epoch)
	w.do(`analyze`)
	list, err := r.Sockets(t.Context(), running.Filter{}, app.PageRequest{Limit: 100})
	require.NoError(t, err)
	require.Len(t, list.Data, 100)
	rows, err := w.raw.Query(t.Context(), `explain select s.id from sockets s join nodes n on n.id = s.node_id and n.epoch = s.epoch
		join rosters r on r.node_id = n.id and r.epoch = n.epoch left join users u on u.id = s.user_id order by s.since desc, s.id desc limit 101`)
	require.NoError(t, err)
	var plan strings.Builder
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		plan.WriteString(line + "\n")
	}
	require.NoError(t, rows.Err())
	require.Contains(t, plan.String(), "sockets_since")
	require.NotContains(t, plan.String(), "Seq Scan on sockets")
	require.NotContains(t, plan.String(), "Seq Scan on users")
}
