package realtime

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

// Place is a user in a chat.
type Place struct {
	Chat app.ChatID
	User app.UserID
}

// Inbox is what a chat is to one of its members who does not follow it.
type Inbox struct {
	ChatID  app.ChatID `json:"chat_id"`
	Title   string     `json:"title"`
	Rev     int64      `json:"rev"`
	LastSeq int64      `json:"last_seq"`
	Me      app.Me     `json:"me"`
}

// Entry is an Inbox and whose it is.
type Entry struct {
	User app.UserID
	Inbox
}

// Inboxes reads what chats are to their members.
type Inboxes interface {
	// Inboxes reads these chats as each of these users sees them, and these
	// places besides, all at one moment. Who is no member of a chat sees
	// nothing of it.
	Inboxes(ctx context.Context, chats []app.ChatID, users []app.UserID, places []Place) ([]Entry, error)
}

const (
	// inboxEvery is how far apart readings are at least.
	inboxEvery = time.Second
	// maxRang bounds what waits for the next reading; more is not told, and seen
	// by those who list their chats.
	maxRang = 10_000
)

// news is which chats changed, and whose own part of which, since inboxes were
// read last.
type news struct {
	mu    sync.Mutex
	chats map[app.ChatID]struct{}
	mine  map[Place]struct{}
	wake  chan struct{}
}

func newNews() *news {
	return &news{chats: map[app.ChatID]struct{}{}, mine: map[Place]struct{}{}, wake: make(chan struct{}, 1)}
}

func (n *news) of(chats ...app.ChatID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, id := range chats {
		if len(n.chats) < maxRang {
			n.chats[id] = struct{}{}
		}
	}
	wake(n.wake)
}

func (n *news) own(places ...Place) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, at := range places {
		if len(n.mine) < maxRang {
			n.mine[at] = struct{}{}
		}
	}
	wake(n.wake)
}

func (n *news) take() (chats map[app.ChatID]struct{}, mine map[Place]struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	chats, mine = n.chats, n.mine
	n.chats, n.mine = map[app.ChatID]struct{}{}, map[Place]struct{}{}
	return chats, mine
}

// TellInboxes tells clients, until the context ends, of chats that they do not
// follow and that changed, and of their users' own part of any: at most once a
// second, in one reading for all. What cannot be read is not told.
func (h *Hub) TellInboxes(ctx context.Context, inboxes Inboxes) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.news.wake:
		}
		if err := h.tellInboxes(ctx, inboxes); err != nil && ctx.Err() == nil {
			h.log.Warn("inboxes could not be read; what changed is seen in the list of chats", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(inboxEvery):
		}
	}
}

func (h *Hub) tellInboxes(ctx context.Context, inboxes Inboxes) error {
	chats, mine := h.news.take()
	clients := h.byUser()
	var places []Place
	for at := range mine {
		if len(clients[at.User]) > 0 {
			places = append(places, at)
		}
	}
	if len(clients) == 0 || len(chats)+len(places) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	entries, err := inboxes.Inboxes(ctx, slices.Collect(maps.Keys(chats)), slices.Collect(maps.Keys(clients)), places)
	if err != nil {
		return err
	}
	for _, e := range entries {
		_, own := mine[Place{Chat: e.ChatID, User: e.User}]
		block := Encode(Envelope{Type: "inbox", Data: e.Inbox})
		for _, c := range clients[e.User] {
			if own || !c.Follows(e.ChatID) {
				c.send(block)
			}
		}
	}
	return nil
}

// byUser are the clients of each user, but for those that only pass.
func (h *Hub) byUser() map[app.UserID][]*Client {
	clients := map[app.UserID][]*Client{}
	for _, c := range h.all(func(c *Client) bool { return !c.Passing }) {
		clients[c.Actor.UserID] = append(clients[c.Actor.UserID], c)
	}
	return clients
}
