package realtime

import (
	"sync"

	"github.com/quillium/quillium/app"
)

// publisher sends one chat's changes to its listeners on this node, in the
// order of their revs. It keeps the rev it sent last: a commit that follows
// on goes out as made; otherwise everything since is read in one snapshot.
type publisher struct {
	hub  *Hub
	chat app.ChatID

	mu        sync.Mutex
	listeners map[*Client]*listener
	// known is false until the first snapshot told where the chat is.
	known bool
	rev   int64
	// want is the highest rev heard of; reading is true while a catch-up is
	// under way.
	want    int64
	stale   bool
	reading bool
	// told holds the rev of the last change of answers: with rev it keeps deltas
	// from going out before the changes that began their run, or after the ones
	// that ended it.
	told map[app.MessageID]int64
	tick tick
	// growing are the runs that listeners know of.
	growing map[app.MessageID]*Tail
	// marks are how far those have read who were told of.
	marks map[app.UserID]int64
	seats seats
	// closed is set when the last listener has gone.
	closed bool
}

// listener is one client's place. While its snapshot is read, what happens is
// held back.
type listener struct {
	pending bool
	// apart says that it is sent something else in the next tick than all
	// others: own, which may be nothing.
	apart bool
	own   []Block
	// rev is that of its snapshot, which may be ahead of the publisher.
	rev int64
	// base is where the publisher was when it began to hold back for it.
	base int64
	held []line
	size int
	// spilled: more happened than is held; the client has to ask again.
	spilled bool
}

func newPublisher(hub *Hub, chat app.ChatID) *publisher {
	return &publisher{hub: hub, chat: chat, listeners: map[*Client]*listener{}, told: map[app.MessageID]int64{}}
}

// register takes a client in, holding events back until activate.
func (p *publisher) register(c *Client) (*listener, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, false
	}
	if before := p.listeners[c]; before != nil && len(p.tick.blocks) > 0 {
		before.take(c, nil, Join(p.tick.blocks...))
	}
	l := &listener{pending: true, base: p.rev}
	p.listeners[c] = l
	return l, true
}

// leave takes a client out and tells whether nobody is left.
func (p *publisher) leave(c *Client, only *listener) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if only == nil || p.listeners[c] == only {
		delete(p.listeners, c)
	}
	p.closed = len(p.listeners) == 0
	return p.closed
}

// activate answers a subscribe: the snapshot with the text that running
// answers of this node have now, then what was held back and is not in it.
// False where the client lost the chat since the snapshot was read.
func (p *publisher) activate(c *Client, l *listener, id string, snapshot Snapshot) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listeners[c] != l {
		return false
	}
	p.hub.texts.Overlay(snapshot.Messages)
	p.learn(snapshot)
	whole := snapshot.Chat.Rev >= l.base
	if !whole {
		// Another one's snapshot told where the chat is, and this one is older:
		// what lies between was never sent, so it is read, for all.
		p.fallBack(snapshot.Chat.Rev)
	}
	answer := []Block{Encode(Envelope{Type: "subscribed", ID: id, Data: Subscribed{
		Chat: snapshot.Chat, Me: snapshot.Me, Rev: snapshot.Chat.Rev, Reset: snapshot.Reset,
		Messages: snapshot.Messages, Members: snapshot.Members, Online: p.present(c),
	}})}
	for _, event := range l.held {
		if event.rev == 0 || whole && event.rev > snapshot.Chat.Rev {
			answer = append(answer, event.block)
		}
	}
	if l.spilled {
		answer = append(answer, Encode(p.notice()))
	}
	c.queue.admit(answer...)
	*l = listener{rev: max(snapshot.Chat.Rev, p.rev), apart: len(p.tick.blocks) > 0}
	p.catchUp()
	return true
}

// fallBack begins anew at an earlier rev. What listeners were told stays true.
func (p *publisher) fallBack(rev int64) {
	for _, l := range p.listeners {
		if !l.pending {
			l.rev = max(l.rev, p.rev)
		}
	}
	p.want, p.rev = max(p.want, p.rev), min(p.rev, rev)
}

// learn takes from a snapshot where the chat is: the first one is where the
// publisher begins, a later one may be ahead of what was heard.
func (p *publisher) learn(snapshot Snapshot) {
	p.want = max(p.want, snapshot.Chat.Rev)
	p.seats.members = snapshot.Chat.MemberCount
	p.note(snapshot.Messages)
	if p.known {
		return
	}
	p.known, p.rev = true, snapshot.Chat.Rev
	for _, l := range p.listeners {
		l.base = p.rev
	}
}

// maxTold bounds what is remembered of answers. A stray delta of one that was
// forgotten does no harm: clients know the end by its rev.
const maxTold = 256

func (p *publisher) note(messages []app.Message) {
	if len(p.told) > maxTold {
		clear(p.told)
	}
	for _, m := range messages {
		if m.Role == app.MessageAssistant {
			p.told[m.ID] = max(p.told[m.ID], m.Rev)
			p.follow(m)
		}
	}
}

// commit takes one commit's changes; of a notice only that there is something
// to read.
func (p *publisher) commit(changes app.Changes) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.want = max(p.want, changes.Rev)
	follows := changes.From == p.rev && changes.Rev > p.rev
	if p.known && follows && !p.reading && !p.stale {
		p.publish(changes)
		return
	}
	p.catchUp()
}

// look reads whatever there is to know.
func (p *publisher) look() {
	if p.stales() {
		p.hub.catchUp.add(p)
	}
}

// publish sends changes to all. The lock is held, so that their order is one.
func (p *publisher) publish(changes app.Changes) {
	notice := changes.From == changes.Rev
	block := Encode(Envelope{Type: "changes", Data: changes})
	p.rev = changes.Rev
	p.note(changes.Messages)
	p.recount(changes)
	if !notice && len(block.Text()) > MaxBytes {
		block = Encode(p.notice())
	}
	p.fan(line{block: block, rev: changes.Rev}, nil)
}

// recount has it read again who is online where others are members now.
func (p *publisher) recount(changes app.Changes) {
	if changes.Chat != nil {
		p.seats.members = changes.Chat.MemberCount
	}
	if len(changes.Members) > 0 || changes.From == changes.Rev {
		p.hub.presence.again(p.chat)
	}
}

// notice makes clients subscribe again.
func (p *publisher) notice() Envelope {
	return Envelope{Type: "changes", Data: app.Changes{ChatID: p.chat, From: p.rev, Rev: p.rev, Messages: []app.Message{}}}
}

// grown sends a delta of a run of this node.
func (p *publisher) grown(delta app.Delta) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grow(delta)
}

// grow sends a delta of a run that listeners know of. The lock is held.
func (p *publisher) grow(delta app.Delta) {
	// Before the first snapshot nothing is known to run; that snapshot will have
	// the text.
	if !p.known || p.told[delta.MessageID] > delta.Rev {
		return
	}
	var to func(*Client, *listener) bool
	if delta.Rev > p.rev {
		// Only those know of the run whose snapshot was ahead.
		to = func(_ *Client, l *listener) bool { return !l.pending && delta.Rev <= l.rev }
	}
	p.fan(line{block: Encode(Envelope{Type: "delta", Data: delta}), rev: delta.Rev}, to)
}
