package realtime

import (
	"context"
	"time"

	"github.com/quillium/quillium/app"
)

// Revs tells where chats are; one that is gone, or deleted, is left out.
type Revs interface {
	Revs(ctx context.Context, chats []app.ChatID) (map[app.ChatID]int64, error)
}

// Look asks every so often where the chats are that somebody here follows, so
// that a commit is told of whose own word was lost: its connection broke
// before it was answered, or another process made it.
func (h *Hub) Look(ctx context.Context, revs Revs, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-h.lookNow:
		}
		if err := h.lookOnce(ctx, revs); err != nil && ctx.Err() == nil {
			h.log.Warn("followed chats could not be looked at; it is tried again", "error", err)
		}
	}
}

func (h *Hub) lookOnce(ctx context.Context, revs Revs) error {
	chats := h.chats.ids()
	if len(chats) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	found, err := revs.Revs(ctx, chats)
	if err != nil {
		return err
	}
	for _, chat := range chats {
		p := h.publisher(chat)
		if p == nil {
			continue
		}
		if rev, there := found[chat]; there {
			p.heard(rev)
		} else {
			h.over(p)
		}
	}
	h.AnswersGrew(chats...)
	return nil
}

// over ends every subscription of a chat that is there no more. One that
// nobody has found yet is refused to whoever asks for it.
func (h *Hub) over(p *publisher) {
	for _, user := range p.users() {
		h.ChatLost(p.chat, user)
	}
}

// users are those who follow the chat, once it was found.
func (p *publisher) users() []app.UserID {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []app.UserID
	for c := range p.listeners {
		if p.known {
			list = append(list, c.Actor.UserID)
		}
	}
	return list
}

// heard takes that a rev is committed, and reads what was missed of it.
func (p *publisher) heard(rev int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.want = max(p.want, rev)
	p.catchUp()
}
