package controllers

import (
	"sync"
	"time"
)

// line is what waits to be done, one after the other, by a goroutine that is
// there only while something waits.
type line[T any] struct {
	mu      sync.Mutex
	waiting []T
	busy    bool
}

// add puts something at the end where no more than so many wait, and tells
// whether somebody has to start working it off.
func (l *line[T]) add(next T, most int) (taken, start bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) >= most {
		return false, false
	}
	l.waiting = append(l.waiting, next)
	start = !l.busy
	l.busy = true
	return true, start
}

// next takes the first; false when none waits: whoever works it off goes.
func (l *line[T]) next() (first T, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.waiting, l.busy = nil, false
		return first, false
	}
	first = l.waiting[0]
	l.waiting = l.waiting[1:]
	return first, true
}

// working tells whether somebody works it off.
func (l *line[T]) working() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy
}

const (
	requestsASecond = 20
	requestsAtOnce  = 40
)

// pace limits how fast one socket asks (the generic cell rate algorithm, in
// ITU-T I.371): it is the time at which the socket will have used up what it
// asked for so far.
type pace time.Duration

// allow tells whether one more request is in time.
func (p *pace) allow(now time.Duration) bool {
	const each = time.Second / requestsASecond
	used := max(time.Duration(*p), now) + each
	if used-now > requestsAtOnce*each {
		return false
	}
	*p = pace(used)
	return true
}
