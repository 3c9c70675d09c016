package realtime

import (
	"hash/maphash"
	"sync"

	"github.com/quillium/quillium/app"
)

// shards is in how many parts the chats are kept: whoever comes to one chat
// waits for a busy other one only where both are in the same part.
const shards = 64

// chats are the publishers of all chats that somebody here follows.
type chats struct {
	seed  maphash.Seed
	parts *[shards]shard
}

type shard struct {
	mu   sync.Mutex
	open map[app.ChatID]*publisher
}

func newChats() chats {
	s := chats{seed: maphash.MakeSeed(), parts: &[shards]shard{}}
	for i := range s.parts {
		s.parts[i].open = map[app.ChatID]*publisher{}
	}
	return s
}

func (s chats) of(chat app.ChatID) *shard {
	return &s.parts[maphash.String(s.seed, string(chat))%shards]
}

// find gives the publisher of a chat, or nil where nobody follows it.
func (s chats) find(chat app.ChatID) *publisher {
	part := s.of(chat)
	part.mu.Lock()
	defer part.mu.Unlock()
	return part.open[chat]
}

// enter puts a client among a chat's listeners, as pending. It may meet a
// publisher that is just closing: then open is false, and the next one is
// another.
func (s chats) enter(h *Hub, chat app.ChatID, c *Client) (p *publisher, l *listener, open bool) {
	part := s.of(chat)
	part.mu.Lock()
	defer part.mu.Unlock()
	p = part.open[chat]
	if p == nil {
		p = newPublisher(h, chat)
		part.open[chat] = p
	}
	if l, open = p.register(c); !open {
		delete(part.open, chat)
	}
	return p, l, open
}

// dismiss takes a client out of a publisher, and the publisher out when nobody
// is left.
func (s chats) dismiss(p *publisher, c *Client, only *listener) {
	part := s.of(p.chat)
	part.mu.Lock()
	defer part.mu.Unlock()
	if p.leave(c, only) && part.open[p.chat] == p {
		delete(part.open, p.chat)
	}
}

func (s chats) count() (n int) {
	for i := range s.parts {
		s.parts[i].mu.Lock()
		n += len(s.parts[i].open)
		s.parts[i].mu.Unlock()
	}
	return n
}

func (s chats) ids() []app.ChatID {
	var list []app.ChatID
	for i := range s.parts {
		s.parts[i].mu.Lock()
		for id := range s.parts[i].open {
			list = append(list, id)
		}
		s.parts[i].mu.Unlock()
	}
	return list
}
