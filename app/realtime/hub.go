package realtime

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

// Hub knows who is connected to this node and who follows which chat. It is
// the app.Signals of a running server.
type Hub struct {
	reader  Reader
	texts   Texts
	log     *slog.Logger
	perUser func() int
	life    context.Context
	end     context.CancelFunc
	changed func(setting string)
	// crowd is how many listeners of a chat make it go in ticks.
	crowd int
	chats chats
	// lookNow and watchNow wake those who look every so often.
	lookNow, watchNow chan struct{}
	tailor            tailor
	catchUp           *catchUp
	news              *news
	gossip            *gossip
	presence          *presence

	mu      sync.Mutex
	clients map[*Client]struct{}
	ofUser  map[app.UserID]int
	// rung are what to watch now.
	rung     rung
	draining bool
}

var _ app.Signals = (*Hub)(nil)

// NewHub makes a hub. perUser, asked each time, bounds the sockets of one user on this node;
// changed is called with the name of a setting that has a new value.
func NewHub(reader Reader, texts Texts, log *slog.Logger, perUser func() int, changed func(setting string)) *Hub {
	h := &Hub{
		reader: reader, texts: texts, log: log, perUser: perUser, changed: changed,
		lookNow: make(chan struct{}, 1), watchNow: make(chan struct{}, 1),
		crowd: crowd, chats: newChats(), clients: map[*Client]struct{}{}, ofUser: map[app.UserID]int{},
	}
	h.catchUp, h.news, h.gossip, h.presence = &catchUp{hub: h}, newNews(), newGossip(), newPresence()
	h.life, h.end = context.WithCancel(context.Background())
	return h
}

// Join takes a client in; false where its user has too many sockets already,
// or the server is going away.
func (h *Hub) Join(c *Client) (code int, ok bool) {
	c.queue.logTo(h.log)
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.draining:
		return CloseGoingAway, false
	case h.ofUser[c.Actor.UserID] >= h.perUser():
		return CloseTooMany, false
	}
	h.clients[c] = struct{}{}
	h.ofUser[c.Actor.UserID]++
	if !c.Passing {
		h.presence.come(c.Actor.UserID)
	}
	return 0, true
}

// Leave takes a client out of everything and waits until nothing is written
// to it any more.
func (h *Hub) Leave(c *Client) {
	for _, chat := range c.followed() {
		h.Unsubscribe(c, chat)
	}
	h.mu.Lock()
	if _, in := h.clients[c]; in {
		delete(h.clients, c)
		if h.ofUser[c.Actor.UserID]--; h.ofUser[c.Actor.UserID] == 0 {
			delete(h.ofUser, c.Actor.UserID)
		}
		if !c.Passing {
			h.presence.leave(c.Actor.UserID)
		}
	}
	h.mu.Unlock()
	c.Done()
}

// Count tells how many clients are connected and how many chats are followed.
func (h *Hub) Count() (clients, chats int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.clients), h.chats.count()
}

const (
	// drainWaves is in how many groups clients are told to go, and atOnce how
	// many are one group in any case: so few who come back hurt nobody.
	drainWaves = 10
	atOnce     = 50
)

// Drain takes in no more clients and tells all that are here to come back
// later: fifty or fewer at once, more of them in ten groups spread over this
// long, the first one now. The rest is told at once where the context ends.
func (h *Hub) Drain(ctx context.Context, over time.Duration) {
	h.mu.Lock()
	h.draining = true
	h.mu.Unlock()
	clients := h.all(func(*Client) bool { return true })
	size := max(atOnce, (len(clients)+drainWaves-1)/drainWaves)
	for group := range slices.Chunk(clients, size) {
		if &group[0] != &clients[0] {
			select {
			case <-ctx.Done():
			case <-time.After(over / drainWaves):
			}
		}
		for _, c := range group {
			// The hint spreads those who come back, the pauses those who go.
			c.Close(CloseGoingAway, "500")
		}
	}
}

// Close ends readings under way. Sockets are closed by Drain.
func (h *Hub) Close() { h.end() }

func (h *Hub) all(which func(*Client) bool) []*Client {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []*Client
	for c := range h.clients {
		if which(c) {
			list = append(list, c)
		}
	}
	return list
}

func (h *Hub) publisher(chat app.ChatID) *publisher { return h.chats.find(chat) }
