package server_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/server/contract"
	"github.com/quillium/quillium/public"
)

// standing is what somebody is to the chat that a call is about.
type standing int

const (
	owner standing = iota
	editor
	viewer
	// stranger is signed in and not in the chat; he was once.
	stranger
	// nobody has no token.
	nobody
	standings
)

func (s standing) String() string {
	return [...]string{"an owner", "an editor", "a viewer", "a stranger", "nobody"}[s]
}

// deed is one call, and what each standing gets for it. Every cell of the
// table is played in a room of its own.
type deed struct {
	call, query string
	// about tells deeds of one call apart.
	about string
	body  string
	want  [standings]int
	// ready makes what the call needs; the scene's names are filled in then.
	ready func(t *testing.T, r *stage)
	// id names what stands for the last id of the path, where that is not the
	// chat or a message of the other editor.
	id string
	// alone is done by somebody new: it would spoil the others' play.
	alone bool
}

// stage is one chat with people of every standing in it; actor is who acts.
type stage struct {
	*scene
	actor *person
}

// troupe are the people who play every room.
type troupe struct {
	people [standings]*person
	// other is an editor everywhere, and somebody to act upon.
	other *person
	// guest is in no room.
	guest   *person
	session string
}

func newTroupe(t *testing.T, w *world) *troupe {
	t.Helper()
	c := &troupe{other: w.join(t, "Olga"), guest: w.join(t, "Gus")}
	for s := range nobody {
		c.people[s] = w.join(t, [...]string{"Ada", "Eve", "Vic", "Sam"}[s])
	}
	c.session = w.want(t, 200, c.other, "GET /auth/sessions", "").first(t)
	return c
}

// first is the id of the first item of a list.
func (a answer) first(t *testing.T) string {
	t.Helper()
	var page app.Page[struct {
		ID string `json:"id"`
	}]
	a.into(t, &page)
	require.NotEmpty(t, page.Data)
	return page.Data[0].ID
}

// room opens a chat with a message of each, and one of the other editor.
func (c *troupe) room(t *testing.T, w *world, s standing) *stage {
	t.Helper()
	r := &stage{scene: newScene(w)}
	if s != nobody {
		r.actor = c.people[s]
	}
	head := c.people[owner]
	r.people["owner"] = head
	chat := w.open(t, head, "Ours")
	w.admit(t, chat, c.other, "editor")
	for s := editor; s < nobody; s++ {
		w.admit(t, chat, c.people[s], "editor")
	}
	r.names["id"], r.names["user"], r.names["theirs"] = chat, c.other.id, w.say(t, c.other, chat, "theirs")
	r.names["mine"], r.names["self"] = r.names["theirs"], c.other.id
	if r.actor != nil {
		r.names["mine"], r.names["self"] = w.say(t, r.actor, chat, "mine"), r.actor.id
	}
	r.names["mid"], r.names["session"] = r.names["theirs"], c.session
	r.names["nonce"], r.names["email"] = rand.Text(), c.other.email
	r.names["guest"] = c.guest.email
	r.names["question"] = w.want(t, 201, c.other, "POST /chats/"+chat+"/messages", object("content", "why?", "model", "nosuch")).text(t, "id")
	r.names["answer"] = w.want(t, 200, head, "GET /chats/"+chat+"/messages?limit=1", "").first(t)
	w.sql(t, `update members set role = 'viewer' where chat_id = $1 and user_id = $2`, chat, c.people[viewer].id)
	w.sql(t, `update members set removed_at = now() where chat_id = $1 and user_id = $2`, chat, c.people[stranger].id)
	w.sql(t, `update chats set member_count = member_count - 1 where id = $1`, chat)
	return r
}

// TestRoles asks every call of the program in every standing. A route that is
// not in the table fails it.
func TestRoles(t *testing.T) {
	t.Parallel()
	c, err := contract.Load([]byte(public.OpenAPI()))
	require.NoError(t, err)
	w := boot(t, c, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
	people := newTroupe(t, w)
	told := map[string]bool{}
	for _, d := range deeds() {
		told[d.call] = true
	}
	for _, route := range served() {
		require.True(t, told[route], "%s: who may do this? Add it to the table", route)
		delete(told, route)
	}
	require.Empty(t, told, "the table has calls that are not there")
	for _, d := range deeds() {
		for s := range standings {
			t.Run(strings.TrimSpace(fmt.Sprint(s, ": ", strings.ReplaceAll(d.call, "/", "∕"), " ", d.about)), func(t *testing.T) {
				t.Parallel()
				r := people.room(t, w, s)
				if d.alone && s != nobody {
					r.actor = w.join(t, "Nina")
				}
				if d.ready != nil {
					d.ready(t, r)
				}
				got := w.ask(t, r.actor, r.fill(d.address()), r.fill(d.body))
				require.Equal(t, d.want[s], got.status, got.body)
			})
		}
	}
}

// address is the call with names in place of the route's parameters.
func (d deed) address() string {
	path := strings.Replace(d.call, " /admin", " =/admin", 1)
	path = strings.NewReplacer(":id", "{id}", ":mid", "{mid}", ":user_id", "{user}", ":iid", "{iid}", ":session_id", "{session}", ":hash/*", "x/y").Replace(path)
	if d.id == "" {
		return path + d.query
	}
	last := strings.LastIndex(path, "{")
	return path[:last] + "{" + d.id + path[strings.LastIndex(path, "}"):]
}
