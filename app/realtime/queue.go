package realtime

import (
	"context"
	"sync"
)

// Sink is the far end of a client: something that lines can be written to.
type Sink interface {
	// Write sends lines together, in order, as one frame.
	Write(lines [][]byte) error
	// Close says goodbye and ends whatever waits on the far end. It is safe
	// beside a Write that hangs.
	Close(code int, reason string)
}

// queueLimit is what may wait for a slow client, in bytes. An empty queue
// takes any one line.
const queueLimit = 1 << 20

// queue holds what waits for one client. Its writer is a goroutine that is
// started when there is something to write and goes when there is not: an
// idle client costs none.
type queue struct {
	sink Sink

	mu      sync.Mutex
	lines   [][]byte
	size    int
	writing bool
	closed  bool
	// goodbye is what the writer says last, after everything that waits.
	goodbye func()
	// idle is closed and made anew whenever the queue runs empty.
	idle chan struct{}
}

func newQueue(sink Sink) *queue { return &queue{sink: sink, idle: make(chan struct{})} }

// push adds lines; false where the client is too slow and has to go.
func (q *queue) push(lines ...[]byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.goodbye != nil {
		return true
	}
	for _, line := range lines {
		if len(q.lines) > 0 && q.size+len(line) > queueLimit {
			return false
		}
		q.lines = append(q.lines, line)
		q.size += len(line)
	}
	q.wake()
	return true
}

func (q *queue) wake() {
	if !q.writing {
		q.writing = true
		go q.run()
	}
}

func (q *queue) run() {
	for {
		lines, goodbye := q.take()
		if goodbye != nil {
			goodbye()
		}
		if lines == nil {
			return
		}
		if err := q.sink.Write(lines); err != nil {
			q.drop()
		}
	}
}

// take gives what waits; nil when the writer is to go.
func (q *queue) take() ([][]byte, func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.lines) > 0 && !q.closed {
		lines := q.lines
		q.lines, q.size = nil, 0
		return lines, nil
	}
	var goodbye func()
	if !q.closed && q.goodbye != nil {
		goodbye = q.goodbye
		q.closed = true
	}
	q.writing = false
	close(q.idle)
	q.idle = make(chan struct{})
	return nil, goodbye
}

// drop frees what waits and takes nothing any more.
func (q *queue) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.lines, q.size = true, nil, 0
}

// finish writes what waits, then closes with this code.
func (q *queue) finish(code int, reason string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.goodbye != nil {
		return
	}
	q.goodbye = func() { q.sink.Close(code, reason) }
	q.wake()
}

func (q *queue) ending() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed || q.goodbye != nil
}

// abort drops what waits and closes now, beside a write that may hang.
func (q *queue) abort(code int, reason string) {
	q.drop()
	q.sink.Close(code, reason)
}

// waitIdle waits until everything queued is written, or nothing will be.
func (q *queue) waitIdle(ctx context.Context) error {
	for {
		q.mu.Lock()
		writing, idle := q.writing, q.idle
		q.mu.Unlock()
		if !writing {
			return ctx.Err()
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
