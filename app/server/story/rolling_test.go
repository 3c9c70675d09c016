package story

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Each node in turn is told to go, ends, and comes back, while everybody goes
// on: what a request loses, its repeat mends.
func TestTortureRolling(t *testing.T) {
	sockets, streams := long(100, 1000), long(10, 50)
	f := newFleet(t, 0, long(4, 20), streams)
	f.model.pace, f.model.words, f.lull = 40*time.Millisecond, 75, 5*time.Second
	crowd := f.crowd(sockets, 1)
	f.voices = crowd.list
	require.Eventually(t, func() bool { return crowd.sockets() >= sockets }, 30*time.Second, 10*time.Millisecond)
	storm := f.storm()
	for i, chat := range f.chats {
		f.say(f.people[i%len(f.people)], chat, fmt.Sprint("the first of ", i))
	}
	for _, node := range f.nodes {
		ended := node.signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			require.Fail(t, "a node that was told to go does not end")
		}
		node.start()
	}
	storm.over()
	t.Logf("%d sockets came back as %d, %d requests were sent again", sockets, crowd.sockets(), f.retries)
	f.rest()
	f.converge(crowd.list)
	f.nothingLostNorTwice()
}
