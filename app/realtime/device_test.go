package realtime

import (
	"encoding/json"
	"fmt"
	"sync"

	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
)

// device is a client that follows the protocol's rules, and checks those for
// servers on each of its sockets.
type device struct {
	world *world
	user  app.UserID
	limit int

	client *Client
	wire   *wire
	work   chan func()
	done   chan struct{}

	mu     sync.Mutex
	wanted map[app.ChatID]bool
	copies map[app.ChatID]*held
	socket map[app.ChatID]*sent
	// gaps counts deltas that did not follow on: the client had to ask again.
	gaps   int
	faults []string
}

// held is what a device has of a chat.
type held struct {
	have     int64
	low      int64
	title    string
	titled   int64
	messages map[app.MessageID]app.Message
	members  map[app.UserID]app.Member
	asking   bool
}

// sent is what one socket was sent of a chat.
type sent struct {
	following bool
	// unsure is set by a notice, until the next subscribed: what the client was
	// not told it cannot know.
	unsure bool
	rev    int64
	told   map[app.MessageID]int64
	ends   map[string]int
}

func newDevice(w *world, user app.UserID) *device {
	return &device{world: w, user: user, limit: rapid.SampledFrom([]int{3, 200}).Draw(w.t, "limit"), wanted: map[app.ChatID]bool{}, copies: map[app.ChatID]*held{}}
}

// connect opens a socket and asks for all wanted chats from where it was.
func (d *device) connect() {
	d.wire = newWire()
	d.wire.hear = d.hear
	d.client = NewClient("", app.Actor{UserID: d.user}, d.wire)
	d.socket = map[app.ChatID]*sent{}
	d.world.hub.Join(d.client)
	d.work, d.done = make(chan func(), 10_000), make(chan struct{})
	go func(work chan func(), done chan struct{}) {
		defer close(done)
		for do := range work {
			do()
		}
	}(d.work, d.done)
	d.mu.Lock()
	defer d.mu.Unlock()
	for chat := range d.wanted {
		d.ask(chat)
	}
}

// cut ends the socket at once, whatever is under way.
func (d *device) cut() {
	if d.work == nil {
		return
	}
	d.wire.Close(1006, "cut")
	close(d.work)
	<-d.done
	d.work = nil
	d.world.hub.Leave(d.client)
	d.wire.set(func() { d.wire.left = true })
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.copies {
		c.asking = false
	}
}

func (d *device) subscribe(chat app.ChatID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wanted[chat] = true
	d.ask(chat)
}

func (d *device) unsubscribe(chat app.ChatID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.wanted, chat)
	delete(d.copies, chat)
	client := d.client
	d.work <- func() {
		d.world.hub.Unsubscribe(client, chat)
		client.Send(Envelope{Type: "unsubscribed", Data: InChat{ChatID: chat}})
	}
}

// ask subscribes from where this device is. The lock is held.
func (d *device) ask(chat app.ChatID) {
	ask := Ask{ChatID: chat}
	if c := d.copies[chat]; c != nil {
		if c.asking {
			return
		}
		c.asking = true
		have := c.have
		ask.Since = &have
	}
	client := d.client
	d.work <- func() {
		d.world.hub.Subscribe(d.world.hub.life, client, Subscription{Asks: []Ask{ask}, Limit: d.limit, Resume: true})
	}
}

func (d *device) fault(format string, args ...any) {
	d.faults = append(d.faults, fmt.Sprintf(format, args...))
}

// hear takes one envelope.
func (d *device) hear(line []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var e envelope
	if err := json.Unmarshal(line, &e); err != nil {
		d.fault("no JSON: %s", line)
		return
	}
	switch e.Type {
	case "subscribed":
		d.subscribed(read[Subscribed](e))
	case "changes":
		d.changes(read[app.Changes](e))
	case "delta":
		d.delta(read[app.Delta](e))
	case "unsubscribed":
		delete(d.socket, read[InChat](e).ChatID)
	case "removed":
		d.lost(read[InChat](e).ChatID)
	case "error":
		// Refused: this user is not in the chat any more.
		d.lost(read[Problem](e).ChatID)
	}
}

func (d *device) lost(chat app.ChatID) {
	delete(d.socket, chat)
	delete(d.copies, chat)
}

func read[T any](e envelope) (data T) {
	if err := json.Unmarshal(e.Data, &data); err != nil {
		panic(err)
	}
	return data
}

func (d *device) on(chat app.ChatID) *sent {
	if d.socket[chat] == nil {
		d.socket[chat] = &sent{told: map[app.MessageID]int64{}, ends: map[string]int{}}
	}
	return d.socket[chat]
}

func (d *device) subscribed(s Subscribed) {
	on := d.on(s.Chat.ID)
	on.following, on.unsure, on.rev, on.ends = true, false, max(on.rev, s.Rev), map[string]int{}
	if s.Reset {
		on.told = map[app.MessageID]int64{} // running answers of old are not in it
	}
	d.told(on, s.Messages)
	if !d.wanted[s.Chat.ID] {
		return // an unsubscribe is on its way
	}
	c := d.copies[s.Chat.ID]
	if c == nil && !s.Reset {
		// An answer to what was asked before the chat was forgotten.
		d.ask(s.Chat.ID)
		return
	}
	if s.Reset {
		c = &held{low: 1, messages: map[app.MessageID]app.Message{}, members: map[app.UserID]app.Member{}}
		d.copies[s.Chat.ID] = c
		if len(s.Messages) > 0 {
			c.low = s.Messages[0].Seq
		}
	}
	c.asking = false
	c.title, c.titled = s.Chat.Title, s.Rev
	d.take(c, s.Messages, s.Members)
	c.have = max(c.have, s.Rev)
}

func (d *device) told(on *sent, messages []app.Message) {
	for _, m := range messages {
		on.told[m.ID] = max(on.told[m.ID], m.Rev)
	}
}

func (d *device) take(c *held, messages []app.Message, members []app.Member) {
	for _, m := range messages {
		mine, known := c.messages[m.ID]
		if m.Seq >= c.low && (!known || m.Rev > mine.Rev || m.Rev == mine.Rev && len(m.Content) > len(mine.Content)) {
			c.messages[m.ID] = m
		}
	}
	for _, m := range members {
		if m.Rev > c.members[m.User.ID].Rev {
			c.members[m.User.ID] = m
		}
	}
}

func (d *device) changes(changes app.Changes) {
	on := d.on(changes.ChatID)
	notice := changes.From == changes.Rev
	switch {
	case !on.following:
		d.fault("changes of %s to who does not follow it", changes.ChatID)
	case !notice && changes.From > on.rev:
		d.fault("changes of %s from %d after %d", changes.ChatID, changes.From, on.rev)
	}
	if changes.Rev > on.rev {
		d.told(on, changes.Messages)
	}
	on.rev, on.unsure = max(on.rev, changes.Rev), on.unsure || notice
	c := d.copies[changes.ChatID]
	switch {
	case c == nil || changes.Rev <= c.have:
	case changes.From > c.have:
		d.ask(changes.ChatID)
	default:
		d.take(c, changes.Messages, changes.Members)
		if changes.Chat != nil && changes.Rev > c.titled {
			c.title, c.titled = changes.Chat.Title, changes.Rev
		}
		c.have = changes.Rev
	}
}

func (d *device) delta(delta app.Delta) {
	on := d.on(delta.ChatID)
	told, known := on.told[delta.MessageID]
	place := fmt.Sprint(delta.MessageID, delta.Part, delta.Rev)
	switch {
	case !on.following:
		d.fault("delta of %s to who does not follow it", delta.ChatID)
	case delta.Rev > on.rev, known && told < delta.Rev && !on.unsure:
		d.fault("delta of run %d before the changes that began it (%d, %d)", delta.Rev, on.rev, told)
	case told > delta.Rev:
		d.fault("delta of run %d after the changes that ended it (%d)", delta.Rev, told)
	case delta.Offset < on.ends[place]:
		d.fault("delta from %d overlaps one that ended at %d", delta.Offset, on.ends[place])
	}
	on.ends[place] = delta.End
	c := d.copies[delta.ChatID]
	if c == nil {
		return
	}
	m, held := c.messages[delta.MessageID]
	n := len(m.Content)
	switch {
	case held && m.Rev > delta.Rev:
	case !held || m.Rev < delta.Rev:
		if delta.Rev > c.have {
			d.ask(delta.ChatID)
		}
	case m.Status != app.StatusStreaming || n >= delta.End:
	case n < delta.Offset:
		d.gaps++
		d.ask(delta.ChatID)
	default:
		m.Content += delta.Text[n-delta.Offset:]
		c.messages[delta.MessageID] = m
	}
}
