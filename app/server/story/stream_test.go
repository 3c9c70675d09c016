package story

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories/pgtest"
)

// listener reads a question's stream, and trusts that what comes follows on
// what it has.
type listener struct {
	t        *testing.T
	id       string
	messages map[app.MessageID]app.Message
	deltas   int
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
	line := newProxy(t, strings.TrimPrefix(p.url, "http://"), cuts)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	for round := 0; line.cutsLeft() > 0; round++ {
		require.Less(t, round, 20, "the cuts never come")
		l := &listener{t: t, messages: map[app.MessageID]app.Message{}}
		deadline := time.Now().Add(60 * time.Second)
		for ended := false; !ended; {
			require.True(t, time.Now().Before(deadline), "the answer never ends for this reader")
			// Posted again with the same client_id: it takes up what runs.
			request, err := http.NewRequest(http.MethodPost, "http://"+line.listener.Addr().String()+"/api/v1/chats/"+chat+"/messages",
				strings.NewReader(`{"content":"go on","client_id":"round `+string(rune('a'+round))+`"}`))
			require.NoError(t, err)
			request.Header = http.Header{
				"Authorization": {"Bearer " + p.access}, "Content-Type": {"application/json"}, "Accept": {"text/event-stream"}, "Last-Event-Id": {l.id},
			}
			answer, err := client.Do(request)
			if err != nil {
				continue
			}
			require.Equal(t, http.StatusOK, answer.StatusCode)
			ended = l.read(answer.Body)
			_ = answer.Body.Close()
		}
		require.Len(t, l.messages, 2)
		require.Greater(t, l.deltas, 2)
		for id, held := range l.messages {
			var page app.Page[app.Message]
			p.call("GET", "/chats/"+chat+"/messages?limit=100", nil, 200, &page)
			for _, stored := range page.Data {
				if stored.ID == id {
					require.Equal(t, stored.Content, held.Content)
					require.Equal(t, stored.Rev, held.Rev)
					require.False(t, held.Status.Running())
				}
			}
		}
	}
}
