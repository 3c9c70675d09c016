package story

import (
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories/pgtest"
)

// signal tells the program something and gives a channel that closes when it
// has ended.
func (p *program) signal(what syscall.Signal) <-chan struct{} {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(what))
	return p.ended
}

func (p *program) ready() int {
	answer, err := http.Get(p.url + "/readyz")
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// Told to end, the program is not ready any more, tells its sockets to come
// back, gives answers a while, and leaves them interrupted with what came.
func TestDrain(t *testing.T) {
	t.Parallel()
	model := newEndpoint(t, 4000, 5*time.Millisecond)
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "OPENAI_BASE_URL="+model.URL+"/v1", "DEFAULT_MODEL=words", "DRAIN_TIMEOUT=2s")
	p.start()
	p.join("ada")
	chat := p.open("words")
	question := p.ask(chat, "go on", map[string]string{})
	client := newFollower(p.access, chat)
	closed, in := make(chan error, 1), make(chan struct{})
	go func() {
		closed <- client.follow(p.address(), sync.OnceValue(func() bool { close(in); return false }))
	}()
	<-in
	require.Eventually(t, func() bool { return len(model.last().text(time.Now())) > 100 }, 5*time.Second, 5*time.Millisecond)
	told := time.Now()
	ended := p.signal(syscall.SIGTERM)
	require.Eventually(t, func() bool { return p.ready() == http.StatusServiceUnavailable }, 2*time.Second, 5*time.Millisecond, "not ready any more")
	err := <-closed
	require.True(t, websocket.IsCloseError(err, websocket.CloseGoingAway), "the socket is told: %v", err)
	<-ended
	require.GreaterOrEqual(t, time.Since(told), 2*time.Second, "the answer had its while")
	require.Less(t, time.Since(told), 8*time.Second)
	p.start()
	answer := p.answerOf(chat, question, app.StatusInterrupted)
	require.True(t, strings.HasPrefix(model.last().text(time.Now()), answer.Content))
	require.GreaterOrEqual(t, len(answer.Content), len(model.last().text(told.Add(1500*time.Millisecond))))
}

// A second signal ends the program at once.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	model := newEndpoint(t, 4000, 5*time.Millisecond)
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "OPENAI_BASE_URL="+model.URL+"/v1", "DEFAULT_MODEL=words", "DRAIN_TIMEOUT=60s")
	p.start()
	p.join("ada")
	p.ask(p.open("words"), "go on", map[string]string{})
	ended := p.signal(syscall.SIGTERM)
	require.Eventually(t, func() bool { return p.ready() == http.StatusServiceUnavailable }, 2*time.Second, 5*time.Millisecond)
	select {
	case <-ended:
		require.Fail(t, "it did not wait for the answer")
	default:
	}
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-ended:
	case <-time.After(2 * time.Second):
		require.Fail(t, "it did not end at once")
	}
}
