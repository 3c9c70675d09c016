package realtime

import (
	"slices"

	"github.com/quillium/quillium/app"
)

// Sockets lists at most this many who are connected here, the newest, each with
// at most so many of the chats it follows, and tells how many are connected.
func (h *Hub) Sockets(most, chats int) (list []app.Socket, total int) {
	clients := h.all(func(c *Client) bool { return !c.Closing() })
	total = len(clients)
	slices.SortFunc(clients, func(a, b *Client) int { return b.Since.Compare(a.Since) })
	for _, c := range clients[:min(most, total)] {
		list = append(list, c.socket(chats))
	}
	return list, total
}

// EndSockets closes these, wherever they are on their way; their sessions go
// on.
func (h *Hub) EndSockets(ids []string) {
	if len(ids) == 0 {
		return
	}
	for _, c := range h.all(func(c *Client) bool { return slices.Contains(ids, c.ID) }) {
		c.Close(CloseSignedOut, "an administrator ended this connection")
	}
}

func (c *Client) socket(chats int) app.Socket {
	followed := c.followed()
	s := app.Socket{
		ID: c.ID, User: app.Person{ID: c.Actor.UserID}, SessionID: c.Actor.SessionID, IP: c.Actor.IP, UserAgent: c.Actor.UserAgent,
		Stream: c.Passing, ChatCount: len(followed), Queued: c.queue.waiting(), Since: c.Since,
	}
	for _, chat := range followed[:min(chats, len(followed))] {
		s.Chats = append(s.Chats, app.NamedChat{ID: chat})
	}
	return s
}
