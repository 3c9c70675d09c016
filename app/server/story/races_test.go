package story

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// Two sockets on two nodes send the same message at once, again and again: it
// is stored once, and both are told so.
func TestTortureOneClientID(t *testing.T) {
	f := newFleet(t, 0, 2, 1)
	chat := f.chats[0]
	f.nodes[0].call("PATCH", "/chats/"+chat, object{"reply_policy": "never"}, 200, nil)
	crowd := f.crowd(6, 1)
	mine := crowd.list[:0:0]
	for i, one := range crowd.list {
		if i%2 == 0 { // those of one person
			mine = append(mine, one)
		}
	}
	require.Eventually(t, func() bool { return crowd.sockets() == 6 }, 10*time.Second, 5*time.Millisecond)
	for i := range long(50, 1000) {
		text := fmt.Sprint("once ", i)
		var all sync.WaitGroup
		for _, one := range mine {
			all.Go(func() {
				got, err := one.request("message", text, object{"chat_id": chat, "content": text, "client_id": text})
				var ack struct{ Message app.Message }
				if err != nil || got.Type != "ack" || json.Unmarshal(got.Data, &ack) != nil {
					f.fault("%s: %s %v", text, got.Data, err)
					return
				}
				f.acknowledge(text, ack.Message.ID)
			})
		}
		all.Wait()
	}
	f.converge(crowd.list)
	f.nothingLostNorTwice()
	_, rows := f.stored(chat)
	require.Len(t, rows, len(f.acknowledged))
}

// Somebody is taken out of a chat while he posts to another node: what was
// acknowledged is there, what was refused is not, and then he may not.
func TestTortureRemoval(t *testing.T) {
	f := newFleet(t, 0, 2, 1)
	chat, owner, guest := f.chats[0], f.people[0], f.people[1]
	f.nodes[0].call("PATCH", "/chats/"+chat, object{"reply_policy": "never"}, 200, nil)
	crowd := f.crowd(4, 1)
	at := "/chats/" + chat + "/members"
	refused := 0
	for i := range long(30, 500) {
		var all sync.WaitGroup
		for n := range 3 {
			text := fmt.Sprintf("message %d.%d", i, n)
			all.Go(func() {
				status, answer := f.do(guest, "POST", "/chats/"+chat+"/messages", object{"content": text, "client_id": text})
				var m app.Message
				switch {
				case status == http.StatusNotFound:
					f.mu.Lock()
					refused++
					f.mu.Unlock()
				case status == http.StatusCreated && json.Unmarshal(answer, &m) == nil:
					f.acknowledge(text, m.ID)
				default:
					f.fault("%s: %d %s", text, status, answer)
				}
			})
		}
		all.Go(func() {
			time.Sleep(f.dice.upTo(4 * time.Millisecond))
			f.do(owner, "DELETE", at+"/"+guest.id, nil)
		})
		all.Wait()
		for _, node := range f.nodes {
			status, _, err := request(node.url, guest.access, "POST", "/chats/"+chat+"/messages", object{"content": "too late"})
			require.NoError(t, err)
			require.Equal(t, http.StatusNotFound, status, "a member who was taken out may not post")
		}
		f.nodes[0].call("POST", at, object{"email": "person1@example.org", "role": "editor"}, 0, nil)
	}
	t.Logf("%d posts were stored, %d came too late", len(f.acknowledged), refused)
	require.NotZero(t, refused)
	require.NotEmpty(t, f.acknowledged)
	f.converge(crowd.list[:1])
	f.nothingLostNorTwice()
	_, rows := f.stored(chat)
	require.Len(t, rows, len(f.acknowledged), "what was refused is not stored")
}
