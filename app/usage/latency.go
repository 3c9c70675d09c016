package usage

import (
	"slices"
	"time"
)

// Buckets is how many there are in a Latency.
const Buckets = 16

// bounds are the upper ends of all buckets but the last, which has none.
func bounds() [Buckets - 1]time.Duration {
	const ms, s = time.Millisecond, time.Second
	return [Buckets - 1]time.Duration{
		100 * ms, 200 * ms, 300 * ms, 500 * ms, 750 * ms, s, 1500 * ms, 2 * s, 3 * s, 5 * s, 7500 * ms, 10 * s, 15 * s, 30 * s, 60 * s,
	}
}

// Latency is how long things took, as counts in buckets: small, and different
// nodes' can be added, which percentiles cannot.
type Latency struct {
	// Sum is all of it together, in milliseconds.
	Sum int64
	// In counts what took no longer than a bound, and longer than the one
	// before.
	In [Buckets]int64
}

// Observe counts one more.
func (l *Latency) Observe(took time.Duration) {
	took = max(took, 0)
	ends := bounds()
	place, _ := slices.BinarySearch(ends[:], took)
	l.In[place]++
	l.Sum += took.Milliseconds()
}

// Add adds what another one has counted.
func (l *Latency) Add(other Latency) {
	l.Sum += other.Sum
	for i, n := range other.In {
		l.In[i] += n
	}
}

// Count is how many were observed.
func (l *Latency) Count() int64 {
	count := int64(0)
	for _, n := range l.In {
		count += n
	}
	return count
}

// Mean is the average; 0 where nothing was observed.
func (l *Latency) Mean() time.Duration {
	count := l.Count()
	if count == 0 {
		return 0
	}
	return time.Duration(l.Sum/count) * time.Millisecond
}

// Quantile estimates what this part of all (0.95: 95 in a hundred) took at
// most: exact to the bucket, a straight line within it. Of what took longer
// than the last bound it says that bound. 0 where nothing was observed.
func (l *Latency) Quantile(part float64) time.Duration {
	ends, from := bounds(), time.Duration(0)
	left := part * float64(l.Count())
	for i, n := range l.In[:Buckets-1] {
		if n > 0 && left <= float64(n) {
			return from + time.Duration(max(left, 0)/float64(n)*float64(ends[i]-from))
		}
		left -= float64(n)
		from = ends[i]
	}
	if l.In[Buckets-1] == 0 {
		return 0
	}
	return from
}
