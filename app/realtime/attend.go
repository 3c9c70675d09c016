package realtime

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/quillium/quillium/app"
)

// attending is what the one who attends remembers.
type attending struct {
	hub *Hub
	*presence
	// as is under whom stored was written; astray says that what is stored is not
	// known, so that all of it is to be written anew, and failed that the last
	// round was in vain: the next one waits until it is time to seek.
	as             app.Owner
	astray, failed bool
	stored         map[app.UserID]struct{}
	// known are those who were online, anywhere, when that was read last.
	known map[app.UserID]struct{}
}

// Attend keeps, until the context ends, who is connected here, and tells chats
// who is online: those who come and go in one writing for all, what they
// change in one reading for all chats, at most once a second. Then nobody is
// connected here.
func (h *Hub) Attend(ctx context.Context) {
	a := &attending{hub: h, presence: h.presence, stored: map[app.UserID]struct{}{}, known: map[app.UserID]struct{}{}}
	ticker := time.NewTicker(writeEvery)
	defer ticker.Stop()
	for tick := 1; ; tick++ {
		select {
		case <-ctx.Done():
			a.end(context.WithoutCancel(ctx))
			return
		case <-ticker.C:
		}
		if err := a.round(ctx, tick); err != nil && ctx.Err() == nil {
			h.log.Warn("who is online could not be kept or told; it is tried again", "error", err)
		}
	}
}

// round is one tick of the clock.
func (a *attending) round(ctx context.Context, tick int) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	seek := a.seeks() || tick%int(seekEvery/writeEvery) == 0
	if a.failed && !seek {
		return nil
	}
	err := a.write(ctx)
	if err == nil && seek {
		err = a.seekAll(ctx)
	}
	if tick%int(tellEvery/writeEvery) == 0 && err == nil {
		err = a.tell(ctx)
	}
	a.failed = err != nil
	return err
}

func (a *attending) seeks() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	seek := a.presence.seek
	a.presence.seek = false
	return seek
}

// write stores who came and who went; everybody where what is stored is not
// known: at the beginning, under a new epoch, after a failure.
func (a *attending) write(ctx context.Context) error {
	if owner := a.owner(); owner != a.as {
		// What was stored under another epoch counts for nothing: the others may
		// have told that everybody went.
		a.as, a.stored, a.astray = owner, map[app.UserID]struct{}{}, true
	}
	if a.astray {
		return a.rewrite(ctx)
	}
	came, went := a.due()
	came = slices.DeleteFunc(came, func(user app.UserID) bool { _, is := a.stored[user]; return is })
	if len(came)+len(went) == 0 {
		return nil
	}
	if err := a.attendance.Change(ctx, a.as, came, went); err != nil {
		a.astray = true
		return err
	}
	for _, user := range came {
		a.stored[user] = struct{}{}
	}
	for _, user := range went {
		delete(a.stored, user)
	}
	a.told(append(came, went...))
	return nil
}

func (a *attending) rewrite(ctx context.Context) error {
	a.due()
	all := a.all()
	if err := a.attendance.Put(ctx, a.as, slices.Collect(maps.Keys(all))); err != nil {
		return err
	}
	moved := difference(all, a.stored)
	a.stored, a.astray = all, false
	a.told(moved)
	return nil
}

// told has this node and the others tell of users who came or went.
func (a *attending) told(users []app.UserID) {
	if len(users) > 0 {
		a.move(users)
		a.neighbours.Moved(users...)
	}
}

// seekAll makes good what a lost hint left, a lost row and a node that died.
func (a *attending) seekAll(ctx context.Context) error {
	here, anywhere, err := a.attendance.Present(ctx, a.as)
	if err != nil {
		return err
	}
	present := set(anywhere)
	a.move(difference(present, a.known))
	a.known = present
	if len(difference(set(here), a.stored)) > 0 {
		a.stored = set(here)
		return a.rewrite(ctx)
	}
	return nil
}

// tell tells each chat that somebody here follows what changed in it.
func (a *attending) tell(ctx context.Context) error {
	moved, stale := a.take()
	stale = slices.DeleteFunc(stale, func(chat app.ChatID) bool { return a.hub.publisher(chat) == nil })
	if a.hub.chats.count() == 0 || len(moved)+len(stale) == 0 {
		return nil
	}
	seats, err := a.attendance.Seats(ctx, moved, stale)
	if err != nil {
		a.move(moved)
		for _, chat := range stale {
			a.again(chat)
		}
		return err
	}
	anew := seated(stale, seats)
	for _, chat := range stale {
		if p := a.hub.publisher(chat); p != nil && p.seat(anew[chat], true) {
			a.again(chat)
		}
	}
	for chat, seats := range a.moves(seats) {
		if p := a.hub.publisher(chat); p != nil && anew[chat] == nil {
			p.moved(seats)
		}
	}
	return nil
}

// moves sorts by chats what was read of users, and learns from it.
func (a *attending) moves(seats []Seat) map[app.ChatID][]Seat {
	in := map[app.ChatID][]Seat{}
	for _, seat := range seats {
		if seat.Online {
			a.known[seat.User] = struct{}{}
		} else {
			delete(a.known, seat.User)
		}
		in[seat.Chat] = append(in[seat.Chat], seat)
	}
	return in
}

// end leaves nobody connected here.
func (a *attending) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if len(a.stored) == 0 {
		return
	}
	if err := a.attendance.Put(ctx, a.as, nil); err != nil {
		a.hub.log.Info("who was connected here is found out by the others", "error", err)
		return
	}
	a.told(slices.Collect(maps.Keys(a.stored)))
}

func set[T comparable](list []T) map[T]struct{} {
	set := make(map[T]struct{}, len(list))
	for _, item := range list {
		set[item] = struct{}{}
	}
	return set
}

// difference is what only one of two sets has.
func difference[T comparable](one, other map[T]struct{}) (list []T) {
	for _, pair := range [][2]map[T]struct{}{{one, other}, {other, one}} {
		for item := range pair[0] {
			if _, both := pair[1][item]; !both {
				list = append(list, item)
			}
		}
	}
	return list
}
