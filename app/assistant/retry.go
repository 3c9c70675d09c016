package assistant

import (
	"context"
	"errors"
	"time"

	"github.com/quillium/quillium/app"
)

// retry tries again, with growing pauses up to 2 s, until work succeeds, the
// context ends, or there is nothing to work on.
func retry(ctx context.Context, work func(context.Context) error) error {
	pause := 50 * time.Millisecond
	for {
		err := attempt(ctx, work)
		if err == nil || errors.Is(err, app.ErrNotFound) || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
			pause = min(2*pause, 2*time.Second)
		}
	}
}

func attempt(ctx context.Context, work func(context.Context) error) error {
	// An end that has begun is not cut short by a shutdown that begins.
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return work(bounded)
}
