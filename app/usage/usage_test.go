package usage_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app/usage"
)

func TestLatency(t *testing.T) {
	t.Parallel()
	t.Run("nothing observed is nothing told", func(t *testing.T) {
		t.Parallel()
		var none usage.Latency
		require.Zero(t, none.Count())
		require.Zero(t, none.Mean())
		require.Zero(t, none.Quantile(0.5))
	})
	t.Run("what took longer than all bounds is told as the last one", func(t *testing.T) {
		t.Parallel()
		var l usage.Latency
		l.Observe(time.Hour)
		require.Equal(t, time.Minute, l.Quantile(0.95))
		require.Equal(t, time.Hour, l.Mean())
	})
	t.Run("a quantile is in the bucket of what it estimates, and never falls", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			took := rapid.SliceOfN(rapid.IntRange(0, 59_000), 1, 50).Draw(t, "ms")
			var l, half, other usage.Latency
			for i, ms := range took {
				l.Observe(time.Duration(ms) * time.Millisecond)
				if i%2 == 0 {
					half.Observe(time.Duration(ms) * time.Millisecond)
				} else {
					other.Observe(time.Duration(ms) * time.Millisecond)
				}
			}
			half.Add(other)
			require.Equal(t, l, half, "what two nodes saw can be added")
			require.EqualValues(t, len(took), l.Count())
			slices.Sort(took)
			last := time.Duration(0)
			for _, part := range []float64{0.1, 0.5, 0.9, 0.95, 1} {
				at := l.Quantile(part)
				require.GreaterOrEqual(t, at, last)
				last = at
				true1 := time.Duration(took[int(part*float64(len(took))+0.999999)-1]) * time.Millisecond
				var bucket usage.Latency
				bucket.Observe(true1)
				require.LessOrEqual(t, at, bucket.Quantile(1), "%v for %v", at, true1)
				require.GreaterOrEqual(t, at, bucket.Quantile(0))
			}
		})
	})
}

func TestMerge(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.Custom(func(t *rapid.T) usage.Hour {
			hour := usage.Hour{At: time.Unix(3600*rapid.Int64Range(0, 100).Draw(t, "hour"), 0), Model: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "model")}
			hour.Messages, hour.PromptTokens = rapid.Int64Range(0, 9).Draw(t, "messages"), rapid.Int64Range(0, 9).Draw(t, "tokens")
			return hour
		})).Draw(t, "list")
		for _, at := range []func(time.Time) time.Time{usage.HourOf, usage.DayOf} {
			merged := usage.Merge(list, at)
			require.Equal(t, usage.Total(list), usage.Total(merged), "nothing is lost")
			for i, hour := range merged {
				require.Equal(t, at(hour.At), hour.At)
				if i > 0 {
					before := merged[i-1]
					require.True(t, before.At.Before(hour.At) || before.At.Equal(hour.At) && before.Model < hour.Model, "in order, each once")
				}
			}
		}
	})
}
