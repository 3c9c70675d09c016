package story

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// A node stands still for so long that others take over what it ran, and then
// wakes: it writes nothing of it, and those who follow there end with the
// stored text too.
func TestTorturePaused(t *testing.T) {
	f := newFleet(t, 0, 2, 1)
	f.model.words = 4000
	chat, crowd := f.chats[0], f.crowd(6, 1)
	asleep, awake := f.nodes[0], f.nodes[1]
	awake.access = asleep.access
	for round := range long(1, 8) {
		question := asleep.ask(chat, fmt.Sprint("go on ", round), map[string]string{})
		answer := string(asleep.answerOf(chat, question, app.StatusStreaming).ID)
		time.Sleep(f.dice.upTo(time.Second))
		require.NoError(t, asleep.cmd.Process.Signal(syscall.SIGSTOP))
		slept := time.Now()
		taken := awake.answerOf(chat, question, app.StatusInterrupted)
		t.Logf("taken over after %s, with %d bytes", time.Since(slept).Round(time.Millisecond), len(taken.Content))
		require.Less(t, time.Since(slept), long(2*lost, lost))
		goesOn := round%2 == 0
		if goesOn {
			f.model.words = 20
			awake.call("POST", "/chats/"+chat+"/messages/"+answer+"/continue", nil, 202, nil)
			awake.answerOf(chat, question, app.StatusComplete)
		}
		_, before := f.stored(chat)
		require.NoError(t, asleep.cmd.Process.Signal(syscall.SIGCONT))
		require.Never(t, func() bool {
			_, now := f.stored(chat)
			return len(now) != len(before) || now[len(now)-1] != before[len(before)-1]
		}, 2*time.Second, 20*time.Millisecond, "who was taken over writes nothing")
		require.Zero(t, f.number(`select count(*) from chunks`), "nor anything of the tail")
		f.model.words = 4000
	}
	f.rest()
	f.converge(crowd.list)
}
