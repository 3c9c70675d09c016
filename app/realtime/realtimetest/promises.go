package realtimetest

import (
	"fmt"
	"unicode/utf8"

	"github.com/quillium/quillium/app"
)

// told is what this socket was sent of a chat.
type told struct {
	following bool
	// unsure is set by a notice, until the next subscribed: what the client was
	// not told it cannot know.
	unsure bool
	rev    int64
	// messages are the revs that were sent last, ends how far deltas came.
	messages map[app.MessageID]int64
	ends     map[place]int
}

type place struct {
	message app.MessageID
	rev     int64
	part    app.Part
}

func (c *Client) breach(format string, args ...any) {
	c.Breaches = append(c.Breaches, fmt.Sprintf(format, args...))
}

func (c *Client) on(chat app.ChatID) *told {
	if c.told[chat] == nil {
		c.told[chat] = &told{messages: map[app.MessageID]int64{}, ends: map[place]int{}}
	}
	return c.told[chat]
}

func (t *told) note(messages []app.Message) {
	for _, m := range messages {
		t.messages[m.ID] = max(t.messages[m.ID], m.Rev)
	}
}

func (c *Client) toldSnapshot(s subscribed) {
	on := c.on(s.Chat.ID)
	on.following, on.unsure, on.rev, on.ends = true, false, max(on.rev, s.Rev), map[place]int{}
	if s.Reset {
		on.messages = map[app.MessageID]int64{} // running answers of old are not in it
	}
	for _, m := range s.Messages {
		if m.Rev > s.Rev {
			c.breach("subscribed at %d holds message %s of %d", s.Rev, m.ID, m.Rev)
		}
	}
	on.note(s.Messages)
}

func (c *Client) toldChanges(changes app.Changes) {
	on := c.on(changes.ChatID)
	notice := changes.From == changes.Rev
	switch {
	case !on.following:
		c.breach("changes of %s to who does not follow it", changes.ChatID)
	case !notice && changes.From > on.rev:
		c.breach("changes of %s from %d after %d", changes.ChatID, changes.From, on.rev)
	case notice && len(changes.Messages)+len(changes.Members) > 0:
		c.breach("a notice of %s with items", changes.ChatID)
	}
	if changes.Rev > on.rev {
		on.note(changes.Messages)
	}
	on.rev, on.unsure = max(on.rev, changes.Rev), on.unsure || notice
}

func (c *Client) toldDelta(delta app.Delta) {
	on := c.on(delta.ChatID)
	rev, known := on.messages[delta.MessageID]
	at := place{delta.MessageID, delta.Rev, delta.Part}
	switch {
	case !on.following:
		c.breach("delta of %s to who does not follow it", delta.ChatID)
	case delta.Rev > on.rev, known && rev < delta.Rev && !on.unsure:
		c.breach("delta of run %d before the changes that began it (%d, %d)", delta.Rev, on.rev, rev)
	case rev > delta.Rev:
		c.breach("delta of run %d after the changes that ended it (%d)", delta.Rev, rev)
	case delta.End-delta.Offset != len(delta.Text) || !utf8.ValidString(delta.Text):
		c.breach("delta from %d to %d holds %q", delta.Offset, delta.End, delta.Text)
	}
	if delta.Offset < on.ends[at] {
		c.Repeats++
	}
	on.ends[at] = max(on.ends[at], delta.End)
}
