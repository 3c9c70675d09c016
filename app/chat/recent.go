package chat

import (
	"context"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

const (
	// recentFor is how long what was read of a chat is believed. What changes is
	// told at once; this is for when that fails.
	recentFor = time.Second
	// maxRecent bounds what is kept, in chats times members.
	maxRecent = 20_000
)

// Finder finds a chat of a user, with his own part; else not_found.
type Finder interface {
	GetByID(ctx context.Context, user app.UserID, id app.ChatID) (app.Chat, error)
}

// Recent remembers chats as their members saw them a moment ago, for those who
// post: whether they may is judged again where the message is stored. It is
// safe for concurrent use.
type Recent struct {
	chats Finder

	mu    sync.Mutex
	rooms map[app.ChatID]*recentRoom
	kept  int
}

// recentRoom is what is kept of one chat. Forgetting a chat puts another in
// its place, so that a reading which began before is not kept.
type recentRoom struct{ seen map[app.UserID]sighting }

type sighting struct {
	chat app.Chat
	at   time.Time
}

var _ Finder = (*Recent)(nil)

// NewRecent makes a memory of what this finder finds.
func NewRecent(chats Finder) *Recent {
	return &Recent{chats: chats, rooms: map[app.ChatID]*recentRoom{}}
}

// GetByID finds a chat as it was at most a second ago.
func (r *Recent) GetByID(ctx context.Context, user app.UserID, id app.ChatID) (app.Chat, error) {
	began := time.Now()
	room, chat, fresh := r.look(user, id, began)
	if fresh {
		return chat, nil
	}
	chat, err := r.chats.GetByID(ctx, user, id)
	if err == nil {
		r.keep(room, user, chat, began)
	}
	return chat, err
}

func (r *Recent) look(user app.UserID, id app.ChatID, now time.Time) (*recentRoom, app.Chat, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	room := r.rooms[id]
	if room == nil {
		if len(r.rooms) >= maxRecent {
			r.forgetAll()
		}
		room = &recentRoom{seen: map[app.UserID]sighting{}}
		r.rooms[id] = room
	}
	seen, kept := room.seen[user]
	return room, copied(seen.chat), kept && now.Sub(seen.at) < recentFor
}

// copied has a part of its own for whoever asked.
func copied(chat app.Chat) app.Chat {
	if chat.Me != nil {
		me := *chat.Me
		chat.Me = &me
	}
	return chat
}

func (r *Recent) keep(room *recentRoom, user app.UserID, chat app.Chat, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rooms[chat.ID] != room {
		return
	}
	if _, again := room.seen[user]; !again {
		if r.kept++; r.kept > maxRecent {
			r.forgetAll()
			return
		}
	}
	room.seen[user] = sighting{copied(chat), at}
}

// Forget makes the next look at these chats a new one.
func (r *Recent) Forget(chats ...app.ChatID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range chats {
		if room := r.rooms[id]; room != nil {
			r.kept -= len(room.seen)
			delete(r.rooms, id)
		}
	}
}

// ForgetAll makes every next look a new one.
func (r *Recent) ForgetAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forgetAll()
}

func (r *Recent) forgetAll() { r.rooms, r.kept = map[app.ChatID]*recentRoom{}, 0 }
