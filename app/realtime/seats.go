package realtime

import (
	"context"

	"github.com/quillium/quillium/app"
)

// maxNamed is up to how many members a chat's presence names them, and how many
// are named to one who subscribes.
const maxNamed = 200

// Presence tells who came online and who went.
type Presence struct {
	ChatID      app.ChatID   `json:"chat_id"`
	Online      []app.UserID `json:"online"`
	Offline     []app.UserID `json:"offline"`
	OnlineCount int          `json:"online_count"`
}

// Headcount is the presence of a chat with too many members to name them.
type Headcount struct {
	ChatID      app.ChatID `json:"chat_id"`
	OnlineCount int        `json:"online_count"`
}

// seats is who is online in a chat; the publisher's lock guards it.
type seats struct {
	online map[app.UserID]struct{}
	// members is how many the chat has.
	members int
	// missed says that somebody moved before it was known who is online.
	missed bool
}

// seatAll reads who is online in chats of which it is not known yet. What
// cannot be read now is read later, and told then.
func (h *Hub) seatAll(ctx context.Context, places []place) {
	if h.presence.attendance == nil {
		return
	}
	var chats []app.ChatID
	for _, at := range places {
		if at.publisher != nil && !at.publisher.isSeated() {
			chats = append(chats, at.publisher.chat)
		}
	}
	if len(chats) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	list, err := h.presence.attendance.Seats(ctx, nil, chats)
	if err != nil && ctx.Err() == nil {
		h.log.Warn("who is online in chats could not be read; it is tried again", "error", err)
	}
	online := seated(chats, list)
	for _, at := range places {
		if at.publisher == nil {
			continue
		}
		users, asked := online[at.publisher.chat]
		if asked && (err != nil || at.publisher.seat(users, false)) {
			h.presence.again(at.publisher.chat)
		}
	}
}

// seated is who is online in each of these chats, by seats.
func seated(chats []app.ChatID, list []Seat) map[app.ChatID][]app.UserID {
	online := make(map[app.ChatID][]app.UserID, len(chats))
	for _, chat := range chats {
		online[chat] = []app.UserID{}
	}
	for _, seat := range list {
		if users, asked := online[seat.Chat]; asked && seat.Online {
			online[seat.Chat] = append(users, seat.User)
		}
	}
	return online
}

func (p *publisher) isSeated() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seats.online != nil
}

// seat takes who is online, everybody; anew also where that is known already.
// It tells whether that has to be read again.
func (p *publisher) seat(users []app.UserID, anew bool) (again bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seats.online != nil && !anew {
		return false
	}
	before, now := p.seats.online, set(users)
	p.seats.online = now
	again, p.seats.missed = p.seats.missed, false
	if !anew {
		// Those who subscribe now are told with the answer.
		return again
	}
	var came, went []app.UserID
	for _, user := range difference(before, now) {
		if _, online := now[user]; online {
			came = append(came, user)
		} else {
			went = append(went, user)
		}
	}
	p.announce(came, went)
	return again
}

// moved takes that members are online, or not.
func (p *publisher) moved(list []Seat) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seats.online == nil {
		p.seats.missed = true
		return
	}
	var came, went []app.UserID
	for _, seat := range list {
		_, before := p.seats.online[seat.User]
		switch {
		case seat.Online && !before:
			p.seats.online[seat.User] = struct{}{}
			came = append(came, seat.User)
		case !seat.Online && before:
			delete(p.seats.online, seat.User)
			went = append(went, seat.User)
		}
	}
	p.announce(came, went)
}

// announce tells who came and went; before anybody was told who is online there
// is nothing to tell. The lock is held.
func (p *publisher) announce(came, went []app.UserID) {
	if !p.known || len(came)+len(went) == 0 {
		return
	}
	var data any = Headcount{ChatID: p.chat, OnlineCount: len(p.seats.online)}
	if p.seats.members <= maxNamed {
		data = Presence{
			ChatID: p.chat, Online: append([]app.UserID{}, came...), Offline: append([]app.UserID{}, went...), OnlineCount: len(p.seats.online),
		}
	}
	p.fan(line{block: Encode(Envelope{Type: "presence", Data: data})}, nil)
}

// present is who is online for one who subscribes, himself first. The lock is
// held.
func (p *publisher) present(c *Client) []app.UserID {
	list := make([]app.UserID, 0, min(len(p.seats.online)+1, maxNamed))
	if !c.Passing {
		list = append(list, c.Actor.UserID)
	}
	for user := range p.seats.online {
		if len(list) == maxNamed {
			break
		}
		if c.Passing || user != c.Actor.UserID {
			list = append(list, user)
		}
	}
	return list
}
