package story

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories/pgtest"
)

// listener reads a question's stream, and trusts that what comes follows on
// what it has.
type listener struct {
	t *testing.T
	// access is the reader's token, id the last event's.
	access   string
	id       string
	messages map[app.MessageID]app.Message
	deltas   int
	// retry is when the server said to come back, in milliseconds.
	retry string
	// hear, where set, is called after each event.
	hear func()
}

// read takes events until the connection ends, and tells whether that was the
// end of the stream. An event that is cut off is none.
func (l *listener) read(body io.Reader) bool {
	lines := bufio.NewReader(body)
	event := map[string]string{}
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return err == io.EOF && len(event) == 0 && line == ""
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch {
		case name != "":
			event[name] = value
		case event["event"] != "":
			l.take(event["event"], event["data"])
			l.id, event = event["id"], map[string]string{}
			if l.hear != nil {
				l.hear()
			}
		case event["retry"] != "":
			l.retry, event = event["retry"], map[string]string{}
		}
	}
}

func (l *listener) take(kind, data string) {
	l.t.Helper()
	if kind == "changes" {
		var changes app.Changes
		require.NoError(l.t, json.Unmarshal([]byte(data), &changes))
		for _, m := range changes.Messages {
			l.messages[m.ID] = m
		}
		return
	}
	var delta app.Delta
	require.NoError(l.t, json.Unmarshal([]byte(data), &delta))
	m := l.messages[delta.MessageID]
	require.Equal(l.t, len(m.Content), delta.Offset, "a piece follows on the one before")
	m.Content += delta.Text
	l.messages[m.ID] = m
	l.deltas++
}

// A reader of a stream that is cut again and again, at any byte, and goes on
// with the last id, ends with exactly the stored text and is sent no byte of it
// twice.
func TestCutStream(t *testing.T) {
	t.Parallel()
	model := newEndpoint(t, 1500, 2*time.Millisecond)
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "OPENAI_BASE_URL="+model.URL+"/v1", "DEFAULT_MODEL=words")
	p.start()
	p.join("ada")
	chat := p.open("words")
	line := newProxy(t, cuts, p.address())
	client := newCaller()
	for round := 0; line.cutsLeft() > 0; round++ {
		require.Less(t, round, 20, "the cuts never come")
		l := &listener{t: t, access: p.access, messages: map[app.MessageID]app.Message{}}
		deadline := time.Now().Add(60 * time.Second)
		for ended := false; !ended; {
			require.True(t, time.Now().Before(deadline), "the answer never ends for this reader")
			ended = l.post(client, line.address(), chat, object{"content": "go on", "client_id": fmt.Sprint("round ", round)})
		}
		require.Len(t, l.messages, 2)
		require.Greater(t, l.deltas, 2)
		l.sameAs(p, chat)
	}
}

// A question to two models at once: its reader goes on where it was when the
// server has died or was told to go, on the server that comes after.
func TestStreamOverRestarts(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(p *program){
		"killed":     (*program).kill,
		"told to go": func(p *program) { p.signal(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := newEndpoint(t, 1500, 5*time.Millisecond)
			p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "OPENAI_BASE_URL="+model.URL+"/v1", "DEFAULT_MODEL=words", "DRAIN_TIMEOUT=1s")
			p.start()
			p.join("ada")
			chat := p.open("words")
			l := &listener{t: t, access: p.access, messages: map[app.MessageID]app.Message{}}
			l.hear = func() {
				if l.deltas >= 20 {
					l.hear = nil
					end(p)
				}
			}
			question := object{"content": "@guide @words What is Quillium?", "client_id": "once"}
			client, address := newCaller(), p.address()
			require.False(t, l.post(client, address, chat, question), "it is cut off, not over")
			require.Nil(t, l.hear, "in the middle")
			cut := time.Now()
			<-p.ended
			require.Less(t, time.Since(cut), 5*time.Second, "nobody waits for streams")
			require.Equal(t, name == "told to go", l.retry != "", "who can say when to come back does")
			p.start()
			require.True(t, l.post(client, address, chat, question))
			require.Len(t, l.messages, 3)
			l.sameAs(p, chat)
		})
	}
}

func newCaller() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
}

// post asks with what the reader has, and reads; true where the stream ended.
// What was posted already is not posted again: it is taken up.
func (l *listener) post(client *http.Client, address, chat string, question object) bool {
	l.t.Helper()
	body, err := json.Marshal(question)
	require.NoError(l.t, err)
	request, err := http.NewRequest(http.MethodPost, "http://"+address+"/api/v1/chats/"+chat+"/messages", bytes.NewReader(body))
	require.NoError(l.t, err)
	request.Header = http.Header{
		"Authorization": {"Bearer " + l.access}, "Content-Type": {"application/json"}, "Accept": {"text/event-stream"}, "Last-Event-Id": {l.id},
	}
	answer, err := client.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = answer.Body.Close() }()
	require.Equal(l.t, http.StatusOK, answer.StatusCode)
	return l.read(answer.Body)
}

// sameAs holds what a reader has against what is stored.
func (l *listener) sameAs(p *program, chat string) {
	l.t.Helper()
	var page app.Page[app.Message]
	p.call("GET", "/chats/"+chat+"/messages?limit=100", nil, 200, &page)
	found := 0
	for _, stored := range page.Data {
		if held, is := l.messages[stored.ID]; is {
			found++
			require.Equal(l.t, stored.Content, held.Content)
			require.Equal(l.t, stored.Rev, held.Rev)
			require.Equal(l.t, stored.Status, held.Status)
			require.False(l.t, held.Status.Running())
		}
	}
	require.Len(l.t, l.messages, found)
}
