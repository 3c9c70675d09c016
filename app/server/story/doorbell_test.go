package story

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The connections on which nodes hear of each other are cut again and again:
// what was not heard is seen by looking, and then they hear again.
func TestTortureDoorbell(t *testing.T) {
	f := newFleet(t, 0, 4, 3)
	crowd := f.crowd(20, 2)
	f.voices = crowd.list
	storm := f.storm()
	cut := 0
	for range long(20, 300) {
		time.Sleep(f.dice.upTo(200 * time.Millisecond))
		cut += f.deafen()
	}
	require.NotZero(t, cut)
	t.Logf("%d connections cut", cut)
	storm.over()
	f.rest()
	f.deafen()
	f.converge(crowd.list)
	f.nothingLostNorTwice()

	chat := f.chats[0]
	f.nodes[0].call("PATCH", "/chats/"+chat, object{"reply_policy": "never"}, 200, nil)
	for i := range 5 {
		f.say(f.people[0], chat, fmt.Sprint("do you hear ", i))
		rev, rows := f.stored(chat)
		require.Eventually(t, func() bool {
			for _, one := range crowd.list {
				if !one.is(chat, rev, rows) {
					return false
				}
			}
			return true
		}, long(3*time.Second, time.Second), 5*time.Millisecond, "everybody hears of it long before anybody looks")
	}
}

// deafen cuts every connection that listens, and tells how many.
func (f *fleet) deafen() (n int) {
	f.t.Helper()
	require.NoError(f.t, f.db.QueryRow(context.Background(), `select count(pg_terminate_backend(pid)) from pg_stat_activity
		where datname = current_database() and query like 'listen %'`).Scan(&n))
	return n
}
