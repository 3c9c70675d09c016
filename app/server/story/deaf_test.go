package story

import (
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

const (
	large = 64 << 10
	// several is how much a node may grow by who does not read; its queue is 1 MiB.
	several = 8 << 20
)

// Somebody stops reading among many who do. He is told that he is too slow and
// takes up where he was; nobody else notices, the node's memory neither.
func TestTortureDeaf(t *testing.T) {
	f := newFleet(t, 0, 1, 1)
	node, chat := f.nodes[0], f.chats[0]
	node.call("PATCH", "/chats/"+chat, object{"reply_policy": "never"}, 200, nil)
	f.line.only(node.address())
	readers := long(10, 200)
	f.overhear(readers)
	crowd := f.crowd(3, 1)
	require.Eventually(t, func() bool { return crowd.sockets() == 3 }, 10*time.Second, 5*time.Millisecond)
	f.utter(node, 4<<20)
	before := node.peak()

	deaf := newFollower(f.people[0].access, chat)
	deaf.dialer.NetDial = func(network, address string) (net.Conn, error) {
		conn, err := net.Dial(network, address)
		if err == nil {
			err = conn.(*net.TCPConn).SetReadBuffer(256 << 10)
		}
		return conn, err
	}
	var told *websocket.CloseError
	for unread := 2 << 20; told == nil; unread += 512 << 10 {
		require.Less(t, unread, 16<<20, "he is never too slow")
		err := deaf.follow(node.address(), f.hold(deaf, node, unread))
		require.True(t, err == nil || errors.As(err, &told), "%v", err)
		if told != nil && told.Code == websocket.CloseAbnormalClosure {
			// A busy machine let him begin to read too late to be told.
			told, unread = nil, 1<<20
		}
	}
	require.Equal(t, 4008, told.Code, told.Text)
	grown := node.peak() - before
	t.Logf("beside %d who read: %d KiB more at the most", readers, grown>>10)
	require.Less(t, grown, several)
	require.Equal(t, 3, crowd.sockets(), "who reads is not cut off")

	rev, rows := f.stored(chat)
	require.NoError(t, deaf.follow(node.address(), func() bool { return deaf.is(chat, rev, rows) }))
	f.converge(append(crowd.list, deaf))
}

// hold lets a follower read nothing while so many bytes are said, and then
// everything until he has it all.
func (f *fleet) hold(deaf *follower, node *program, unread int) func() bool {
	var rev int64
	var rows []row
	return func() bool {
		chat := f.chats[0]
		if !deaf.subscribed(chat) {
			return false
		}
		if rows == nil {
			f.utter(node, unread)
			rev, rows = f.stored(chat)
		}
		return deaf.is(chat, rev, rows)
	}
}

// utter says so many bytes.
func (f *fleet) utter(node *program, bytes int) {
	for range bytes / large {
		node.call("POST", "/chats/"+f.chats[0]+"/messages", object{"content": strings.Repeat("ü", large/2)}, 201, nil)
	}
}

// overhear are sockets that read everything and keep nothing.
func (f *fleet) overhear(size int) {
	for range size {
		one := newFollower(f.people[0].access, f.chats[0])
		socket, response, err := one.dialer.Dial("ws://"+f.line.address()+"/api/v1/ws", nil)
		require.NoError(f.t, err)
		_ = response.Body.Close()
		require.NoError(f.t, socket.WriteJSON(object{"type": "subscribe", "data": object{"chats": []any{object{"chat_id": f.chats[0]}}}}))
		f.t.Cleanup(func() { _ = socket.Close() })
		go func() {
			for {
				if _, _, err := socket.NextReader(); err != nil {
					return
				}
			}
		}()
	}
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak is the most memory that a program ever had, in bytes.
func (p *program) peak() int {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	require.NoError(p.t, err)
	kib, err := strconv.Atoi(string(peakLine.FindSubmatch(text)[1]))
	require.NoError(p.t, err)
	return kib << 10
}
