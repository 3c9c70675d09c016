package realtime

import "github.com/quillium/quillium/app"

// ChatChanged takes one commit's changes of a chat.
func (h *Hub) ChatChanged(changes app.Changes) {
	h.news.of(changes.ChatID)
	if p := h.publisher(changes.ChatID); p != nil {
		p.commit(changes)
	}
}

// ChatStale makes this node look at a chat.
func (h *Hub) ChatStale(chat app.ChatID) {
	h.news.of(chat)
	if p := h.publisher(chat); p != nil {
		p.look()
	}
}

// Grown takes what a running answer of this node grew by.
func (h *Hub) Grown(delta app.Delta) {
	if p := h.publisher(delta.ChatID); p != nil {
		p.grown(delta)
	}
}

// ChatRead tells the others in a chat how far a member has read.
func (h *Hub) ChatRead(chat app.ChatID, user app.UserID, seq int64) {
	h.news.own(Place{Chat: chat, User: user})
	if p := h.publisher(chat); p != nil {
		p.read(Read{ChatID: chat, UserID: user, Seq: seq})
	}
}

// MineChanged tells a member's own devices of his own part of a chat.
func (h *Hub) MineChanged(chat app.ChatID, user app.UserID) {
	h.news.own(Place{Chat: chat, User: user})
}

// Typing tells the others in a chat that somebody types. Whoever does not
// follow the chat is not heard, and nobody more than once a second.
func (h *Hub) Typing(c *Client, chat app.ChatID) {
	p, at := c.publisher(chat), Place{Chat: chat, User: c.Actor.UserID}
	if p == nil || !h.gossip.types(at) {
		return
	}
	p.types(app.Person{ID: c.Actor.UserID, Name: c.Actor.Name})
	if h.presence.neighbours != nil {
		h.presence.neighbours.Typing(at)
	}
}

// ChatLost ends a user's subscriptions of a chat and tells him so.
func (h *Hub) ChatLost(chat app.ChatID, user app.UserID) {
	for _, c := range h.all(func(c *Client) bool { return c.Actor.UserID == user }) {
		if c.Follows(chat) {
			h.Unsubscribe(c, chat)
			c.Send(Envelope{Type: "removed", Data: InChat{ChatID: chat}})
		}
	}
}

// SessionEnded closes the sockets of sessions that are over.
func (h *Hub) SessionEnded(why app.EndReason, sessions ...app.SessionID) {
	over := make(map[app.SessionID]app.EndReason, len(sessions))
	for _, id := range sessions {
		over[id] = why
	}
	h.closeOver(over)
}

func (h *Hub) closeOver(over map[app.SessionID]app.EndReason) {
	for _, c := range h.all(func(c *Client) bool { return over[c.Actor.SessionID] != "" }) {
		if over[c.Actor.SessionID] == app.EndDisabled {
			c.Close(CloseDisabled, "this account is disabled")
		} else {
			c.Close(CloseSignedOut, "signed out; sign in again")
		}
	}
}

// UserChanged makes this node check the sessions of a user's sockets.
func (h *Hub) UserChanged(user app.UserID) { h.UsersChanged(user) }

// SettingChanged passes on that a setting has a new value.
func (h *Hub) SettingChanged(name string) { h.changed(name) }
