package story

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories/pgtest"
)

// fleet is three nodes on one database, with people, rooms and a model.
type fleet struct {
	t     *testing.T
	dice  *dice
	model *endpoint
	nodes []*program
	// line leads followers to any node; door is between nodes and database.
	line *proxy
	door *proxy
	// lull is the longest that people of a chat are silent.
	lull time.Duration
	// voices are followers that people speak by too.
	voices []*follower
	// db looks at what is stored, past the door.
	db     *pgxpool.Pool
	people []person
	chats  []string

	mu sync.Mutex
	// acknowledged are the ids of messages that were, by their client_id.
	acknowledged map[string]app.MessageID
	faults       []string
	// retries counts requests that had to be sent again.
	retries int
}

type person struct{ access, id string }

const nodesInFleet = 3

// newFleet starts nodes and fills as many chats with all of the people.
func newFleet(t *testing.T, cuts, people, chats int, settings ...string) *fleet {
	t.Helper()
	if !*torture {
		t.Parallel()
	}
	f := &fleet{t: t, dice: newDice(t), lull: 500 * time.Millisecond, model: newEndpoint(t, long(100, 250), 4*time.Millisecond), acknowledged: map[string]app.MessageID{}}
	f.model.thoughts = 20
	database := pgtest.Empty(t)
	door, address := newDoor(t, database)
	f.door = door
	var err error
	f.db, err = pgxpool.New(t.Context(), database)
	require.NoError(t, err)
	t.Cleanup(f.db.Close)
	settings = append([]string{"DATABASE_URL=" + address, "OPENAI_BASE_URL=" + f.model.URL + "/v1", "DEFAULT_MODEL=words", "MAX_SOCKETS_PER_USER=5000", "DRAIN_TIMEOUT=2s"}, settings...)
	var addresses []string
	for range nodesInFleet {
		p := newProgram(t, settings...)
		p.start()
		f.nodes = append(f.nodes, p)
		addresses = append(addresses, p.address())
	}
	f.line = newProxy(t, cuts, addresses...)
	f.settle(people, chats)
	return f
}

// settle signs people up and brings them together.
func (f *fleet) settle(people, chats int) {
	f.t.Helper()
	first := f.nodes[0]
	for i := range people {
		first.access = ""
		first.join(fmt.Sprint("person", i))
		f.people = append(f.people, person{first.access, first.user})
	}
	first.access = f.people[0].access
	for range chats {
		chat := first.open("words")
		first.call("PATCH", "/chats/"+chat, object{"reply_policy": "always"}, 200, nil)
		for i := range people {
			if i > 0 {
				first.call("POST", "/chats/"+chat+"/members", object{"email": fmt.Sprintf("person%d@example.org", i), "role": "editor"}, 0, nil)
			}
		}
		f.chats = append(f.chats, chat)
	}
}

func (f *fleet) fault(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, fmt.Sprintf(format, args...))
}

// do asks any node, and another one, or later, while that cannot. It gives the
// status of the first answer that is one.
func (f *fleet) do(who person, method, path string, body any) (int, []byte) {
	var status int
	var text []byte
	var err error
	for deadline := time.Now().Add(40 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		status, text, err = request(pick(f.dice, f.nodes).url, who.access, method, path, body)
		if err == nil && status != http.StatusServiceUnavailable && status != http.StatusTooManyRequests {
			if status >= 500 {
				f.fault("%s %s: %d %s", method, path, status, text)
			}
			return status, text
		}
		f.mu.Lock()
		f.retries++
		f.mu.Unlock()
	}
	f.fault("%s %s is not answered: %d %s %v", method, path, status, text, err)
	return 0, nil
}

// say posts a message until it is acknowledged, as a client does: by a socket
// where there is one, and by calls where that was cut.
func (f *fleet) say(who person, chat, text string) {
	if len(f.voices) > 0 && f.dice.n(2) == 0 {
		voice := pick(f.dice, f.voices)
		got, err := voice.request("message", text, object{"chat_id": chat, "content": text, "client_id": text})
		var ack struct{ Message app.Message }
		if err == nil && got.Type == "ack" && json.Unmarshal(got.Data, &ack) == nil {
			f.acknowledge(text, ack.Message.ID)
			return
		}
		who = person{access: voice.access}
	}
	status, answer := f.do(who, "POST", "/chats/"+chat+"/messages", object{"content": text, "client_id": text})
	var m app.Message
	if status != http.StatusCreated || json.Unmarshal(answer, &m) != nil {
		f.fault("%s is not stored: %d %s", text, status, answer)
		return
	}
	f.acknowledge(text, m.ID)
}

func (f *fleet) acknowledge(text string, id app.MessageID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if before, known := f.acknowledged[text]; known && before != id {
		f.faults = append(f.faults, fmt.Sprintf("%s is acknowledged as %s and %s", text, before, id))
	}
	f.acknowledged[text] = id
}
