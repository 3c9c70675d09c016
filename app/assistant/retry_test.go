package assistant

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

func TestRetry(t *testing.T) {
	t.Parallel()

	t.Run("tries again with growing pauses of at most two seconds", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var at []time.Duration
			start := time.Now()
			err := retry(t.Context(), func(context.Context) error {
				at = append(at, time.Since(start))
				if len(at) == 9 {
					return nil
				}
				return down
			})
			require.NoError(t, err)
			ms := time.Millisecond
			require.Equal(t, []time.Duration{0, 50 * ms, 150 * ms, 350 * ms, 750 * ms, 1550 * ms, 3150 * ms, 5150 * ms, 7150 * ms}, at)
		})
	})

	t.Run("what has begun is not cut short, and nothing begins after the end", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		tries := 0
		err := retry(ctx, func(inner context.Context) error {
			tries++
			cancel()
			require.NoError(t, inner.Err())
			return down
		})
		require.ErrorIs(t, err, app.ErrUnavailable)
		require.Equal(t, 1, tries)
	})

	t.Run("a try that hangs is given up after five seconds", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			start, tries := time.Now(), 0
			err := retry(t.Context(), func(ctx context.Context) error {
				if tries++; tries > 1 {
					return app.ErrNotFound
				}
				<-ctx.Done()
				return ctx.Err()
			})
			require.ErrorIs(t, err, app.ErrNotFound, "there is nothing to work on")
			require.Equal(t, 5*time.Second+50*time.Millisecond, time.Since(start))
		})
	})
}
