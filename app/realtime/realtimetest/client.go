// Package realtimetest has the client that tests trust: it follows the
// protocol's rules for clients and nothing else, and notes every breach of
// those for servers. It knows no socket and no hub; it may import app.
package realtimetest

import (
	"encoding/json"

	"github.com/quillium/quillium/app"
)

// Client holds copies of chats. It is not safe for use by several goroutines.
type Client struct {
	// Breaches are sentences about what the server did against the protocol.
	Breaches []string
	// Gaps counts deltas that did not follow on, so that it had to ask again.
	Gaps int
	// Repeats counts deltas that began before the end of an earlier one: a
	// client takes what is new of them.
	Repeats int
	// Resets counts how often it had to begin anew.
	Resets int

	store  string
	wanted map[app.ChatID]bool
	copies map[app.ChatID]*Copy
	asking map[app.ChatID]bool
	told   map[app.ChatID]*told
}

// Copy is what a client has of a chat: Have is the rev it knows everything up
// to, Low the lowest place it holds.
type Copy struct {
	Have, Low int64
	Title     string
	Messages  map[app.MessageID]app.Message
	Members   map[app.UserID]app.Member

	titled int64
	// store is the database that it is of.
	store string
}

// Ask is a subscribe that the client wishes to send. Since is nil where it has
// nothing yet; Store is the database that it has it of.
type Ask struct {
	Chat  app.ChatID
	Since *int64
	Store string
}

// AskID is the id of each subscribe, so that its answer is known as such.
const AskID = "subscribe"

// New makes a client that has nothing and wants nothing.
func New() *Client {
	return &Client{
		wanted: map[app.ChatID]bool{}, copies: map[app.ChatID]*Copy{},
		asking: map[app.ChatID]bool{}, told: map[app.ChatID]*told{},
	}
}

// Connected begins a socket: what the last one was sent and was to answer does
// not count any more.
func (c *Client) Connected() {
	clear(c.asking)
	clear(c.told)
}

// Follow wants a chat from now on, and gives what to ask, if anything.
func (c *Client) Follow(chat app.ChatID) []Ask {
	c.wanted[chat] = true
	return c.ask(chat)
}

// Unfollow does not want a chat any more and forgets it.
func (c *Client) Unfollow(chat app.ChatID) {
	delete(c.wanted, chat)
	delete(c.copies, chat)
	delete(c.asking, chat)
}

// Asks are those for all chats that it wants.
func (c *Client) Asks() (asks []Ask) {
	for chat := range c.wanted {
		asks = append(asks, c.ask(chat)...)
	}
	return asks
}

// Wants tells whether it follows a chat, or would like to.
func (c *Client) Wants(chat app.ChatID) bool { return c.wanted[chat] }

// Chat is its copy of a chat, or nil.
func (c *Client) Chat(chat app.ChatID) *Copy { return c.copies[chat] }

// Subscribed tells whether this socket has been answered for a chat.
func (c *Client) Subscribed(chat app.ChatID) bool {
	on := c.told[chat]
	return on != nil && on.following && !c.asking[chat]
}

// ask is none where the answer to one is on its way: that one will do.
func (c *Client) ask(chat app.ChatID) []Ask {
	ask := Ask{Chat: chat}
	if mine := c.copies[chat]; mine != nil {
		if c.asking[chat] {
			return nil
		}
		c.asking[chat] = true
		have := mine.Have
		ask.Since, ask.Store = &have, mine.store
	}
	return []Ask{ask}
}

// Take takes one line of a frame and gives what to ask because of it.
func (c *Client) Take(line []byte) []Ask {
	var e struct {
		Type, ID string
		Data     json.RawMessage
	}
	c.read(line, &e)
	switch e.Type {
	case "welcome":
		var data struct{ Store string }
		c.read(e.Data, &data)
		c.store = data.Store
		return c.Asks()
	case "subscribed":
		return take(c, e.Data, c.subscribed)
	case "changes":
		return take(c, e.Data, c.changes)
	case "delta":
		return take(c, e.Data, c.delta)
	case "ack":
		return take(c, e.Data, c.acknowledged)
	case "unsubscribed", "removed", "error":
		return c.lose(e.Type, e.ID, e.Data)
	}
	return nil
}

func (c *Client) read(data []byte, into any) {
	if err := json.Unmarshal(data, into); err != nil {
		c.breach("cannot be read: %v in %s", err, data)
	}
}

func take[T any](c *Client, data []byte, do func(T) []Ask) []Ask {
	var value T
	c.read(data, &value)
	return do(value)
}

// lose forgets what this user may not see any more. An error that is the
// answer to anything else, or that passes, takes nothing away.
func (c *Client) lose(kind, id string, data []byte) []Ask {
	var about struct {
		ChatID app.ChatID `json:"chat_id"`
		Code   app.Code
	}
	c.read(data, &about)
	switch {
	case kind == "unsubscribed":
		delete(c.told, about.ChatID)
	case kind == "removed", id == AskID && about.Code == app.CodeNotFound:
		delete(c.told, about.ChatID)
		delete(c.copies, about.ChatID)
		delete(c.asking, about.ChatID)
	case id == AskID:
		delete(c.asking, about.ChatID)
	}
	return nil
}
