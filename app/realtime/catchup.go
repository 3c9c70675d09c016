package realtime

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

const (
	// readTimeout bounds one reading, and mostAtOnce the chats of one.
	readTimeout = 5 * time.Second
	mostAtOnce  = 64

	// shortPause and longPause lie between a reading that failed and the next.
	shortPause = 50 * time.Millisecond
	longPause  = 2 * time.Second
)

// catchUp reads what publishers lack, one reading for all that wait. While one
// is made the next ones gather.
type catchUp struct {
	hub *Hub

	mu      sync.Mutex
	waiting []*publisher
	busy    bool
}

// missing is a publisher and where it was when a reading began.
type missing struct {
	publisher    *publisher
	since, heard int64
}

// add has publishers read for. Each of them waits for it and asks no more.
func (c *catchUp) add(list ...*publisher) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(c.waiting, list...)
	if !c.busy && len(c.waiting) > 0 {
		c.busy = true
		go c.run()
	}
}

func (c *catchUp) take(most int) []*publisher {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.waiting[:min(most, len(c.waiting))]
	c.waiting = c.waiting[len(list):]
	c.busy = len(list) > 0
	return list
}

// run reads until nobody waits. What fails is tried again with fewer chats at
// once and behind the others, so that one that cannot be read keeps nobody
// else for long; nothing is skipped.
func (c *catchUp) run() {
	most, pause := mostAtOnce, shortPause
	for {
		list := c.take(most)
		if len(list) == 0 {
			return
		}
		err := c.read(list)
		if err == nil || c.hub.life.Err() != nil {
			most, pause = min(2*most, mostAtOnce), shortPause
			continue
		}
		c.hub.log.Warn("changes of chats could not be read; it is tried again", "chats", len(list), "error", err)
		c.add(list...)
		select {
		case <-c.hub.life.Done():
		case <-time.After(pause):
			most, pause = max(1, len(list)/2), min(2*pause, longPause)
		}
	}
}

// read makes one reading and hands on what it finds. A panic costs this one:
// the next hint or look begins another.
func (c *catchUp) read(list []*publisher) error {
	var open []missing
	defer func() {
		if fault := recover(); fault != nil {
			c.hub.log.Error("changes of chats could not be told; it is tried again", "panic", fault, "stack", string(debug.Stack()))
			// Not those that were told already: they may wait to be read for again,
			// and nobody may wait twice.
			for _, m := range open {
				m.publisher.giveUp()
			}
		}
	}()
	var asks []Where
	for _, p := range list {
		if since, heard, ok := p.ask(); ok {
			open = append(open, missing{p, since, heard})
			asks = append(asks, Where{ChatID: p.chat, Rev: since})
		}
	}
	if len(open) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.hub.life, readTimeout)
	defer cancel()
	found, err := c.hub.reader.SinceAll(ctx, asks)
	switch {
	case c.hub.life.Err() != nil:
		for _, m := range open {
			m.publisher.giveUp()
		}
	case err == nil:
		for ; len(open) > 0; open, found = open[1:], found[1:] {
			c.tell(open[0], found[0])
		}
	}
	return err
}

// tell hands on what was found of one chat, after it has let go of those who
// lost the chat: nobody else may have told of it.
func (c *catchUp) tell(m missing, found Missed) {
	if !found.Found {
		m.publisher.giveUp()
		c.hub.over(m.publisher)
		return
	}
	for _, user := range found.Lost {
		c.hub.ChatLost(m.publisher.chat, user)
	}
	m.publisher.caughtUp(m.since, m.heard, found.Changes)
}

// ask tells where a publisher is as its reading begins; not ok where nobody
// listens any more.
func (p *publisher) ask() (since, heard int64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		p.reading = false
		return 0, 0, false
	}
	p.stale = false
	return p.rev, p.want, true
}

// giveUp ends a reading that found nothing.
func (p *publisher) giveUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reading, p.want = false, p.rev
}

// caughtUp takes what was read.
func (p *publisher) caughtUp(since, heard int64, changes app.Changes) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reading = false
	if since == p.rev {
		if changes.Rev > p.rev {
			p.hub.texts.Overlay(changes.Messages)
			p.publish(changes)
		}
		// What was heard of is committed: a reading that began later has it.
		if p.want == heard {
			p.want = p.rev
		}
	}
	p.catchUp()
}

// catchUp has the publisher read for where something is known to be missing.
func (p *publisher) catchUp() {
	if p.lacks() {
		p.hub.catchUp.add(p)
	}
}

// lacks tells whether a reading has to be made, and counts it as begun.
func (p *publisher) lacks() bool {
	if !p.known || p.reading || p.closed || (p.want <= p.rev && !p.stale) {
		return false
	}
	p.reading = true
	return true
}

// stales is look for those who gather publishers before they are read for.
func (p *publisher) stales() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stale = true
	return p.lacks()
}
