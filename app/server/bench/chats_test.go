package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	// rounds are many and short, so that whatever else the machine does falls
	// on both programs.
	rounds = 9
	round  = 3 * time.Second
	// leastShare is how much of the bare program's speed accounts, limits, the
	// log and the house may not cost.
	leastShare = 0.8
	poolSize   = 10
)

// BenchmarkChats lists 20 of 200 chats, by turns on Quillium and on the bare
// program, on the same database.
func BenchmarkChats(b *testing.B) {
	database := newDatabase(b)
	server, _ := quillium(b, append(outside(b, database), fmt.Sprint("DB_MAX_CONNS=", poolSize))...)
	ada := join(b, server, "ada")
	for i := range 200 {
		ada.open(b, fmt.Sprintf("Chat number %d, with a title of usual length", i), "")
	}
	built, err := programs()
	require.NoError(b, err)
	address := freeAddress(b)
	plain, _ := run(b, address, "/chats", nil, built.chats, address, withPool(b, database, poolSize), ada.id)

	ours, bare := newTarget(server, "/api/v1/chats", ada.access), newTarget(plain, "/chats", "")
	answer := ours.once(b)
	require.Equal(b, bare.once(b), answer, "both must answer the same bytes")
	ours.load(b, time.Second, len(answer))
	bare.load(b, time.Second, len(answer))

	var first, second, shares []figures
	for range rounds {
		ourRound, bareRound := ours.load(b, round, len(answer)), bare.load(b, round, len(answer))
		first, second = append(first, ourRound), append(second, bareRound)
		shares = append(shares, figures{perSecond: ourRound.perSecond / bareRound.perSecond})
	}
	told("GET /chats, 20 of 200", "%d bytes, %d connections, %d rounds of %v each", len(answer), connections, rounds, round)
	summary("  Quillium", first, ours)
	summary("  bare Fiber and pgx", second, bare)
	share := median(speeds(shares))
	told("  Quillium / bare, each round", "%.2f", speeds(shares))
	promised(b, "  Quillium / bare, median", fmt.Sprintf("at least %.2f", leastShare), fmt.Sprintf("%.2f", share), share >= leastShare)
	b.ReportMetric(median(speeds(first)), "requests/s")
	b.ReportMetric(share, "of-bare")
}

func summary(name string, all []figures, t *target) {
	var times, cpu []time.Duration
	for _, f := range all {
		times, cpu = append(times, f.times...), append(cpu, f.cpu)
	}
	told(name, "%.0f requests/s, p50 %v, p99 %v, %v of CPU a request, %.1f MiB resident", median(speeds(all)),
		percentile(times, 50).Round(10*time.Microsecond), percentile(times, 99).Round(10*time.Microsecond),
		median(cpu).Round(time.Microsecond), t.resident())
}

func speeds(all []figures) []float64 {
	list := make([]float64, len(all))
	for i, f := range all {
		list[i] = f.perSecond
	}
	return list
}
