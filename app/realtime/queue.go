package realtime

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Sink is the far end of a client: something that blocks can be written to.
type Sink interface {
	// Write sends blocks together, in order, as one frame.
	Write(blocks []Block) error
	// Close says goodbye and ends whatever waits on the far end. It is safe
	// beside a Write that hangs.
	Close(code int, reason string)
}

// queueLimit is what may wait for a slow client, in bytes. An empty queue
// takes any one block.
const queueLimit = 1 << 20

const tooSlow = "too slow; come back and resume"

// queue holds what waits for one client. Its writer is a goroutine that is
// started when there is something to write and goes when there is not: an
// idle client costs none.
type queue struct {
	sink Sink

	mu     sync.Mutex
	log    *slog.Logger
	blocks []Block
	// size is what counts of them against the limit.
	size    int
	writing bool
	closed  bool
	// wave, where the writer was started for one, counts it until it goes.
	wave *wave
	// goodbye is what the writer says last, after everything that waits.
	goodbye func()
	// queued counts all blocks ever taken in, written those that are done with.
	queued, written int64
	// moved, where somebody waits, is closed when the writer gets on.
	moved chan struct{}
	// aborting counts the goodbye of an abort, which waits for nothing.
	aborting sync.WaitGroup
}

// logTo says where a sink that panics is told of; before, nobody is told.
func (q *queue) logTo(log *slog.Logger) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.log = log
}

// wave counts the writers that were started to send one thing to a crowd and
// are still at it.
type wave struct{ atomic.Int64 }

// push adds blocks; false where the client is too slow and has to go.
func (q *queue) push(blocks ...Block) bool { return q.pushIn(nil, blocks...) }

// pushIn is push; a writer that has to be started for it counts in the wave.
func (q *queue) pushIn(w *wave, blocks ...Block) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.goodbye != nil {
		return true
	}
	for _, b := range blocks {
		size := len(b.Text())
		if q.size > 0 && q.size+size > queueLimit {
			return false
		}
		q.blocks = append(q.blocks, b)
		q.size += size
		q.queued++
	}
	if w != nil && !q.writing {
		w.Add(1)
		q.wave = w
	}
	q.wake()
	return true
}

// admit adds blocks that do not count against the limit: what a client asked
// for, one piece at a time, never makes it too slow.
func (q *queue) admit(blocks ...Block) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.goodbye != nil {
		return
	}
	q.blocks = append(q.blocks, blocks...)
	q.queued += int64(len(blocks))
	q.wake()
}

func (q *queue) wake() {
	if !q.writing {
		q.writing = true
		go q.run()
	}
}

func (q *queue) run() {
	for {
		blocks, goodbye := q.take()
		switch {
		case goodbye != nil:
			goodbye()
		case blocks == nil:
			return
		default:
			if err := q.shielded(func() error { return q.sink.Write(blocks) }); err != nil {
				// Nothing more can be written, so the far end has to come back.
				q.drop()
				q.close(CloseTooSlow, tooSlow)
			}
		}
	}
}

var errPanicked = errors.New("the sink panicked")

// shielded keeps a panic of one sink from ending everybody's process.
func (q *queue) shielded(work func() error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			q.mu.Lock()
			log := q.log
			q.mu.Unlock()
			if log == nil {
				log = slog.New(slog.DiscardHandler)
			}
			log.Error("a client's sink panicked; it has to come back", "panic", fault, "stack", string(debug.Stack()))
			err = errPanicked
		}
	}()
	return work()
}

func (q *queue) close(code int, reason string) {
	_ = q.shielded(func() error {
		q.sink.Close(code, reason)
		return nil
	})
}

// take gives what waits, then the goodbye; neither when the writer is to go.
// Until then it is writing, also while it says goodbye: end waits for it.
func (q *queue) take() ([]Block, func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.written = q.queued - int64(len(q.blocks))
	if q.moved != nil {
		close(q.moved)
		q.moved = nil
	}
	if !q.closed && len(q.blocks) > 0 {
		blocks := q.blocks
		q.blocks, q.size = nil, 0
		return blocks, nil
	}
	if !q.closed && q.goodbye != nil {
		q.closed = true
		return nil, q.goodbye
	}
	q.writing = false
	if q.wave != nil {
		q.wave.Add(-1)
		q.wave = nil
	}
	return nil, nil
}

// drop frees what waits and takes nothing any more.
func (q *queue) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.blocks, q.size = true, nil, 0
}

// finish writes what waits, then closes with this code.
func (q *queue) finish(code int, reason string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.goodbye != nil {
		return
	}
	q.goodbye = func() { q.close(code, reason) }
	q.wake()
}

// waiting is how many bytes wait to be written.
func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.size
}

func (q *queue) ending() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed || q.goodbye != nil
}

// abort drops what waits and closes now, beside a write that may hang. It
// holds up nobody: whoever found the client too slow has others to serve.
func (q *queue) abort(code int, reason string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.closed, q.blocks, q.size = true, nil, 0
	q.aborting.Go(func() { q.close(code, reason) })
}

// end takes nothing any more and waits until nothing touches the sink. A
// goodbye that is on its way is still said.
func (q *queue) end() {
	if q.ending() {
		q.waitIdle()
	}
	q.drop()
	q.waitIdle()
	q.aborting.Wait()
}

// waitWritten waits until what is queued now is written, or nothing will be.
// What comes in meanwhile is not waited for: a busy chat would never let a
// slow client be done.
func (q *queue) waitWritten(ctx context.Context) error {
	q.mu.Lock()
	target := q.queued
	q.mu.Unlock()
	return q.wait(ctx, func() bool { return !q.writing || q.written >= target })
}

// waitIdle waits until there is no writer.
func (q *queue) waitIdle() {
	_ = q.wait(context.Background(), func() bool { return !q.writing })
}

func (q *queue) wait(ctx context.Context, done func() bool) error {
	for ctx.Err() == nil {
		q.mu.Lock()
		if done() {
			q.mu.Unlock()
			break
		}
		if q.moved == nil {
			q.moved = make(chan struct{})
		}
		moved := q.moved
		q.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}
