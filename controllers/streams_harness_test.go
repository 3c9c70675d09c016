package controllers

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/realtime"
)

const questionID = app.MessageID("0199b0a0-0000-7000-8000-00000000000b")

func (h *house) GetMessage(context.Context, app.Actor, app.ChatID, app.MessageID) (app.Message, error) {
	h.note("get")
	return h.find()
}

func (h *house) Post(_ context.Context, _ app.Actor, _ app.ChatID, input chat.Input) (app.Message, error) {
	h.note("post " + input.Content)
	return h.find()
}

func (h *house) Access(context.Context, app.Actor, app.ChatID) (app.MemberRole, error) {
	return app.MemberEditor, nil
}

// openStreams starts a house in which a question is being answered.
func openStreams(t *testing.T, heartbeat time.Duration) *house {
	t.Helper()
	h := open(t, SocketOptions{Heartbeat: heartbeat})
	h.find = func() (app.Message, error) { return app.Message{ID: questionID, Role: app.MessageUser}, nil }
	h.thread = func() (realtime.Snapshot, error) { return h.asked(app.StatusStreaming, ""), nil }
	return h
}

// asked is the question with its answer.
func (h *house) asked(status app.MessageStatus, text string) realtime.Snapshot {
	question, rev := questionID, h.rev.Load()
	return realtime.Snapshot{Found: true, Chat: app.Chat{ID: roomID, Rev: rev}, Messages: []app.Message{
		{ID: questionID, Seq: 1, Rev: 1, Role: app.MessageUser, Status: app.StatusComplete},
		{ID: answerID, Seq: 2, Rev: rev, Role: app.MessageAssistant, ReplyTo: &question, Status: status, Content: text},
	}}
}

// grow makes the answer grow.
func (h *house) grow(offset int, text string) {
	h.hub.Grown(app.Delta{ChatID: roomID, MessageID: answerID, Rev: 1, Part: app.PartContent, Offset: offset, End: offset + len(text), Text: text})
}

// reading is one end of a stream.
type reading struct {
	*http.Response
	t     *testing.T
	lines *bufio.Reader
}

func (h *house) stream(t *testing.T, user string) *reading {
	t.Helper()
	return h.request(t, user, http.MethodGet, "/"+string(questionID)+"/stream", "")
}

func (h *house) request(t *testing.T, user, method, path, body string) *reading {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	base := "http" + strings.TrimSuffix(strings.TrimPrefix(h.url, "ws"), "/ws") + "/chats/" + string(roomID) + "/messages"
	request, err := http.NewRequestWithContext(ctx, method, base+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("User", user)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	return &reading{answer, t, bufio.NewReader(answer.Body)}
}

// shout opens a stream and goes on to say so many bytes.
func (h *house) shout(t *testing.T, bytes int) *reading {
	t.Helper()
	address := strings.TrimSuffix(strings.TrimPrefix(h.url, "ws://"), "/ws")
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = fmt.Fprintf(conn, "GET /chats/%s/messages/%s/stream HTTP/1.1\r\nHost: x\r\nUser: ada\r\n\r\n", roomID, questionID)
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	t.Cleanup(func() {
		// In this order: a body that is closed reads up to its end.
		_ = conn.Close()
		_ = answer.Body.Close()
	})
	_, err = conn.Write(make([]byte, bytes))
	require.NoError(t, err)
	return &reading{answer, t, bufio.NewReader(answer.Body)}
}

// until reads lines until one begins like this.
func (r *reading) until(start string) string {
	r.t.Helper()
	for {
		line, err := r.lines.ReadString('\n')
		require.NoError(r.t, err)
		if strings.HasPrefix(line, start) {
			return strings.TrimSuffix(line, "\n")
		}
	}
}

// rest is what comes up to the end, and how that is.
func (r *reading) rest() (string, error) {
	text, err := io.ReadAll(r.lines)
	return string(text), err
}
