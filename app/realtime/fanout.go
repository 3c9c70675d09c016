package realtime

import (
	"time"

	"github.com/quillium/quillium/app"
)

const (
	// crowd is how many listeners a chat may have here before they are sent
	// what happens in ticks.
	crowd = 50
	// tickLength is how far apart ticks are at least, and longestTick at most
	// where those before are still being written. The first event after a pause
	// waits for none.
	tickLength  = 5 * time.Millisecond
	longestTick = 20 * tickLength
	// crowdShare is the part of a crowd that may still be written to: a tenth.
	crowdShare = 10
)

// line is an encoded event with the rev by which a snapshot covers it.
type line struct {
	block Block
	rev   int64
}

// tick gathers what a crowd is sent next. Joined, it is one block for all, so
// that a socket costs one write a tick and no copy.
type tick struct {
	blocks []Block
	size   int
	// wave is the last one on its way; began is when it went out, next when the
	// next one may.
	wave        *wave
	began, next time.Time
	timer       *time.Timer
	// busy is how long the last one was seen being written.
	busy time.Duration
}

// start notes that a tick goes out now.
func (t *tick) start(now time.Time) {
	t.wave, t.began, t.next, t.busy = new(wave), now, now.Add(tickLength), 0
}

// rest puts the next tick off while the last one is being written, and then
// for as long again as that took: what a busy machine cannot write at once is
// gathered, so that it costs fewer writes, and others get their turn. Those who
// do not read hold nobody up for longer than the longest tick.
func (t *tick) rest(now time.Time, writing bool) bool {
	took := now.Sub(t.began)
	switch {
	case took >= longestTick:
		return false
	case writing:
		t.next = now.Add(tickLength / 5)
		t.busy = took
	default:
		t.next = t.began.Add(min(max(2*t.busy, tickLength), longestTick))
	}
	return now.Before(t.next)
}

// fan sends an event to the listeners that it is for; nil is all. The lock is
// held, so that the order is one.
func (p *publisher) fan(event line, to func(*Client, *listener) bool) {
	gather := p.gathers()
	for c, l := range p.listeners {
		wanted := to == nil || to(c, l)
		switch {
		case l.pending:
			if wanted {
				l.hold(event)
			}
		case !gather:
			if wanted {
				c.sendIn(p.tick.wave, event.block)
			}
		case l.apart || !wanted:
			l.part(p.tick.blocks)
			if wanted {
				l.own = append(l.own, event.block)
			}
		}
	}
	if gather {
		p.gather(event.block)
	}
}

// gathers tells whether what happens now waits for the next tick.
func (p *publisher) gathers() bool {
	if len(p.tick.blocks) > 0 {
		return true
	}
	if len(p.listeners) <= p.hub.crowd {
		return false
	}
	now := time.Now()
	if now.Before(p.tick.next) || p.tick.rest(now, p.writing()) {
		return true
	}
	p.tick.start(now)
	return false
}

// writing tells whether the last tick is still being written to so many that
// the next would queue up behind it.
func (p *publisher) writing() bool {
	return p.tick.wave != nil && p.tick.wave.Load() > int64(len(p.listeners)/crowdShare)
}

// gather puts a block into the next tick, which goes out in time, or now where
// it is as large as an answer may be.
func (p *publisher) gather(block Block) {
	if len(p.tick.blocks) == 0 {
		wait := time.Until(p.tick.next)
		if p.tick.timer == nil {
			p.tick.timer = time.AfterFunc(wait, p.ticks)
		} else {
			p.tick.timer.Reset(wait)
		}
	}
	p.tick.blocks = append(p.tick.blocks, block)
	p.tick.size += len(block.Text())
	if p.tick.size >= MaxBytes {
		p.flush()
	}
}

func (p *publisher) ticks() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); len(p.tick.blocks) > 0 && p.tick.rest(now, p.writing()) {
		p.tick.timer.Reset(p.tick.next.Sub(now))
		return
	}
	p.flush()
}

// flush sends what was gathered. The lock is held.
func (p *publisher) flush() {
	if len(p.tick.blocks) == 0 {
		return
	}
	p.tick.start(time.Now())
	shared := Join(p.tick.blocks...)
	for c, l := range p.listeners {
		l.take(c, p.tick.wave, shared)
	}
	p.tick.blocks, p.tick.size = nil, 0
}

// take sends a listener its part of a tick.
func (l *listener) take(c *Client, w *wave, shared Block) {
	switch {
	case l.pending:
		// It holds back each event by itself.
	case !l.apart:
		c.sendIn(w, shared)
	case len(l.own) > 0:
		c.sendIn(w, l.own...)
	}
	l.apart, l.own = false, nil
}

// part gives a listener a tick of its own, which begins with what all have.
func (l *listener) part(gathered []Block) {
	if !l.apart {
		l.apart, l.own = true, gathered[:len(gathered):len(gathered)]
	}
}

func (l *listener) hold(event line) {
	size := len(event.block.Text())
	if l.spilled || l.size+size > MaxBytes {
		l.spilled, l.held = true, nil
		return
	}
	l.held = append(l.held, event)
	l.size += size
}

// tell sends something that has no rev to all but one user's clients.
func (p *publisher) tell(e Envelope, except app.UserID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var to func(*Client, *listener) bool
	if except != "" {
		to = func(c *Client, _ *listener) bool { return c.Actor.UserID != except }
	}
	p.fan(line{block: Encode(e)}, to)
}
