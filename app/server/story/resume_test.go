package story

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Twenty followers, each cut again and again at any byte and at any moment and
// led to any node, while answers stream and people meddle: all of them end
// with exactly the stored text.
func TestTortureResume(t *testing.T) {
	cuts := long(500, 10_000)
	f := newFleet(t, cuts, 4, 3)
	f.line.hurry(400 * time.Millisecond)
	crowd := f.crowd(20, 2)
	f.voices = crowd.list
	storm := f.storm()
	began := time.Now()
	require.Eventually(t, func() bool { return f.line.cutsLeft() == 0 }, 5*time.Minute, 10*time.Millisecond, "the cuts never come")
	t.Logf("%d cuts in %s, %d sockets", cuts, time.Since(began).Round(time.Millisecond), crowd.sockets())
	storm.over()
	f.rest()
	f.converge(crowd.list)
	f.nothingLostNorTwice()
}
