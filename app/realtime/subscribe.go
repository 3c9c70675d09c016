package realtime

import (
	"context"
	"slices"

	"github.com/quillium/quillium/app"
)

// Subscription is a client's wish to follow chats. Resume is false where the
// client's state is of another database.
type Subscription struct {
	ID     string
	Asks   []Ask
	Limit  int
	Resume bool
}

// One reading brings at most so many messages and chats: where few messages of
// each chat are wished, many chats are read at once, because a reading by
// itself costs as much as what it brings.
const (
	groupMessages = 1000
	groupChats    = 32
)

// group is how many chats are registered and read at once.
func (s Subscription) group() int { return max(1, min(groupChats, groupMessages/max(1, s.Limit))) }

type place struct {
	publisher *publisher
	listener  *listener
}

// Subscribe follows chats: each group is registered first and then read, and
// the next one begins when the answers before it are written, so that a slow
// client is waited for and not closed.
func (h *Hub) Subscribe(ctx context.Context, c *Client, s Subscription) {
	for group := range slices.Chunk(s.Asks, s.group()) {
		if ctx.Err() != nil || c.Closing() {
			return
		}
		h.subscribeGroup(ctx, c, s, group)
	}
}

func (h *Hub) subscribeGroup(ctx context.Context, c *Client, s Subscription, group []Ask) {
	places := make([]place, len(group))
	for i, ask := range group {
		places[i] = h.register(c, ask.ChatID)
	}
	snapshots, err := h.snapshots(ctx, c, s, group)
	h.seatAll(ctx, places)
	for i, ask := range group {
		switch {
		case places[i].publisher == nil:
			c.Send(ErrorEnvelope(s.ID, ask.ChatID, app.Errorf(app.CodeInvalidInput, "A socket follows at most %d chats.", MaxChats)))
		case err != nil:
			h.refuse(c, s.ID, ask.ChatID, places[i], err)
		case !snapshots[i].Found:
			h.refuse(c, s.ID, ask.ChatID, places[i], app.ErrNotFound)
		default:
			if c.queue.waitWritten(ctx) != nil {
				return
			}
			if !places[i].publisher.activate(c, places[i].listener, s.ID, snapshots[i]) {
				c.Send(ErrorEnvelope(s.ID, ask.ChatID, app.ErrNotFound))
			}
		}
	}
	_ = c.queue.waitWritten(ctx)
}

func (h *Hub) snapshots(ctx context.Context, c *Client, s Subscription, group []Ask) ([]Snapshot, error) {
	reading, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	snapshots, err := h.reader.Snapshots(reading, c.Actor.UserID, group, s.Limit, s.Resume)
	if err != nil && ctx.Err() == nil {
		h.log.Warn("chats could not be read for a subscription", "user_id", c.Actor.UserID, "error", err)
	}
	return snapshots, err
}

// Follow makes a client follow one chat for one question in it: the answer is
// a subscribed with the question and its answers alone, and then comes
// everything. A client that follows the chat already begins anew. not_found
// where the user may not see the chat, or lost it meanwhile.
func (h *Hub) Follow(ctx context.Context, c *Client, chat app.ChatID, question app.MessageID) error {
	at := h.register(c, chat)
	reading, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	snapshot, err := h.reader.Thread(reading, c.Actor.UserID, chat, question)
	if err == nil && (!snapshot.Found || !at.publisher.activate(c, at.listener, "", snapshot)) {
		err = app.ErrNotFound
	}
	if err != nil {
		c.unfollow(chat)
		h.chats.dismiss(at.publisher, c, at.listener)
	}
	return err
}

// register puts a client among a chat's listeners, as pending. It may meet a
// publisher that is just closing: then it makes another.
func (h *Hub) register(c *Client, chat app.ChatID) place {
	for {
		p, l, open := h.chats.enter(h, chat, c)
		if !open {
			continue
		}
		if !c.follow(p) {
			h.chats.dismiss(p, c, l)
			return place{}
		}
		return place{publisher: p, listener: l}
	}
}

func (h *Hub) refuse(c *Client, id string, chat app.ChatID, at place, err error) {
	c.unfollow(chat)
	h.chats.dismiss(at.publisher, c, at.listener)
	c.Send(ErrorEnvelope(id, chat, err))
}

// Unsubscribe stops following; nothing of that chat is sent afterwards.
func (h *Hub) Unsubscribe(c *Client, chat app.ChatID) {
	if p := c.unfollow(chat); p != nil {
		h.chats.dismiss(p, c, nil)
	}
}
