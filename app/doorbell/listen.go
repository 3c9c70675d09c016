package doorbell

import (
	"context"
	"time"
)

const (
	// firstPause and longestPause lie between two tries to listen again. The
	// first one comes again after what was listened to for longer than the
	// longest: what is lost as soon as it is there is not to be looked after
	// ten times a second.
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
)

// listen hears until the context ends, and begins anew whenever what it
// listens on is lost. After each beginning everything is looked at: nobody
// knows what was rung before.
func (b *Bell) listen(ctx context.Context) {
	pause, lost := firstPause, false
	for {
		life, end := context.WithCancel(ctx)
		b.state.began(end)
		var since time.Time
		err := b.line.Listen(life, func() {
			since = time.Now()
			if lost {
				b.log.Info("the other nodes are heard again")
			}
			lost = false
			b.ear.LookAtAll()
			b.state.listens()
		}, b.hear)
		again := life.Err() != nil
		end()
		if ctx.Err() != nil {
			return
		}
		if again {
			continue
		}
		b.state.lost()
		if !lost {
			b.log.Warn("the other nodes are not heard; what they change is seen when it is looked for", "error", err)
		}
		lost = true
		if !since.IsZero() && time.Since(since) > longestPause {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
			pause = min(2*pause, longestPause)
		}
	}
}
