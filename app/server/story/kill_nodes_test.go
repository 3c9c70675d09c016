package story

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// One node after another dies by a power cut and comes back, while people talk
// and followers are led to whoever is there.
func TestTortureKill(t *testing.T) {
	f := newFleet(t, 0, 4, 3)
	crowd := f.crowd(20, 2)
	f.voices = crowd.list
	storm := f.storm()
	kills := long(2, 40)
	slowest := time.Duration(0)
	for range kills {
		time.Sleep(f.dice.upTo(long(time.Second, 3*time.Second)))
		slowest = max(slowest, f.strike(pick(f.dice, f.nodes)))
	}
	t.Logf("%d kills; the answers of a dead node had ended within %s", kills, slowest.Round(time.Millisecond))
	storm.over()
	f.rest()
	f.converge(crowd.list)
	f.nothingLostNorTwice()
}

// strike kills a node, sometimes for long enough that others take over, and
// tells how long its answers went without an end.
func (f *fleet) strike(p *program) time.Duration {
	f.t.Helper()
	p.kill()
	died := time.Now()
	node, epoch := f.lifeOf(p)
	alone := func() bool {
		return f.number(`select count(*) from runs where node_id = $1 and node_epoch <= $2`, node, epoch) == 0
	}
	absent := pick(f.dice, []time.Duration{0, time.Second, time.Minute})
	if absent < lost {
		time.Sleep(absent)
		p.start()
	}
	require.Eventually(f.t, alone, long(2*lost, lost)-time.Since(died), 10*time.Millisecond, "the answers of a dead node do not end")
	took := time.Since(died)
	if absent >= lost {
		p.start()
	}
	return took
}

// lifeOf is who a node is, and in which of its lives.
func (f *fleet) lifeOf(p *program) (node string, epoch int) {
	f.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.data, "node"))
	require.NoError(f.t, err)
	node = strings.TrimSpace(string(text))
	return node, f.number(`select epoch from nodes where id = $1`, node)
}
