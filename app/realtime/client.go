package realtime

import (
	"sync"

	"github.com/quillium/quillium/app"
)

// Client is one connected device: a queue of lines and the chats it follows.
type Client struct {
	ID    string
	Actor app.Actor
	queue *queue

	mu    sync.Mutex
	chats map[app.ChatID]*publisher
}

// NewClient makes a client of an actor; the sink is where its lines go.
func NewClient(id string, actor app.Actor, sink Sink) *Client {
	return &Client{ID: id, Actor: actor, queue: newQueue(sink), chats: map[app.ChatID]*publisher{}}
}

// Send queues one envelope.
func (c *Client) Send(e Envelope) { c.send(Encode(e)) }

// send queues lines that are encoded already; a client that is too slow to
// take them is closed, and its memory freed.
func (c *Client) send(lines ...[]byte) {
	if !c.queue.push(lines...) {
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
	return c.chats[chat]
}

func (c *Client) follow(chat app.ChatID, p *publisher) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, again := c.chats[chat]; !again && len(c.chats) >= MaxChats {
		return false
	}
	c.chats[chat] = p
	return true
}

func (c *Client) unfollow(chat app.ChatID) *publisher {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.chats[chat]
	delete(c.chats, chat)
	return p
}

func (c *Client) followed() []app.ChatID {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]app.ChatID, 0, len(c.chats))
	for id := range c.chats {
		list = append(list, id)
	}
	return list
}

// Done waits until nothing is written to the sink any more; a goodbye that is
// on its way is still said. Whoever reads from the socket calls it last.
func (c *Client) Done() { c.queue.end() }
