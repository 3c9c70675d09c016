package realtime

import "github.com/quillium/quillium/app"

// rung is which sockets are to be checked now; the hub's lock guards it.
type rung struct {
	all      bool
	sessions map[app.SessionID]struct{}
	users    map[app.UserID]struct{}
}

// maxRung bounds how many are kept to be checked, sessions and users each:
// where a node rings more than that, all who are here are checked.
const maxRung = 10_000

// ChatsChanged makes this node read what its listeners lack of these chats, in
// one reading. It does not block.
func (h *Hub) ChatsChanged(chats ...app.ChatID) {
	h.news.of(chats...)
	var list []*publisher
	for _, id := range chats {
		if p := h.publisher(id); p != nil && p.stales() {
			list = append(list, p)
		}
	}
	h.catchUp.add(list...)
}

// MineRung makes this node tell these users' devices of their own part of these
// chats. It does not block.
func (h *Hub) MineRung(places ...Place) { h.news.own(places...) }

// SessionsEnded makes this node check sessions that are said to be over, and
// close their sockets if they are. It does not block.
func (h *Hub) SessionsEnded(sessions ...app.SessionID) {
	h.check(func(r *rung) {
		for _, id := range sessions {
			r.sessions[id] = struct{}{}
		}
	}, len(sessions))
}

// UsersChanged makes this node check the sessions of these users' sockets. It
// does not block.
func (h *Hub) UsersChanged(users ...app.UserID) {
	h.check(func(r *rung) {
		for _, id := range users {
			r.users[id] = struct{}{}
		}
	}, len(users))
}

// LookAtAll makes this node look at everything now: followed chats, and the
// sessions of its sockets. It does not block.
func (h *Hub) LookAtAll() {
	wake(h.lookNow)
	h.presence.seekSoon()
	h.check(func(r *rung) { r.all = true }, 1)
}

func (h *Hub) check(add func(*rung), count int) {
	if count == 0 {
		return
	}
	h.mu.Lock()
	if h.rung.sessions == nil {
		h.rung.sessions, h.rung.users = map[app.SessionID]struct{}{}, map[app.UserID]struct{}{}
	}
	add(&h.rung)
	if len(h.rung.sessions) > maxRung || len(h.rung.users) > maxRung {
		h.rung = rung{all: true, sessions: map[app.SessionID]struct{}{}, users: map[app.UserID]struct{}{}}
	}
	h.mu.Unlock()
	wake(h.watchNow)
}

func wake(whom chan struct{}) {
	select {
	case whom <- struct{}{}:
	default:
	}
}

// toCheck are the sessions of sockets here that were rung, or all.
func (h *Hub) toCheck(all bool) []app.SessionID {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.rung
	h.rung = rung{}
	seen := map[app.SessionID]bool{}
	var ids []app.SessionID
	for c := range h.clients {
		_, session := now.sessions[c.Actor.SessionID]
		_, user := now.users[c.Actor.UserID]
		if (all || now.all || session || user) && !seen[c.Actor.SessionID] {
			seen[c.Actor.SessionID] = true
			ids = append(ids, c.Actor.SessionID)
		}
	}
	return ids
}
