package auth

import (
	"context"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

const (
	// presenceLasts bounds how long an ended session may still be let in by a
	// node that was not told. Half of what is promised, so that the rest is
	// there for the request itself.
	presenceLasts = time.Second / 2
	presenceMost  = 10_000
)

// presence is who was let in a moment ago.
type presence struct {
	actors PresenceRepository
	now    func() time.Time

	mu    sync.Mutex
	known map[app.SessionID]seen
	// forgotten counts what was forgotten: an answer that was asked for before
	// is not kept after.
	forgotten int
}

type seen struct {
	actor app.Actor
	until time.Time
}

func newPresence(actors PresenceRepository, now func() time.Time) *presence {
	return &presence{actors: actors, now: now, known: map[app.SessionID]seen{}}
}

func (p *presence) get(ctx context.Context, user app.UserID, session app.SessionID) (app.Actor, error) {
	asked := p.now()
	p.mu.Lock()
	hit, ok := p.known[session]
	before := p.forgotten
	p.mu.Unlock()
	if ok && asked.Before(hit.until) && hit.actor.UserID == user {
		return hit.actor, nil
	}
	actor, err := p.actors.GetActor(ctx, user, session, asked.UTC())
	if err != nil {
		return app.Actor{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.forgotten == before {
		p.makeRoom(asked)
		p.known[session] = seen{actor: actor, until: asked.Add(presenceLasts)}
	}
	return actor, nil
}

// makeRoom keeps the map small: what is stale goes first, then everything.
func (p *presence) makeRoom(now time.Time) {
	if len(p.known) < presenceMost {
		return
	}
	for id, s := range p.known {
		if !now.Before(s.until) {
			delete(p.known, id)
		}
	}
	if len(p.known) >= presenceMost {
		clear(p.known)
	}
}

func (p *presence) forget(sessions ...app.SessionID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgotten++
	for _, id := range sessions {
		delete(p.known, id)
	}
}

func (p *presence) forgetUser(user app.UserID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgotten++
	for id, s := range p.known {
		if s.actor.UserID == user {
			delete(p.known, id)
		}
	}
}
