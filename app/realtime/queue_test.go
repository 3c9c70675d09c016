package realtime

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestQueue(t *testing.T) {
	t.Parallel()
	story := func(name string, tell func(t *testing.T, q *queue, w *wire)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire()
				q := &queue{sink: w}
				tell(t, q, w)
				w.unblock()
				q.end()
			})
		})
	}
	big, half := blockOf(strings.Repeat("x", queueLimit)), blockOf(strings.Repeat("x", queueLimit/2))

	story("lines are written in the order they came", func(t *testing.T, q *queue, w *wire) {
		for _, line := range strings.Fields("one two three") {
			require.True(t, q.push(blockOf(line)))
		}
		synctest.Wait()
		require.Equal(t, strings.Fields("one two three"), w.lines)
	})
	story("what waits while a frame is written goes out as one frame", func(t *testing.T, q *queue, w *wire) {
		w.block()
		q.push(blockOf("first"))
		synctest.Wait()
		for range 5 {
			q.push(blockOf("later"))
		}
		w.unblock()
		synctest.Wait()
		require.Len(t, w.lines, 6)
		require.Equal(t, 2, w.frames)
	})
	story("an empty queue takes any one line, but not a second beside it", func(t *testing.T, q *queue, w *wire) {
		w.block()
		q.push(blockOf("under way"))
		synctest.Wait()
		require.True(t, q.push(Join(big, big)))
		require.False(t, q.push(blockOf("x")))
	})
	story("a queue is full at its limit and not before", func(t *testing.T, q *queue, w *wire) {
		w.block()
		q.push(blockOf("under way"))
		synctest.Wait()
		require.True(t, q.push(half, half))
		require.False(t, q.push(blockOf("x")))
	})
	story("what was asked for never makes a client too slow, nor what follows it", func(t *testing.T, q *queue, w *wire) {
		w.block()
		q.push(blockOf("under way"))
		synctest.Wait()
		q.admit(big, big, big)
		require.True(t, q.push(blockOf("x")))
		w.unblock()
		synctest.Wait()
		require.Len(t, w.lines, 5)
	})
	story("an abort frees the memory at once and says why", func(t *testing.T, q *queue, w *wire) {
		w.block()
		q.push(blockOf("under way"))
		synctest.Wait()
		q.push(big)
		q.abort(CloseTooSlow, tooSlow)
		require.Zero(t, waits(q))
		require.True(t, q.push(big), "taken, and thrown away")
		require.Zero(t, waits(q))
		synctest.Wait()
		require.Equal(t, CloseTooSlow, w.closed())
		require.Empty(t, w.lines)
	})
	story("a second abort says nothing", func(t *testing.T, q *queue, w *wire) {
		q.abort(CloseTooSlow, tooSlow)
		q.abort(CloseTooSlow, tooSlow)
		synctest.Wait()
		require.Equal(t, 1, w.goodbyes)
	})
	story("the goodbye comes after what waits, and nothing after it", func(t *testing.T, q *queue, w *wire) {
		w.block()
		q.push(blockOf("first"))
		synctest.Wait()
		q.push(blockOf("second"))
		q.finish(CloseSignedOut, "bye")
		q.finish(CloseDisabled, "not this one")
		require.True(t, q.push(blockOf("too late")))
		q.admit(blockOf("too late"))
		require.Zero(t, w.closed())
		w.unblock()
		synctest.Wait()
		require.Equal(t, []string{"first", "second"}, w.lines)
		require.Equal(t, CloseSignedOut, w.closed())
		require.Equal(t, 1, w.goodbyes)
	})
	story("a write that fails ends the client", func(t *testing.T, q *queue, w *wire) {
		w.set(func() { w.broken = true })
		q.push(blockOf("lost"))
		synctest.Wait()
		require.True(t, q.ending())
		require.Equal(t, CloseTooSlow, w.closed())
	})
	story("what is queued is waited for, what comes later is not", func(t *testing.T, q *queue, w *wire) {
		w.hear = func(line []byte) {
			// A chat so busy that its writer never rests.
			go q.push(blockOf(string(line)))
		}
		q.push(blockOf("x"))
		require.NoError(t, q.waitWritten(t.Context()))
		q.finish(CloseGoingAway, "")
	})
	story("waiting ends when nothing will be written any more", func(t *testing.T, q *queue, w *wire) {
		w.block()
		q.push(blockOf("stuck"))
		go q.abort(CloseTooSlow, tooSlow)
		require.NoError(t, q.waitWritten(t.Context()))
	})
	story("waiting ends with the context", func(t *testing.T, q *queue, w *wire) {
		w.block()
		q.push(blockOf("stuck"))
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		require.ErrorIs(t, q.waitWritten(ctx), context.Canceled)
	})
	story("an idle queue is not waited for", func(t *testing.T, q *queue, _ *wire) {
		require.NoError(t, q.waitWritten(t.Context()))
	})
}

// blockOf is a block of any text.
func blockOf(text string) Block {
	frame := newFrame(len(text))
	return Block{frame: append(frame, text...), head: len(frame)}
}

// waits is how many bytes a queue holds.
func waits(q *queue) (bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, b := range q.blocks {
		bytes += len(b.Text())
	}
	return bytes
}

// Nobody may touch the wire after end has returned: by then it is somebody
// else's.
func TestQueueEnd(t *testing.T) {
	t.Parallel()
	goodbyes := map[string]func(q *queue, w *wire){
		"while a goodbye is on its way": func(q *queue, _ *wire) { q.finish(CloseGoingAway, "500") },
		"beside an abort":               func(q *queue, w *wire) { w.block(); q.push(blockOf("stuck")); q.abort(CloseTooSlow, tooSlow) },
		"with lines that wait":          func(q *queue, _ *wire) { q.push(blockOf("one")); q.push(blockOf("two")) },
		"while others still send": func(q *queue, _ *wire) {
			for range 4 {
				go func() {
					if !q.push(blockOf(strings.Repeat("x", queueLimit))) {
						q.abort(CloseTooSlow, tooSlow)
					}
					q.finish(CloseSignedOut, "bye")
				}()
			}
		},
	}
	for name, begin := range goodbyes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire()
				w.slow = time.Second
				q := &queue{sink: w}
				begin(q, w)
				q.end()
				w.set(func() { w.left = true })
				q.push(blockOf("after"))
				q.abort(CloseTooSlow, tooSlow)
				q.finish(CloseGoingAway, "")
				time.Sleep(time.Hour)
				require.Zero(t, w.late)
			})
		})
	}
	t.Run("a goodbye that was promised is said", func(t *testing.T) {
		t.Parallel()
		w := newWire()
		q := &queue{sink: w}
		q.push(blockOf("last words"))
		q.finish(CloseGoingAway, "500")
		q.end()
		require.Equal(t, []string{"last words"}, w.lines)
		require.Equal(t, CloseGoingAway, w.closed())
	})
}

// faulty is a sink that panics.
type faulty struct{ closed chan int }

func (faulty) Write([]Block) error { panic("no such wire") }

func (f faulty) Close(code int, _ string) {
	f.closed <- code
	panic("no such wire either")
}

func TestAPanicOfASink(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(q *queue){
		"while it writes":        func(q *queue) { q.push(blockOf("line")) },
		"while it says goodbye":  func(q *queue) { q.finish(CloseTooSlow, tooSlow) },
		"while it is hung up on": func(q *queue) { q.abort(CloseTooSlow, tooSlow) },
	} {
		t.Run(name+" ends that client alone, and is logged", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				f := faulty{closed: make(chan int, 2)}
				q := &queue{sink: f}
				q.logTo(slog.New(slog.NewTextHandler(&log, nil)))
				begin(q)
				synctest.Wait()
				q.end()
				require.Equal(t, CloseTooSlow, <-f.closed)
				require.Contains(t, log.String(), `panic="no such wire`)
				require.Zero(t, waits(q))
			})
		})
	}
}
