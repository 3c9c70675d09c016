package controllers

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

const questionID = app.MessageID("0199b0a0-0000-7000-8000-00000000000b")

// asked is a house in which one answer to the question runs.
func asked(t *testing.T) *house {
	t.Helper()
	h := open(t, SocketOptions{})
	h.rev.Store(2)
	h.thread = func() (realtime.Snapshot, error) {
		question := questionID
		return realtime.Snapshot{Found: true, Chat: app.Chat{ID: roomID, Rev: h.rev.Load()}, Messages: []app.Message{
			{ID: questionID, Seq: 1, Rev: 1, Role: app.MessageUser, Status: app.StatusComplete},
			{ID: answerID, Seq: 2, Rev: 2, Role: app.MessageAssistant, ReplyTo: &question, Status: app.StatusStreaming},
		}}, nil
	}
	return h
}

const streamPath = "/chats/" + string(roomID) + "/messages/" + string(questionID) + "/stream"

// streams asks for a stream of the question.
func (h *house) streams(t *testing.T, user string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http"+strings.TrimSuffix(strings.TrimPrefix(h.url, "ws"), "/ws")+streamPath, nil)
	require.NoError(t, err)
	request.Header.Set("User", user)
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	require.NoError(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// end commits the end of the answer.
func (h *house) end() {
	question := questionID
	rev := h.rev.Add(1)
	h.hub.ChatChanged(app.Changes{ChatID: roomID, From: rev - 1, Rev: rev, Messages: []app.Message{
		{ID: answerID, Seq: 2, Rev: rev, Role: app.MessageAssistant, ReplyTo: &question, Content: "over", Status: app.StatusComplete},
	}})
}

// hears reads until a text has come.
func hears(t *testing.T, body io.Reader, text string) {
	t.Helper()
	var all strings.Builder
	piece := make([]byte, 512)
	for !strings.Contains(all.String(), text) {
		n, err := body.Read(piece)
		all.Write(piece[:n])
		require.NoError(t, err, all.String())
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	t.Run("a silent one is kept by comments, and ends with the answer", func(t *testing.T) {
		t.Parallel()
		h := asked(t)
		answer := h.streams(t, "ada")
		hears(t, answer.Body, "event: changes\n")
		hears(t, answer.Body, ":\n\n:\n\n")
		h.end()
		rest, err := io.ReadAll(answer.Body)
		require.NoError(t, err, "it is over, not cut off")
		require.Contains(t, string(rest), `"content":"over"`)
		require.Eventually(t, h.empty, patience, time.Millisecond)
	})
	t.Run("streams and sockets of a user are counted together", func(t *testing.T) {
		t.Parallel()
		h := asked(t)
		h.enter(t, "ada")
		hears(t, h.streams(t, "ada").Body, "event: changes\n")
		refused := h.streams(t, "ada")
		require.Equal(t, http.StatusTooManyRequests, refused.StatusCode)
		require.NotEmpty(t, refused.Header.Get("Retry-After"))
		require.Equal(t, http.StatusOK, h.streams(t, "eve").StatusCode)
	})
	t.Run("a server that goes away says when to come back", func(t *testing.T) {
		t.Parallel()
		h := asked(t)
		answer := h.streams(t, "ada")
		hears(t, answer.Body, "event: changes\n")
		h.hub.Drain(context.Background(), 0)
		rest, err := io.ReadAll(answer.Body)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "it is cut off, not over")
		require.True(t, strings.HasSuffix(string(rest), "retry: 500\n\n"), string(rest))
		require.Equal(t, http.StatusServiceUnavailable, h.streams(t, "ada").StatusCode)
	})
	t.Run("a session that ended just now gets nothing", func(t *testing.T) {
		t.Parallel()
		h := asked(t)
		h.over = func() (map[app.SessionID]app.EndReason, error) {
			return map[app.SessionID]app.EndReason{"session of ada": app.EndSignedOut}, nil
		}
		rest, err := io.ReadAll(h.streams(t, "ada").Body)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.Empty(t, rest)
	})
	t.Run("a question that cannot be read cuts it off", func(t *testing.T) {
		t.Parallel()
		h := asked(t)
		h.thread = func() (realtime.Snapshot, error) { return realtime.Snapshot{}, errors.New("the disk is gone") }
		_, err := io.ReadAll(h.streams(t, "ada").Body)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.Contains(t, h.log.String(), "the disk is gone")
	})
	t.Run("what was left out is read again", func(t *testing.T) {
		t.Parallel()
		h := asked(t)
		answer := h.streams(t, "ada")
		hears(t, answer.Body, "event: changes\n")
		rev := h.rev.Add(1)
		h.hub.ChatChanged(app.Changes{ChatID: roomID, From: rev - 1, Rev: rev, Messages: []app.Message{{Rev: rev, Content: strings.Repeat("x", realtime.MaxBytes)}}})
		require.Eventually(t, func() bool { return strings.Count(strings.Join(h.called(), " "), "thread") == 2 }, patience, time.Millisecond)
		h.end()
		_, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
	})
	t.Run("who goes away is missed at once", func(t *testing.T) {
		t.Parallel()
		h := asked(t)
		answer := h.streams(t, "ada")
		hears(t, answer.Body, "event: changes\n")
		require.NoError(t, answer.Body.Close())
		require.Eventually(t, h.empty, patience, time.Millisecond)
	})
	t.Run("who reads too slowly is cut off", func(t *testing.T) {
		t.Parallel()
		h := asked(t)
		conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(h.url, "ws://"), "/ws"))
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		_, err = conn.Write([]byte("GET " + streamPath + " HTTP/1.1\r\nHost: x\r\nUser: ada\r\n\r\n"))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return !h.empty() }, patience, time.Millisecond)
		text, offset := strings.Repeat("y", 64<<10), 0
		require.Eventually(t, func() bool {
			h.hub.Grown(app.Delta{ChatID: roomID, MessageID: answerID, Rev: 2, Part: app.PartContent, Offset: offset, End: offset + len(text), Text: text})
			offset += len(text)
			return h.empty()
		}, 2*patience, time.Millisecond)
	})
}
