package logbook

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/quillium/quillium/app"
)

const (
	// gather is how long entries are collected before they are stored together,
	// again how long a failure is waited out, and patience bounds one storing.
	gather   = 500 * time.Millisecond
	again    = 5 * time.Second
	patience = 5 * time.Second
	// Lasts is how long entries are stored.
	Lasts = 7 * 24 * time.Hour
)

// Store keeps entries of all nodes.
type Store interface {
	Add(ctx context.Context, entries []app.LogEntry) error
	// Purge removes those that are older.
	Purge(ctx context.Context, before time.Time) error
}

// Keep stores what waits, as a node's, until the context ends; then once more.
func (b *Book) Keep(ctx context.Context, store Store, node app.NodeID) {
	for {
		select {
		case <-ctx.Done():
			b.store(context.WithoutCancel(ctx), store, node)
			return
		case <-b.wake:
		}
		if wait(ctx, gather) && !b.store(ctx, store, node) {
			wait(ctx, again)
		}
	}
}

// wait tells whether it waited to the end.
func wait(ctx context.Context, how time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(how):
		return true
	}
}

// store stores what waits together. What could not be stored waits on, as long
// as there is room. Of failures it tells the log alone: what it told the book
// would wait to be stored, too.
func (b *Book) store(ctx context.Context, store Store, node app.NodeID) bool {
	b.mu.Lock()
	waiting, dropped := b.queue.take(), b.dropped
	b.dropped = 0
	b.mu.Unlock()
	list := make([]app.LogEntry, 0, len(waiting)+1)
	for _, e := range waiting {
		e.Node = node
		list = append(list, e.LogEntry)
	}
	if dropped > 0 {
		list = append(list, app.LogEntry{
			ID: app.NewID[string](), At: b.now().UTC().Truncate(time.Microsecond), Level: levelName(slog.LevelWarn), Node: node,
			Message: "entries of the log were too many to be stored", Details: map[string]string{"dropped": fmt.Sprint(dropped)},
		})
	}
	if len(list) == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := store.Add(ctx, list)
	if err == nil {
		return true
	}
	b.quiet.Warn("entries of the log could not be stored; it is tried again", "entries", len(list), "error", err)
	b.back(waiting, dropped)
	return false
}

// back puts what could not be stored before what came meanwhile.
func (b *Book) back(waiting []entry, dropped int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	later := b.queue.take()
	b.dropped += dropped
	for _, e := range append(waiting, later...) {
		if b.queue.fits(e) {
			b.queue.push(e)
		} else {
			b.dropped++
		}
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}
