package server_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server/contract"
	"github.com/quillium/quillium/public"
	"github.com/quillium/quillium/repositories/pgtest"
)

// hint is how soon what one node did is known on another: well before it would
// look by itself.
const hint = time.Second

// worldOf starts so many servers on one database, and gives back when each of
// them hears the others.
func worldOf(t *testing.T, n int, env ...string) []*world {
	t.Helper()
	c, err := contract.Load([]byte(public.OpenAPI()))
	require.NoError(t, err)
	database := pgtest.URL(t)
	nodes := make([]*world, n)
	for i := range nodes {
		nodes[i] = bootOn(t, c, database, nil, append([]string{"QUILLIUM_AUTODETECT", "off"}, env...)...)
	}
	for i := range nodes {
		nodes[i].untilListening(t, n)
	}
	return nodes
}

// listeners are the connections on which nodes hear each other.
const listeners = `select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen %'`

func (w *world) untilListening(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		var count int
		return w.db.QueryRow(t.Context(), listeners).Scan(&count) == nil && count == n
	}, 10*time.Second, 5*time.Millisecond, "every node listens")
}

// subscribe opens a socket that follows a chat.
func (w *world) subscribe(t *testing.T, who *person, chat string) *websocket.Conn {
	t.Helper()
	socket := w.dial(t, who, "/api/v1/ws")
	require.NoError(t, socket.WriteMessage(websocket.TextMessage, []byte(`{"type":"subscribe","id":"s","data":{"chats":[{"chat_id":"`+chat+`"}]}}`)))
	hears(t, socket, `"type":"subscribed"`)
	return socket
}

// within is hears for what has to come soon.
func within(t *testing.T, socket *websocket.Conn, soon time.Duration, text string) {
	t.Helper()
	require.NoError(t, socket.SetReadDeadline(time.Now().Add(soon)))
	hears(t, socket, text)
}

// endsWith reads until the socket is closed, which has to be soon.
func endsWith(t *testing.T, socket *websocket.Conn, soon time.Duration, code int) {
	t.Helper()
	require.NoError(t, socket.SetReadDeadline(time.Now().Add(soon)))
	for {
		_, _, err := socket.ReadMessage()
		if err == nil {
			continue
		}
		var closed *websocket.CloseError
		require.True(t, errors.As(err, &closed), "%v", err)
		require.Equal(t, code, closed.Code)
		return
	}
}

// TestNodes has two servers on one database.
func TestNodes(t *testing.T) {
	t.Parallel()
	nodes := worldOf(t, 2, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
	here, there := nodes[0], nodes[1]
	t.Run("a post here reaches those who follow the chat there", func(t *testing.T) {
		t.Parallel()
		ada := here.join(t, "Ada")
		chat := here.open(t, ada, "far")
		socket := there.subscribe(t, ada, chat)
		for i := range 20 {
			text := "word " + strconv.Itoa(i)
			here.say(t, ada, chat, text)
			within(t, socket, hint, text)
		}
	})
	t.Run("a session that is ended here closes its socket there", func(t *testing.T) {
		t.Parallel()
		ada := here.join(t, "Ada")
		socket := there.dial(t, ada, "/api/v1/ws")
		hears(t, socket, `"type":"welcome"`)
		here.want(t, 204, ada, "POST /auth/logout", "")
		endsWith(t, socket, hint, 4001)
	})
	t.Run("an answer that runs here grows there", func(t *testing.T) {
		t.Parallel()
		ada := here.join(t, "Ada")
		chat := here.want(t, 201, ada, "POST /chats", object("title", "answered")).text(t, "id")
		socket := there.subscribe(t, ada, chat)
		here.say(t, ada, chat, "How do I connect Ollama?")
		within(t, socket, 2*hint, `"type":"delta"`)
		require.NoError(t, socket.SetReadDeadline(time.Now().Add(time.Minute)))
		hears(t, socket, `"status":"complete"`)
	})
	t.Run("who shall answer is changed here, and known to who posts there", func(t *testing.T) {
		t.Parallel()
		ada := here.join(t, "Ada")
		chat := here.open(t, ada, "quiet")
		there.say(t, ada, chat, "remembered as quiet")
		here.want(t, 200, ada, "PATCH /chats/"+chat, object("reply_policy", "always"))
		require.Eventually(t, func() bool {
			there.say(t, ada, chat, "is anybody there?")
			return strings.Contains(there.want(t, 200, ada, "GET /chats/"+chat+"/messages", "").body, `"role":"assistant"`)
		}, hint, 50*time.Millisecond)
	})
	t.Run("a member who is shown out here loses the room there", func(t *testing.T) {
		t.Parallel()
		ada, eve := here.join(t, "Ada"), here.join(t, "Eve")
		chat := here.open(t, ada, "ours")
		here.admit(t, chat, eve, "editor")
		socket := there.subscribe(t, eve, chat)
		here.want(t, 204, ada, "DELETE /chats/"+chat+"/members/"+eve.id, "")
		within(t, socket, hint, `"type":"removed"`)
	})
	t.Run("a chat that is deleted here is over there", func(t *testing.T) {
		t.Parallel()
		ada := here.join(t, "Ada")
		chat := here.open(t, ada, "short")
		socket := there.subscribe(t, ada, chat)
		here.want(t, 204, ada, "DELETE /chats/"+chat, "")
		within(t, socket, hint, `"type":"removed"`)
	})
	t.Run("a post here is in the inbox of a member there who does not follow the chat", func(t *testing.T) {
		t.Parallel()
		ada, bob := here.join(t, "Ada"), here.join(t, "Bob")
		chat := here.open(t, ada, "from afar")
		here.admit(t, chat, bob, "viewer")
		socket := there.dial(t, bob, "/api/v1/ws")
		hears(t, socket, `"type":"welcome"`)
		here.say(t, ada, chat, "anybody there?")
		within(t, socket, 3*hint, `"type":"inbox","data":{"chat_id":"`+chat+`","title":"from afar","rev":3,"last_seq":1,"me":{"role":"viewer","unread":1,`)
	})
	t.Run("what somebody pins and reads here his devices know there", func(t *testing.T) {
		t.Parallel()
		ada, bob := here.join(t, "Ada"), here.join(t, "Bob")
		chat := here.open(t, bob, "mine")
		here.admit(t, chat, ada, "viewer")
		here.say(t, bob, chat, "one")
		socket := there.subscribe(t, ada, chat)
		here.want(t, 200, ada, "PATCH /chats/"+chat, `{"pinned":true}`)
		within(t, socket, 3*hint, `"pinned":true`)
		here.want(t, 204, ada, "PUT /chats/"+chat+"/read", `{"seq":1}`)
		within(t, socket, 3*hint, `"unread":0,"last_read_seq":1`)
	})
	t.Run("who types and reads here is told there", func(t *testing.T) {
		t.Parallel()
		ada, bob := here.join(t, "Ada"), here.join(t, "Bob")
		chat := here.open(t, ada, "talk")
		here.admit(t, chat, bob, "editor")
		here.say(t, ada, chat, "hello")
		far, near := there.subscribe(t, ada, chat), here.subscribe(t, bob, chat)
		send(t, near, `{"type":"typing","data":{"chat_id":"`+chat+`"}}`)
		within(t, far, hint, `"type":"typing","data":{"chat_id":"`+chat+`","user":{"id":"`+bob.id+`","name":"Bob"}}`)
		send(t, near, `{"type":"read","data":{"chat_id":"`+chat+`","seq":1}}`)
		within(t, far, hint, `"type":"read","data":{"chat_id":"`+chat+`","user_id":"`+bob.id+`","seq":1}`)
	})
	t.Run("who is connected here is online there, until a while after he went", func(t *testing.T) {
		t.Parallel()
		ada, bob, eve := here.join(t, "Ada"), here.join(t, "Bob"), here.join(t, "Eve")
		chat := here.open(t, ada, "who is here")
		here.admit(t, chat, bob, "viewer")
		far := there.subscribe(t, ada, chat)
		near := here.dial(t, bob, "/api/v1/ws")
		here.dial(t, eve, "/api/v1/ws")
		within(t, far, 3*hint, `"offline":[],"online_count":2`)
		latest := here.dial(t, ada, "/api/v1/ws")
		send(t, latest, `{"type":"subscribe","id":"s","data":{"chats":[{"chat_id":"`+chat+`"}]}}`)
		hears(t, latest, `"online":["`+ada.id+`","`+bob.id+`"]`)
		require.NoError(t, near.Close())
		within(t, far, 9*hint, `"online":[],"offline":["`+bob.id+`"],"online_count":1`)
	})
	t.Run("who has another name here has it there", func(t *testing.T) {
		t.Parallel()
		ada := here.join(t, "Ada")
		require.Equal(t, "Ada", there.want(t, 200, ada, "GET /users/me", "").text(t, "name"))
		here.want(t, 200, ada, "PATCH /users/me", object("name", "Grace"))
		require.Eventually(t, func() bool { return there.want(t, 200, ada, "GET /users/me", "").text(t, "name") == "Grace" }, hint, time.Millisecond)
	})
	t.Run("what another program sends on the channel does no harm", func(t *testing.T) {
		t.Parallel()
		ada := here.join(t, "Ada")
		chat := here.open(t, ada, "calm")
		socket := there.subscribe(t, ada, chat)
		for _, payload := range []string{"", "hello", "q1", "q1 x y", strings.Repeat("x", 7900)} {
			here.sql(t, "select pg_notify('quillium', $1)", payload)
		}
		here.say(t, ada, chat, "still here")
		within(t, socket, hint, "still here")
	})
	t.Run("both say that they hear each other", func(t *testing.T) {
		t.Parallel()
		for _, w := range nodes {
			require.Equal(t, "ok", w.want(t, 200, nil, "GET /readyz", "").text(t, "notifications"))
		}
	})
}

// TestNodesUnheard has two servers whose listening connections are cut.
func TestNodesUnheard(t *testing.T) {
	t.Parallel()
	nodes := worldOf(t, 2)
	here, there := nodes[0], nodes[1]
	ada := here.join(t, "Ada")
	chat := here.open(t, ada, "far")
	socket := there.subscribe(t, ada, chat)
	for i := range 3 {
		text := "while nobody hears " + strconv.Itoa(i)
		here.sql(t, `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen %'`)
		here.say(t, ada, chat, text)
		within(t, socket, 5*time.Second, text)
	}
	here.untilListening(t, 2)
	here.say(t, ada, chat, "and again")
	within(t, socket, hint, "and again")
}

// TestNodesSettings changes a setting as another node does: it stores it, and
// rings.
func TestNodesSettings(t *testing.T) {
	t.Parallel()
	w := worldOf(t, 1)[0]
	w.join(t, "Ada")
	w.sql(t, `insert into settings (name, value) values ('signups', '"closed"')`)
	w.sql(t, `select pg_notify('quillium', 'q1 AAAAAAAAAAAAAAAAAAAAAA ksignups')`)
	require.Eventually(t, func() bool {
		return w.ask(t, nil, "POST /auth/register", object("email", "late@example.org", "password", "short", "name", "Late")).status == 403
	}, hint, time.Millisecond, "nobody signs up any more")
}

// TestNodesPresence has a server that goes, and one that sees it go.
func TestNodesPresence(t *testing.T) {
	t.Parallel()
	nodes := worldOf(t, 2)
	here, there := nodes[0], nodes[1]
	ada, bob := here.join(t, "Ada"), here.join(t, "Bob")
	chat := here.open(t, ada, "who is left")
	here.admit(t, chat, bob, "viewer")
	far := there.subscribe(t, ada, chat)
	here.dial(t, bob, "/api/v1/ws") // not before: the answer to subscribe would have it
	within(t, far, 9*hint, `"online_count":2`)
	require.NoError(t, here.close())
	within(t, far, 9*hint, `"offline":["`+bob.id+`"],"online_count":1`)
	var left int
	require.NoError(t, there.db.QueryRow(t.Context(), `select count(*) from presence`).Scan(&left))
	require.Equal(t, 1, left)
}
