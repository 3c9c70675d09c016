package realtime

import (
	"context"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

// Neighbours are the other nodes: the hub tells them what no service does.
// Neither call blocks.
type Neighbours interface {
	// Typing tells that somebody types in a chat.
	Typing(at Place)
	// Moved tells of users who came online or went.
	Moved(users ...app.UserID)
}

// Whispers reads what hints only name.
type Whispers interface {
	// Marks reads how far members have read; places of nobody are left out.
	Marks(ctx context.Context, places []Place) ([]Read, error)
	// Names reads what these users are called.
	Names(ctx context.Context, users []app.UserID) (map[app.UserID]string, error)
}

const (
	// typingEvery is how often one who types in a chat is told of at most.
	typingEvery = time.Second
	// nameLasts is how long a name is not asked for again.
	nameLasts = 5 * time.Second
)

// gossip is what other nodes told of, who read and who types, until it is read
// and passed on, and when those who type were last told of.
type gossip struct {
	mu            sync.Mutex
	reads, typing map[Place]struct{}
	typed         map[Place]time.Time
	wake          chan struct{}
}

func newGossip() *gossip {
	return &gossip{reads: map[Place]struct{}{}, typing: map[Place]struct{}{}, typed: map[Place]time.Time{}, wake: make(chan struct{}, 1)}
}

// types tells whether it is time to tell of somebody who types.
func (g *gossip) types(at Place) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if now.Sub(g.typed[at]) < typingEvery {
		return false
	}
	if len(g.typed) >= maxRang {
		for place, last := range g.typed {
			if now.Sub(last) >= typingEvery {
				delete(g.typed, place)
			}
		}
	}
	if len(g.typed) >= maxRang {
		return false
	}
	g.typed[at] = now
	return true
}

func (g *gossip) add(to *map[Place]struct{}, at Place) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(*to) < maxRang {
		(*to)[at] = struct{}{}
	}
	wake(g.wake)
}

func (g *gossip) take() (reads, typing []Place) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for at := range g.reads {
		reads = append(reads, at)
	}
	for at := range g.typing {
		typing = append(typing, at)
	}
	clear(g.reads)
	clear(g.typing)
	return reads, typing
}

// ReadsHeard makes this node read how far these have read, where anybody here
// follows the chat, and tell it. It does not block.
func (h *Hub) ReadsHeard(places ...Place) {
	h.news.own(places...)
	for _, at := range places {
		if h.publisher(at.Chat) != nil {
			h.gossip.add(&h.gossip.reads, at)
		}
	}
}

// TypingHeard makes this node tell that these type, where anybody here follows
// the chat. It does not block.
func (h *Hub) TypingHeard(places ...Place) {
	for _, at := range places {
		if h.publisher(at.Chat) != nil && h.gossip.types(at) {
			h.gossip.add(&h.gossip.typing, at)
		}
	}
}

// PassOn reads and tells what was heard of, until the context ends: while one
// reading is made the next gathers. What cannot be read is not told.
func (h *Hub) PassOn(ctx context.Context, whispers Whispers) {
	names := names{known: map[app.UserID]name{}, read: whispers.Names}
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.gossip.wake:
		}
		reads, typing := h.gossip.take()
		err := h.passReads(ctx, whispers, reads)
		if err == nil {
			err = h.passTyping(ctx, &names, typing)
		}
		if err != nil && ctx.Err() == nil {
			h.log.Warn("who reads and types elsewhere could not be told", "error", err)
		}
	}
}

func (h *Hub) passReads(ctx context.Context, whispers Whispers, places []Place) error {
	if len(places) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	marks, err := whispers.Marks(ctx, places)
	for _, mark := range marks {
		if p := h.publisher(mark.ChatID); p != nil {
			p.read(mark)
		}
	}
	return err
}

func (h *Hub) passTyping(ctx context.Context, names *names, places []Place) error {
	if err := names.learn(ctx, places); err != nil {
		return err
	}
	for _, at := range places {
		if name, p := names.known[at.User].text, h.publisher(at.Chat); p != nil && name != "" {
			p.types(app.Person{ID: at.User, Name: name})
		}
	}
	return nil
}

// names are those of people who typed a moment ago.
type names struct {
	known map[app.UserID]name
	read  func(ctx context.Context, users []app.UserID) (map[app.UserID]string, error)
}

type name struct {
	text string
	at   time.Time
}

// learn reads the names that are not known, and forgets old ones.
func (n *names) learn(ctx context.Context, places []Place) error {
	now := time.Now()
	for user, known := range n.known {
		if now.Sub(known.at) >= nameLasts {
			delete(n.known, user)
		}
	}
	var unknown []app.UserID
	for _, at := range places {
		if _, is := n.known[at.User]; !is {
			unknown = append(unknown, at.User)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	found, err := n.read(ctx, unknown)
	for user, text := range found {
		n.known[user] = name{text, now}
	}
	return err
}

// types tells that somebody types to all but himself.
func (p *publisher) types(person app.Person) {
	p.tell(Envelope{Type: "typing", Data: Typing{ChatID: p.chat, User: person}}, person.ID)
}

// read tells how far somebody has read, and nothing that is behind what was
// told of him.
func (p *publisher) read(mark Read) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if mark.Seq <= p.marks[mark.UserID] {
		return
	}
	if p.marks == nil {
		p.marks = map[app.UserID]int64{}
	}
	p.marks[mark.UserID] = mark.Seq
	p.fan(line{block: Encode(Envelope{Type: "read", Data: mark})}, nil)
}
