// Package limit says how often something may be done: token buckets in the
// memory of one node. It knows no HTTP and imports the standard library only.
package limit

import (
	"hash/maphash"
	"math"
	"sync"
	"time"
)

// Rule allows Times things in each Per to every key, all at once if they come
// at once. Name keeps its keys apart from those of other rules.
type Rule struct {
	Name  string
	Times int
	Per   time.Duration
}

// Verdict is what a limiter says to one thing somebody wants to do.
type Verdict struct {
	Allowed bool
	// Limit is how many are allowed at once, Remaining how many are left.
	Limit, Remaining int
	// Reset is when the bucket is full again, Retry when one more is allowed
	// (zero where one is now).
	Reset, Retry time.Duration
}

// mostBuckets bounds the memory: about 6 MB when everybody on the internet
// knocks at once.
const mostBuckets = 100_000

// Limiter counts. It is safe for concurrent use.
type Limiter struct {
	mu      sync.Mutex
	seed    maphash.Seed
	buckets map[uint64]bucket
	most    int
	off     bool
	now     func() time.Time
	times   func(Rule) int
}

// bucket had this many tokens then. One that nobody asked for since it was
// full again is as good as none.
type bucket struct {
	tokens float64
	at     time.Time
	full   time.Time
}

// New makes a limiter. With enabled false it allows everything.
func New(enabled bool) *Limiter {
	return &Limiter{seed: maphash.MakeSeed(), buckets: map[uint64]bucket{}, most: mostBuckets, off: !enabled, now: time.Now, times: func(rule Rule) int { return rule.Times }}
}

// Adjust makes rules allow another number of things than they say, asked each
// time. Call it before anything is counted.
func (l *Limiter) Adjust(times func(Rule) int) { l.times = times }

// Take asks to do one thing under a rule, for a key such as a user or an
// address. A refused one takes nothing.
func (l *Limiter) Take(rule Rule, key string) Verdict {
	rule.Times = l.times(rule)
	if l.off {
		return Verdict{Allowed: true, Limit: rule.Times, Remaining: rule.Times}
	}
	place := l.place(rule, key)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	each := rule.Per / time.Duration(rule.Times)
	held, known := l.buckets[place]
	tokens := float64(rule.Times)
	if known {
		tokens = math.Min(tokens, held.tokens+float64(now.Sub(held.at))/float64(each))
	}
	// A token that rounding keeps a billionth short is there.
	allowed := tokens >= 1-1e-9
	if allowed {
		tokens = math.Max(0, tokens-1)
	}
	reset := time.Duration((float64(rule.Times) - tokens) * float64(each))
	if !known {
		l.makeRoom(now)
	}
	l.buckets[place] = bucket{tokens: tokens, at: now, full: now.Add(reset)}
	verdict := Verdict{Allowed: allowed, Limit: rule.Times, Remaining: int(tokens), Reset: reset}
	if tokens < 1 {
		verdict.Retry = time.Duration((1 - tokens) * float64(each))
	}
	return verdict
}

// place hashes with a seed of this process, so that nobody can aim at the
// bucket of somebody else.
func (l *Limiter) place(rule Rule, key string) uint64 {
	var hash maphash.Hash
	hash.SetSeed(l.seed)
	_, _ = hash.WriteString(rule.Name)
	_ = hash.WriteByte(0)
	_, _ = hash.WriteString(key)
	return hash.Sum64()
}

// makeRoom forgets full buckets once there are too many; if all are in use it
// forgets some that are not, because a bounded memory matters more than one
// count.
func (l *Limiter) makeRoom(now time.Time) {
	if len(l.buckets) < l.most {
		return
	}
	for place, held := range l.buckets {
		if !held.full.After(now) {
			delete(l.buckets, place)
		}
	}
	// A tenth at once, so that the walk above is rare.
	for place := range l.buckets {
		if len(l.buckets) <= l.most-l.most/10 {
			return
		}
		delete(l.buckets, place)
	}
}

// Bucket is a limiter with one rule, for those who only ask yes or no.
type Bucket struct {
	limiter *Limiter
	rule    Rule
}

// For makes a bucket of a rule.
func (l *Limiter) For(rule Rule) Bucket { return Bucket{l, rule} }

// Allow tells whether this key may, and how long to wait where it may not.
func (b Bucket) Allow(key string) (ok bool, retry time.Duration) {
	verdict := b.limiter.Take(b.rule, key)
	return verdict.Allowed, verdict.Retry
}
