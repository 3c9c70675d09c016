package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// stream is a reader of server-sent events.
type stream struct {
	t        *testing.T
	response *http.Response
	lines    *bufio.Reader
	// id is the last event's, comments counts comments.
	id       string
	comments int
	messages map[app.MessageID]app.Message
}

// follow opens a stream past the contract's judge, which reads all of an
// answer before it gives it back.
func (w *world) follow(t *testing.T, who *person, call, body string, head ...string) *stream {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, method, w.url+"/api/v1"+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+who.access)
	request.Header.Set("Accept", "text/event-stream")
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(head); i += 2 {
		request.Header.Set(head[i], head[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	require.Equal(t, http.StatusOK, response.StatusCode)
	return &stream{t: t, response: response, lines: bufio.NewReader(response.Body), messages: map[app.MessageID]app.Message{}}
}

// next reads one event and takes it; io.EOF where the stream ended in good
// order.
func (s *stream) next() (kind string, err error) {
	data, id := "", ""
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return "", err
		}
		line = strings.TrimSuffix(line, "\n")
		switch name, value, _ := strings.Cut(line, ": "); name {
		case "event":
			kind = value
		case "id":
			id = value
		case "data":
			data = value
		case ":":
			s.comments++
		case "":
			if kind != "" {
				s.id = id
				s.take(kind, data)
				return kind, nil
			}
		}
	}
}

// take applies an event as a client does that trusts its cursor: whatever comes
// follows on.
func (s *stream) take(kind, data string) {
	s.t.Helper()
	if kind == "changes" {
		var changes app.Changes
		require.NoError(s.t, json.Unmarshal([]byte(data), &changes))
		for _, m := range changes.Messages {
			require.Greater(s.t, m.Rev, s.messages[m.ID].Rev)
			s.messages[m.ID] = m
		}
		return
	}
	require.Equal(s.t, "delta", kind)
	var delta app.Delta
	require.NoError(s.t, json.Unmarshal([]byte(data), &delta))
	m := s.messages[delta.MessageID]
	require.Equal(s.t, m.Rev, delta.Rev)
	require.Equal(s.t, len(m.Content), delta.Offset)
	m.Content += delta.Text
	require.Equal(s.t, len(m.Content), delta.End)
	s.messages[m.ID] = m
}

// all reads until the stream ends.
func (s *stream) all() error {
	for {
		if _, err := s.next(); err != nil {
			return err
		}
	}
}

// until reads until something holds.
func (s *stream) until(holds func() bool) {
	s.t.Helper()
	for !holds() {
		_, err := s.next()
		require.NoError(s.t, err)
	}
}

// answers are those held, by their models.
func (s *stream) answers() map[string]app.Message {
	list := map[string]app.Message{}
	for _, m := range s.messages {
		if m.Role == app.MessageAssistant {
			list[*m.Model] = m
		}
	}
	return list
}
