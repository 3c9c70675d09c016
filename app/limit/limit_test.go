package limit

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// clocked is a limiter whose time stands still unless it is moved.
func clocked() (*Limiter, *time.Time) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	limiter := New(true)
	limiter.now = func() time.Time { return now }
	return limiter, &now
}

var three = Rule{Name: "three", Times: 3, Per: time.Minute}

func TestTake(t *testing.T) {
	t.Parallel()
	t.Run("as many at once as the rule says, then one each twenty seconds", func(t *testing.T) {
		t.Parallel()
		limiter, now := clocked()
		for left := 2; left >= 0; left-- {
			verdict := limiter.Take(three, "k")
			require.True(t, verdict.Allowed)
			require.Equal(t, left, verdict.Remaining)
			require.Equal(t, 3, verdict.Limit)
		}
		refused := limiter.Take(three, "k")
		require.False(t, refused.Allowed)
		require.Equal(t, 20*time.Second, refused.Retry)
		require.Equal(t, time.Minute, refused.Reset)
		*now = now.Add(20 * time.Second)
		require.True(t, limiter.Take(three, "k").Allowed)
		require.False(t, limiter.Take(three, "k").Allowed)
	})
	t.Run("keys and rules do not meet", func(t *testing.T) {
		t.Parallel()
		limiter, _ := clocked()
		for range 3 {
			limiter.Take(three, "k")
		}
		require.False(t, limiter.Take(three, "k").Allowed)
		require.True(t, limiter.Take(three, "other").Allowed)
		require.True(t, limiter.Take(Rule{Name: "four", Times: 3, Per: time.Minute}, "k").Allowed)
	})
	t.Run("a full bucket does not overflow", func(t *testing.T) {
		t.Parallel()
		limiter, now := clocked()
		limiter.Take(three, "k")
		*now = now.Add(time.Hour)
		require.Equal(t, 2, limiter.Take(three, "k").Remaining)
	})
	t.Run("off allows everything", func(t *testing.T) {
		t.Parallel()
		limiter := New(false)
		for range 1000 {
			require.True(t, limiter.Take(three, "k").Allowed)
		}
		require.Empty(t, limiter.buckets)
	})
	t.Run("memory is bounded, and what is full goes first", func(t *testing.T) {
		t.Parallel()
		limiter, now := clocked()
		limiter.most = 100
		for i := range 99 {
			limiter.Take(three, fmt.Sprint("old", i))
		}
		*now = now.Add(time.Hour)
		for range 3 {
			limiter.Take(three, "busy")
		}
		limiter.Take(three, "one more")
		require.Len(t, limiter.buckets, 2)
		require.False(t, limiter.Take(three, "busy").Allowed)
		for i := range 10_000 {
			limiter.Take(three, fmt.Sprint("new", i))
			require.LessOrEqual(t, len(limiter.buckets), 100)
		}
	})
	t.Run("many at once get exactly what is there", func(t *testing.T) {
		t.Parallel()
		limiter, _ := clocked()
		var allowed atomic.Int64
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				if limiter.Take(three, "k").Allowed {
					allowed.Add(1)
				}
			})
		}
		group.Wait()
		require.EqualValues(t, 3, allowed.Load())
	})
}

func TestNeverMoreThanTheRule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limiter, now := clocked()
		rule := Rule{Name: "any", Times: rapid.IntRange(1, 50).Draw(t, "times"), Per: time.Minute}
		start, allowed := *now, 0
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			*now = now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "wait")) * time.Millisecond)
			verdict := limiter.Take(rule, "k")
			if verdict.Allowed {
				allowed++
			} else {
				require.Positive(t, verdict.Retry)
			}
		}
		most := float64(rule.Times) * (1 + float64(now.Sub(start))/float64(time.Minute))
		require.LessOrEqual(t, float64(allowed), most+1e-6)
	})
}
