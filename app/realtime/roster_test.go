package realtime

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func TestSockets(t *testing.T) {
	t.Parallel()
	h := NewHub(nil, nil, nil, of(10), func(string) {})
	join := func(user app.UserID, since time.Time) *Client {
		c := NewClient(app.NewID[string](), app.Actor{UserID: user, SessionID: "s", IP: "192.0.2.1", UserAgent: "x"}, &goneSink{})
		c.Since = since
		_, ok := h.Join(c)
		require.True(t, ok)
		return c
	}
	at := time.Now()
	old, young := join("ada", at), join("bob", at.Add(time.Second))
	old.chats = []*publisher{{chat: "a"}, {chat: "b"}, {chat: "c"}}
	t.Run("the newest first, with the first of what they follow", func(t *testing.T) {
		list, total := h.Sockets(10, 2)
		require.Equal(t, 2, total)
		require.Equal(t, []string{young.ID, old.ID}, []string{list[0].ID, list[1].ID})
		require.Equal(t, app.Socket{
			ID: old.ID, User: app.Person{ID: "ada"}, SessionID: "s", IP: "192.0.2.1", UserAgent: "x",
			Chats: []app.NamedChat{{ID: "a"}, {ID: "b"}}, ChatCount: 3, Since: at,
		}, list[1])
	})
	t.Run("no more than wanted, but all are counted", func(t *testing.T) {
		list, total := h.Sockets(1, 2)
		require.Len(t, list, 1)
		require.Equal(t, 2, total)
	})
	t.Run("one that is ended is told why, and the others stay", func(t *testing.T) {
		h.EndSockets([]string{young.ID, "unknown"})
		require.True(t, young.Closing())
		require.False(t, old.Closing())
		young.Done()
		require.Equal(t, CloseSignedOut, young.queue.sink.(*goneSink).code)
		_, total := h.Sockets(10, 2)
		require.Equal(t, 1, total, "it is not listed while it goes")
	})
}

// goneSink remembers how it was closed.
type goneSink struct{ code int }

func (s *goneSink) Write([]Block) error      { return nil }
func (s *goneSink) Close(code int, _ string) { s.code = code }
