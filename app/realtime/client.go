package realtime

import (
	"slices"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

// Client is one connected device: a queue of blocks and the chats it follows.
type Client struct {
	ID    string
	Actor app.Actor
	// Since is when it came.
	Since time.Time
	// Passing is a client that comes for one thing and goes: nobody is online by
	// it, and it is told of no chat that it does not follow.
	Passing bool
	queue   queue

	mu sync.Mutex
	// chats are few, mostly one: a list is smaller than a map and no slower.
	chats []*publisher
}

// NewClient makes a client of an actor; the sink is where its blocks go.
func NewClient(id string, actor app.Actor, sink Sink) *Client {
	return &Client{ID: id, Actor: actor, Since: time.Now().UTC(), queue: queue{sink: sink}}
}

// Send queues one envelope.
func (c *Client) Send(e Envelope) { c.send(Encode(e)) }

// send queues blocks; a client that is too slow to take them is closed, and
// its memory freed.
func (c *Client) send(blocks ...Block) { c.sendIn(nil, blocks...) }

// sendIn is send, of something that goes to a crowd.
func (c *Client) sendIn(w *wave, blocks ...Block) {
	if !c.queue.pushIn(w, blocks...) {
		c.queue.abort(CloseTooSlow, tooSlow)
	}
}

// Close writes what waits and closes with a code of the protocol.
func (c *Client) Close(code int, reason string) { c.queue.finish(code, reason) }

// Closing tells whether the client was told to go: it is not listened to any
// more.
func (c *Client) Closing() bool { return c.queue.ending() }

// Follows tells whether a client is subscribed to a chat.
func (c *Client) Follows(chat app.ChatID) bool { return c.publisher(chat) != nil }

func (c *Client) publisher(chat app.ChatID) *publisher {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := c.find(chat); i >= 0 {
		return c.chats[i]
	}
	return nil
}

func (c *Client) find(chat app.ChatID) int {
	return slices.IndexFunc(c.chats, func(p *publisher) bool { return p.chat == chat })
}

func (c *Client) follow(p *publisher) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch i := c.find(p.chat); {
	case i >= 0:
		c.chats[i] = p
	case len(c.chats) >= MaxChats:
		return false
	default:
		c.chats = append(c.chats, p)
	}
	return true
}

func (c *Client) unfollow(chat app.ChatID) *publisher {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.find(chat)
	if i < 0 {
		return nil
	}
	p := c.chats[i]
	c.chats = slices.Delete(c.chats, i, i+1)
	return p
}

func (c *Client) followed() []app.ChatID {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]app.ChatID, len(c.chats))
	for i, p := range c.chats {
		list[i] = p.chat
	}
	return list
}

// Done waits until nothing is written to the sink any more; a goodbye that is
// on its way is still said. Whoever reads from the socket calls it last.
func (c *Client) Done() { c.queue.end() }
