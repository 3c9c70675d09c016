package controllers

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

func TestStream(t *testing.T) {
	t.Parallel()
	t.Run("silence is broken by comments", func(t *testing.T) {
		t.Parallel()
		s := openStreams(t, 10*time.Millisecond).stream(t, "ada")
		s.until("event: changes")
		for range 3 {
			s.until(":")
		}
	})
	t.Run("pieces come as they are made, behind one another", func(t *testing.T) {
		t.Parallel()
		h := openStreams(t, 0)
		s := h.stream(t, "ada")
		s.until("event: changes")
		h.grow(0, "Once ")
		require.Contains(t, s.until("data: "), `"content":""`)
		require.Contains(t, s.until("data: "), `"offset":0,"end":5,"text":"Once "`)
		h.grow(5, "upon")
		first := s.until("id: ")
		require.Contains(t, s.until("data: "), `"offset":5,"end":9,"text":"upon"`)
		h.grow(9, " a time")
		require.NotEqual(t, first, s.until("id: "))
	})
	t.Run("the end of all answers is the end of the stream", func(t *testing.T) {
		t.Parallel()
		h := openStreams(t, 0)
		s := h.stream(t, "ada")
		s.until("event: changes")
		ended := h.asked(app.StatusComplete, "Over.").Messages[1]
		ended.Rev = h.rev.Add(1)
		h.hub.ChatChanged(app.Changes{ChatID: roomID, From: ended.Rev - 1, Rev: ended.Rev, Messages: []app.Message{ended}})
		text, err := s.rest()
		require.NoError(t, err, "it is over, not cut off")
		require.Contains(t, text, "Over.")
		require.Eventually(t, h.empty, patience, time.Millisecond)
	})
	t.Run("what was left out is read anew, up to the end", func(t *testing.T) {
		t.Parallel()
		h := openStreams(t, 0)
		s := h.stream(t, "ada")
		s.until("event: changes")
		h.thread = func() (realtime.Snapshot, error) { return h.asked(app.StatusComplete, "Once upon a time."), nil }
		h.change(strings.Repeat("x", realtime.MaxBytes))
		text, err := s.rest()
		require.NoError(t, err)
		require.Contains(t, text, "Once upon a time.")
		require.Equal(t, []string{"get", "thread", "thread"}, h.called())
	})
	t.Run("a message is posted once and followed", func(t *testing.T) {
		t.Parallel()
		h := openStreams(t, 0)
		h.thread = func() (realtime.Snapshot, error) { return h.asked(app.StatusComplete, "Hello."), nil }
		s := h.request(t, "ada", http.MethodPost, "", `{"content":"hello"}`)
		require.Equal(t, http.StatusOK, s.StatusCode)
		text, err := s.rest()
		require.NoError(t, err)
		require.Contains(t, text, "Hello.")
		require.Equal(t, []string{"post hello", "thread"}, h.called())
	})
}

func TestStreamClients(t *testing.T) {
	t.Parallel()
	t.Run("one that goes away is missed before the next comment", func(t *testing.T) {
		t.Parallel()
		h := openStreams(t, time.Hour)
		s := h.stream(t, "ada")
		s.until("event: changes")
		require.NoError(t, s.Body.Close())
		require.Eventually(t, h.empty, patience, time.Millisecond)
	})
	t.Run("one that does not read loses its stream and stops nobody", func(t *testing.T) {
		t.Parallel()
		h := openStreams(t, 0)
		slow := h.stream(t, "slow")
		text := strings.Repeat("x", realtime.MaxBytes/2)
		offset := 0
		require.Eventually(t, func() bool {
			h.grow(offset, text)
			offset += len(text)
			return h.empty()
		}, patience, time.Millisecond)
		_, err := slow.rest()
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
	t.Run("a user has so many of streams and sockets together, and what is over is not even posted", func(t *testing.T) {
		t.Parallel()
		h := openStreams(t, 0)
		socket := h.enter(t, "many")
		h.stream(t, "many").until("event: changes")
		refused := h.request(t, "many", http.MethodPost, "", `{"content":"hello"}`)
		require.Equal(t, http.StatusTooManyRequests, refused.StatusCode)
		require.Equal(t, "1", refused.Header.Get("Retry-After"))
		text, err := refused.rest()
		require.NoError(t, err)
		require.Contains(t, text, `"rate_limited"`)
		require.NotContains(t, h.called(), "post hello")
		h.stream(t, "another").until("event: changes")

		require.NoError(t, socket.conn.Close())
		require.Eventually(t, func() bool { clients, _ := h.hub.Count(); return clients == 2 }, patience, time.Millisecond)
		h.stream(t, "many").until("event: changes")
	})
	t.Run("what is refused leaves no seat taken", func(t *testing.T) {
		t.Parallel()
		h := openStreams(t, 0)
		h.find = func() (app.Message, error) { return app.Message{}, app.ErrNotFound }
		for range 2 * socketsPerUser {
			require.Equal(t, http.StatusNotFound, h.stream(t, "ada").StatusCode)
		}
		require.True(t, h.empty())
	})
}

func TestStreamEnds(t *testing.T) {
	t.Parallel()
	// cut reads a stream that is cut off: clients know that there is more.
	cut := func(t *testing.T, s *reading) string {
		t.Helper()
		text, err := s.rest()
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		return text
	}
	for _, why := range []app.EndReason{app.EndSignedOut, app.EndDisabled} {
		t.Run("with its session: "+string(why), func(t *testing.T) {
			t.Parallel()
			h := openStreams(t, 0)
			s, other := h.stream(t, "ada"), h.stream(t, "bob")
			s.until("event: changes")
			other.until("event: changes")
			over := time.Now()
			h.hub.SessionEnded(why, "session of ada")
			cut(t, s)
			require.Less(t, time.Since(over), time.Second)
			h.grow(0, "Once")
			other.until("event: delta")
		})
		t.Run("where its session ended meanwhile: "+string(why), func(t *testing.T) {
			t.Parallel()
			h := openStreams(t, 0)
			h.over = func() (map[app.SessionID]app.EndReason, error) {
				return map[app.SessionID]app.EndReason{"session of ada": why}, nil
			}
			s := h.request(t, "ada", http.MethodPost, "", `{"content":"hello"}`)
			require.Equal(t, http.StatusUnauthorized, s.StatusCode)
			text, err := s.rest()
			require.NoError(t, err)
			require.Contains(t, text, `"unauthorized"`)
			require.Empty(t, h.called(), "nothing is posted, nothing told")
			require.Eventually(t, h.empty, patience, time.Millisecond)
		})
	}
	t.Run("when the server goes away, and says when to come back", func(t *testing.T) {
		t.Parallel()
		h := openStreams(t, 0)
		s := h.stream(t, "ada")
		s.until("event: changes")
		h.hub.Drain(t.Context(), 0)
		require.Contains(t, cut(t, s), "\nretry: 500\n\n")
		late := h.request(t, "bob", http.MethodPost, "", `{"content":"hello"}`)
		require.Equal(t, http.StatusServiceUnavailable, late.StatusCode)
		require.NotContains(t, h.called(), "post hello")
	})
	t.Run("with the chat", func(t *testing.T) {
		t.Parallel()
		h := openStreams(t, 0)
		s := h.stream(t, "ada")
		s.until("event: changes")
		h.hub.ChatLost(roomID, "ada")
		require.NotContains(t, cut(t, s), "event:")
	})
	t.Run("with a chat that was lost meanwhile", func(t *testing.T) {
		t.Parallel()
		h := openStreams(t, 0)
		h.thread = func() (realtime.Snapshot, error) { return realtime.Snapshot{}, nil }
		require.Empty(t, cut(t, h.stream(t, "ada")))
		require.Empty(t, h.log.String())
	})
	t.Run("when the question cannot be read, which the log has", func(t *testing.T) {
		t.Parallel()
		h := openStreams(t, 0)
		h.thread = func() (realtime.Snapshot, error) { return realtime.Snapshot{}, errors.New("secret plans") }
		require.Empty(t, cut(t, h.stream(t, "ada")))
		require.Contains(t, h.log.String(), "secret plans")
	})
	t.Run("when its client says more than anybody listens to", func(t *testing.T) {
		t.Parallel()
		h := openStreams(t, 0)
		s := h.shout(t, 100)
		s.until("event: changes")
		h.grow(0, "Once")
		s.until("event: delta")
		cut(t, h.shout(t, maxSaid))
	})
}
