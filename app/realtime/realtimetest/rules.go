package realtimetest

import (
	"github.com/quillium/quillium/app"
)

type subscribed struct {
	Chat     app.Chat
	Rev      int64
	Reset    bool
	Messages []app.Message
	Members  []app.Member
}

func (c *Client) subscribed(s subscribed) []Ask {
	chat := s.Chat.ID
	c.toldSnapshot(s)
	if !c.wanted[chat] {
		return nil // an unsubscribe is on its way
	}
	mine := c.copies[chat]
	if mine == nil && !s.Reset {
		// The answer to what was asked before the chat was forgotten.
		return c.ask(chat)
	}
	if s.Reset {
		mine = &Copy{Low: 1, store: c.store, Messages: map[app.MessageID]app.Message{}, Members: map[app.UserID]app.Member{}}
		c.copies[chat] = mine
		c.Resets++
		if len(s.Messages) > 0 {
			mine.Low = s.Messages[0].Seq
		}
	}
	delete(c.asking, chat)
	mine.Title, mine.titled = s.Chat.Title, s.Rev
	mine.take(s.Messages, s.Members)
	mine.Have = max(mine.Have, s.Rev)
	return nil
}

func (c *Client) changes(changes app.Changes) []Ask {
	c.toldChanges(changes)
	mine := c.copies[changes.ChatID]
	switch {
	case mine == nil || changes.Rev <= mine.Have:
		return nil
	case changes.From > mine.Have:
		return c.ask(changes.ChatID)
	}
	mine.take(changes.Messages, changes.Members)
	if changes.Chat != nil && changes.Rev > mine.titled {
		mine.Title, mine.titled = changes.Chat.Title, changes.Rev
	}
	mine.Have = changes.Rev
	return nil
}

type acknowledged struct{ Message *app.Message }

// acknowledged takes the copy and leaves Have where it is.
func (c *Client) acknowledged(ack acknowledged) []Ask {
	if ack.Message != nil {
		if mine := c.copies[ack.Message.ChatID]; mine != nil {
			mine.take([]app.Message{*ack.Message}, nil)
		}
	}
	return nil
}

// take replaces copies by newer ones, and by one of the same run with more.
func (c *Copy) take(messages []app.Message, members []app.Member) {
	for _, m := range messages {
		mine, known := c.Messages[m.ID]
		if m.Seq >= c.Low && (!known || m.Rev > mine.Rev || m.Rev == mine.Rev && m.Size() > mine.Size()) {
			c.Messages[m.ID] = m
		}
	}
	for _, m := range members {
		if m.Rev > c.Members[m.User.ID].Rev {
			c.Members[m.User.ID] = m
		}
	}
}

func (c *Client) delta(delta app.Delta) []Ask {
	c.toldDelta(delta)
	mine := c.copies[delta.ChatID]
	if mine == nil {
		return nil
	}
	m, held := mine.Messages[delta.MessageID]
	text := textOf(m, delta.Part)
	n := len(text)
	switch {
	case held && m.Rev > delta.Rev:
	case !held || m.Rev < delta.Rev:
		if delta.Rev > mine.Have {
			return c.ask(delta.ChatID)
		}
	case m.Status != app.StatusStreaming || n >= delta.End:
	case n < delta.Offset:
		c.Gaps++
		return c.ask(delta.ChatID)
	case delta.End-delta.Offset == len(delta.Text):
		mine.Messages[delta.MessageID] = with(m, delta.Part, text+delta.Text[n-delta.Offset:])
	}
	return nil
}

func textOf(m app.Message, part app.Part) string {
	switch {
	case part == app.PartContent:
		return m.Content
	case m.Reasoning != nil:
		return *m.Reasoning
	}
	return ""
}

func with(m app.Message, part app.Part, text string) app.Message {
	if part == app.PartContent {
		m.Content = text
	} else {
		m.Reasoning = &text
	}
	return m
}
