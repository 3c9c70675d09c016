package realtime

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

// Seat is a user in a chat, and whether he is online. Chat is empty of one who
// is in none.
type Seat struct {
	Place
	Online bool
}

// Attendance keeps who is connected to which node.
type Attendance interface {
	// Put stores that these and no others are connected to a node; Change who
	// came to it and who went. Of an epoch that is past they store nothing.
	Put(ctx context.Context, owner app.Owner, users []app.UserID) error
	Change(ctx context.Context, owner app.Owner, came, went []app.UserID) error
	// Present reads who is connected to a node by what is stored, and who to any.
	Present(ctx context.Context, owner app.Owner) (here, anywhere []app.UserID, err error)
	// Seats reads every chat of these users, and who is online in these chats.
	Seats(ctx context.Context, users []app.UserID, chats []app.ChatID) ([]Seat, error)
}

const (
	// writeEvery gathers those who come and go, tellEvery is how often a chat is
	// told at most, and seekEvery what a lost hint left is looked for.
	writeEvery = 200 * time.Millisecond
	tellEvery  = time.Second
	seekEvery  = 4 * time.Second
	// grace is how long one who lost his last socket here is still online.
	grace = 5 * time.Second
)

// presence is who is connected here, and what is to be told of who is online
// anywhere.
type presence struct {
	attendance Attendance
	owner      func() app.Owner
	neighbours Neighbours

	mu sync.Mutex
	// sockets counts those of each user; fresh are those who came since the last
	// writing, leaving those without any socket, and since when.
	sockets map[app.UserID]int
	fresh   map[app.UserID]struct{}
	leaving map[app.UserID]time.Time
	// moved are users and stale chats to be read and told with the next.
	moved map[app.UserID]struct{}
	stale map[app.ChatID]struct{}
	seek  bool
}

func newPresence() *presence {
	return &presence{
		sockets: map[app.UserID]int{}, fresh: map[app.UserID]struct{}{}, leaving: map[app.UserID]time.Time{},
		moved: map[app.UserID]struct{}{}, stale: map[app.ChatID]struct{}{},
	}
}

// Among puts the hub among other nodes, before anybody joins: who is connected
// is kept in attendance under what owner says, and neighbours are told.
func (h *Hub) Among(neighbours Neighbours, attendance Attendance, owner func() app.Owner) {
	h.presence.neighbours, h.presence.attendance, h.presence.owner = neighbours, attendance, owner
}

// MovedHeard makes this node read who of these is online, and tell those who
// are in a chat with them. It does not block.
func (h *Hub) MovedHeard(users ...app.UserID) { h.presence.move(users) }

func (p *presence) move(users []app.UserID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, user := range users {
		if len(p.moved) < maxRang {
			p.moved[user] = struct{}{}
		}
	}
}

// again has it read once more who is online in a chat.
func (p *presence) again(chat app.ChatID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stale[chat] = struct{}{}
}

func (p *presence) seekSoon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seek = true
}

func (p *presence) come(user app.UserID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sockets[user]++; p.sockets[user] == 1 {
		delete(p.leaving, user)
		p.fresh[user] = struct{}{}
	}
}

func (p *presence) leave(user app.UserID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sockets[user]--; p.sockets[user] == 0 {
		delete(p.sockets, user)
		p.leaving[user] = time.Now()
	}
}

// due are those who came and those whose grace is over since the last writing.
func (p *presence) due() (came, went []app.UserID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	came = slices.Collect(maps.Keys(p.fresh))
	clear(p.fresh)
	for user, since := range p.leaving {
		if time.Since(since) >= grace {
			went = append(went, user)
			delete(p.leaving, user)
		}
	}
	return came, went
}

// all are those who count as connected here.
func (p *presence) all() map[app.UserID]struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make(map[app.UserID]struct{}, len(p.sockets)+len(p.leaving))
	for user := range p.sockets {
		all[user] = struct{}{}
	}
	for user := range p.leaving {
		all[user] = struct{}{}
	}
	return all
}

// take gives what is to be read.
func (p *presence) take() (moved []app.UserID, stale []app.ChatID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	moved, stale = slices.Collect(maps.Keys(p.moved)), slices.Collect(maps.Keys(p.stale))
	clear(p.moved)
	clear(p.stale)
	return moved, stale
}
