package server_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/running"
)

// socketsOf are the connections of one person, as an administrator sees them.
func (w *world) socketsOf(t *testing.T, admin, who *person) running.Sockets {
	t.Helper()
	var list running.Sockets
	w.want(t, 200, admin, "GET /admin/sockets?q="+url.QueryEscape(who.email), "").into(t, &list)
	return list
}

// runningOf is what runs in a chat, as an administrator sees it.
func (w *world) runningOf(t *testing.T, admin *person, chat string) (found []app.RunningAnswer) {
	t.Helper()
	var list app.Page[app.RunningAnswer]
	w.want(t, 200, admin, "GET /admin/answers?limit=100", "").into(t, &list)
	for _, a := range list.Data {
		if string(a.Chat.ID) == chat {
			found = append(found, a)
		}
	}
	return found
}

func testRunning(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Bob")
	eve := w.signIn(t, "admin@example.org")
	s.people["Eve"], s.names["nothing"] = eve, app.NewID[string]()
	s.play(t, []row{
		{name: "sockets are not for people", as: "Ada", call: "GET /admin/sockets", status: 403},
		{name: "nor their end", as: "Ada", call: "DELETE /admin/sockets/{nothing}", status: 403},
		{name: "nor are answers of others", as: "Ada", call: "GET /admin/answers", status: 403},
		{name: "nor their end", as: "Ada", call: "DELETE /admin/answers/{nothing}", status: 403},
		{name: "a node that is none", as: "Eve", call: "GET /admin/sockets?node=there", status: 400, has: []string{`"field":"node"`}},
		{name: "a node that nobody knows has no sockets", as: "Eve", call: "GET /admin/sockets?node={nothing}", status: 200, has: []string{`"data":[]`}},
		{name: "a page that is none", as: "Eve", call: "GET /admin/answers?cursor=x", status: 400},
		{name: "a socket that is gone", as: "Eve", call: "DELETE /admin/sockets/{nothing}", status: 404},
		{name: "an answer that does not run", as: "Eve", call: "DELETE /admin/answers/{nothing}", status: 404},
	})
	t.Run("a socket is seen with who, from where, what it follows, and since when", func(t *testing.T) {
		t.Parallel()
		cyd := w.join(t, "Cyd")
		chat := w.open(t, cyd, "A title")
		socket := w.subscribe(t, cyd, chat)
		list := w.socketsOf(t, eve, cyd)
		require.Len(t, list.Data, 1)
		seen := list.Data[0]
		require.Equal(t, app.Person{ID: app.UserID(cyd.id), Name: "Cyd"}, seen.User)
		require.Equal(t, "127.0.0.1", seen.IP)
		require.Equal(t, []app.NamedChat{{ID: app.ChatID(chat), Title: "A title"}}, seen.Chats)
		require.Equal(t, 1, seen.ChatCount)
		require.WithinDuration(t, time.Now(), seen.Since, time.Minute)
		require.Len(t, list.Nodes, 1)
		require.Equal(t, list.Nodes[0].ID, seen.Node)
		require.NotNil(t, list.Nodes[0].CountedAt)
		require.Positive(t, list.Nodes[0].Sockets)
		t.Run("and ended: it may come back, and there is a record", func(t *testing.T) {
			w.want(t, 204, eve, "DELETE /admin/sockets/"+seen.ID, "")
			endsWith(t, socket, 5*time.Second, 4001)
			w.subscribe(t, cyd, chat)
			require.True(t, w.holds(t, "select from audit_events where action = 'socket.ended' and target = $1 and actor_id = $2 and details->>'session_id' = $3",
				cyd.id, eve.id, string(seen.SessionID)))
			require.Eventually(t, func() bool {
				list := w.socketsOf(t, eve, cyd)
				return len(list.Data) == 1 && list.Data[0].ID != seen.ID
			}, 10*time.Second, 50*time.Millisecond)
		})
	})
	t.Run("a running answer is seen without what it says, and ended; what came stays", func(t *testing.T) {
		t.Parallel()
		bob := s.people["Bob"]
		chat := w.open(t, bob, "Tales")
		_, answer := w.asked(t, bob, chat, "hold")
		w.becomes(t, bob, chat, answer, func(m app.Message) bool { return m.Content != "" })
		var seen []app.RunningAnswer
		require.Eventually(t, func() bool {
			seen = w.runningOf(t, eve, chat)
			return len(seen) == 1 && seen[0].Bytes > 0
		}, 10*time.Second, 20*time.Millisecond)
		require.Equal(t, app.MessageID(answer), seen[0].ID)
		require.Equal(t, app.NamedChat{ID: app.ChatID(chat), Title: "Tales"}, seen[0].Chat)
		require.Equal(t, &app.Person{ID: app.UserID(bob.id), Name: "Bob"}, seen[0].Asker)
		require.Equal(t, "hold", seen[0].Model)
		require.NotNil(t, seen[0].Node)
		w.want(t, 204, eve, "DELETE /admin/answers/"+answer, "")
		m := w.becomes(t, bob, chat, answer, func(m app.Message) bool { return m.Status == app.StatusStopped })
		require.NotEmpty(t, m.Content)
		w.want(t, 404, eve, "DELETE /admin/answers/"+answer, "")
		require.Equal(t, int64(1), w.number(t, "select count(*) from audit_events where action = 'answer.stopped' and target = $1", answer))
	})
	t.Run("one that waits for its turn ends at once", func(t *testing.T) {
		t.Parallel()
		dan := w.join(t, "Dan")
		chat := w.open(t, dan, "Many tales")
		var last string
		for range 3 + 1 {
			_, last = w.asked(t, dan, chat, "hold")
		}
		require.Len(t, w.runningOf(t, eve, chat), 3+1)
		w.want(t, 204, eve, "DELETE /admin/answers/"+last, "")
		require.Len(t, w.runningOf(t, eve, chat), 3)
	})
}

// Sockets of all nodes are seen at any, and ended from any.
func TestRunningElsewhere(t *testing.T) {
	t.Parallel()
	nodes := worldOf(t, 2, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
	here, there := nodes[0], nodes[1]
	eve, ada := here.signIn(t, "admin@example.org"), there.join(t, "Ada")
	socket := there.subscribe(t, ada, there.open(t, ada, "Far away"))
	var list running.Sockets
	require.Eventually(t, func() bool {
		list = here.socketsOf(t, eve, ada)
		return len(list.Data) == 1
	}, 10*time.Second, 50*time.Millisecond)
	require.Len(t, list.Nodes, 2)
	here.want(t, 204, eve, "DELETE /admin/sockets/"+list.Data[0].ID, "")
	endsWith(t, socket, 5*time.Second, 4001)
	t.Run("what is not there any more is not shown", func(t *testing.T) {
		require.NoError(t, there.close())
		require.Eventually(t, func() bool { return len(here.socketsOf(t, eve, ada).Data) == 0 }, 10*time.Second, 50*time.Millisecond)
	})
}
