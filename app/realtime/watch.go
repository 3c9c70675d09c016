package realtime

import (
	"context"
	"time"
)

// Watch closes the sockets of sessions that are over: those that were rung at
// once, and every so often all that ended without a word, because they ran out
// or the word was lost. One that cannot be checked is checked with the rest.
func (h *Hub) Watch(ctx context.Context, sessions Sessions, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		all := false
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			all = true
		case <-h.watchNow:
		}
		h.watchOnce(ctx, sessions, all)
	}
}

func (h *Hub) watchOnce(ctx context.Context, sessions Sessions, all bool) {
	ids := h.toCheck(all)
	if len(ids) == 0 {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	over, err := sessions.Over(bounded, ids)
	switch {
	case err == nil:
		h.closeOver(over)
	case ctx.Err() == nil:
		h.log.Warn("sessions of sockets could not be checked; it is tried again", "error", err)
	}
}
