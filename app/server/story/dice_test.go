package story

import (
	"flag"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

var (
	torture = flag.Bool("torture", false, "run the long form of the tests of several nodes")
	seed    = flag.Uint64("seed", 0, "what chance begins with; 0 is another one each time")
)

// long is a number for the long form of a test, or for the one of every day.
func long[T any](everyday, hours T) T {
	if *torture {
		return hours
	}
	return everyday
}

// dice is chance that can be had again: of what is asked of the servers, not
// of when they answer.
type dice struct {
	mu     sync.Mutex
	source *rand.Rand
}

func newDice(t *testing.T) *dice {
	t.Logf("-seed %d", chance())
	return &dice{source: rand.New(rand.NewPCG(chance(), 1))}
}

// chance is what all dice of this process begin with.
var chance = sync.OnceValue(func() uint64 {
	if *seed != 0 {
		return *seed
	}
	return rand.Uint64()
})

func (d *dice) n(below int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.source.IntN(below)
}

func (d *dice) upTo(longest time.Duration) time.Duration {
	return time.Duration(d.n(int(longest)) + 1)
}

func pick[T any](d *dice, from []T) T { return from[d.n(len(from))] }
