package bench

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	messageBytes = 128
	// talks are many and short, by turns, as rounds are.
	talks    = 5
	talkTime = 4 * time.Second

	mostDelivery      = 3800 * time.Nanosecond
	mostDeliveryShare = 0.45
	leastMessages     = 4000
	mostMessage       = 250 * time.Microsecond
)

// BenchmarkDelivery sends stored messages to 1,000 listeners of one chat.
func BenchmarkDelivery(b *testing.B) {
	const size = 1001 // with who speaks
	database := newDatabase(b)
	server, _ := quillium(b, outside(b, database)...)
	join(b, server, "ada")
	ours := quilliumClub(b, database, server, split(b, crowd(b, database, server, size), size)).meet(b, 1, size)
	bare := bareClub(b).meet(b, 1, size)
	var mine, theirs []float64
	var speeds, bareSpeeds []float64
	for range talks {
		a, z := ours.hold(b, talk{length: messageBytes, inFlight: 4, lasts: talkTime}, false), bare.hold(b, talk{length: messageBytes, inFlight: 4, lasts: talkTime}, false)
		mine, theirs = append(mine, a.delivery()), append(theirs, z.delivery())
		speeds, bareSpeeds = append(speeds, a.perSecond()), append(bareSpeeds, z.perSecond())
	}
	told("one chat, 1,000 listeners, 4 messages in flight", "%d rounds of %v each", talks, talkTime)
	told("  Quillium", "%.2f µs of CPU a delivery, %.0f stored messages/s", median(mine)/1e3, median(speeds))
	told("  bare loop", "%.2f µs of CPU a delivery, %.0f messages/s", median(theirs)/1e3, median(bareSpeeds))
	promised(b, "CPU a delivery", "at most 3.8 µs", fmt.Sprintf("%.2f µs", median(mine)/1e3), median(mine) <= float64(mostDelivery))
	share := median(mine) / median(theirs)
	promised(b, "  Quillium / bare loop, of medians", fmt.Sprintf("at most %.2f", mostDeliveryShare), fmt.Sprintf("%.2f", share), share <= mostDeliveryShare)
	b.ReportMetric(median(mine), "ns-CPU/delivery")
}

func (r heard) delivery() float64  { return float64(r.cpu) / float64(r.deliveries) }
func (r heard) message() float64   { return float64(r.cpu) / float64(r.messages) }
func (r heard) perSecond() float64 { return float64(r.messages) / r.took.Seconds() }

// BenchmarkRooms stores messages in 100 chats with 10 listeners each, one in
// flight a chat.
func BenchmarkRooms(b *testing.B) {
	const chats, size = 100, 10
	database := newDatabase(b)
	server, _ := quillium(b, outside(b, database)...)
	join(b, server, "ada")
	ours := quilliumClub(b, database, server, split(b, crowd(b, database, server, chats*size), size)).meet(b, chats, size)
	bare := bareClub(b).meet(b, chats, size)
	var mine, mineCPU, theirs, theirsCPU, inserts, insertsCPU []float64
	for range talks {
		a := ours.hold(b, talk{length: messageBytes, inFlight: 1, lasts: talkTime}, false)
		z := bare.hold(b, talk{length: messageBytes, inFlight: 1, lasts: talkTime}, false)
		i := inserting(b, database)
		mine, mineCPU = append(mine, a.perSecond()), append(mineCPU, a.message())
		theirs, theirsCPU = append(theirs, z.perSecond()), append(theirsCPU, z.message())
		inserts, insertsCPU = append(inserts, i.perSecond()), append(insertsCPU, i.message())
	}
	told("100 chats, 10 listeners each, 1 message in flight a chat", "%d rounds of %v each", talks, talkTime)
	told("  Quillium", "%.0f stored messages/s, %.0f µs of CPU each; %.1f MiB resident", median(mine), median(mineCPU)/1e3, server.resident())
	told("  bare loop, nothing stored", "%.0f messages/s, %.0f µs of CPU each; Quillium / bare %.2f", median(theirs), median(theirsCPU)/1e3, median(mine)/median(theirs))
	told("  bare inserts, nobody listens", "%.0f messages/s, %.0f µs of CPU each; Quillium / bare %.2f", median(inserts), median(insertsCPU)/1e3, median(mine)/median(inserts))
	promised(b, "stored messages a second", fmt.Sprintf("at least %d", leastMessages), fmt.Sprintf("%.0f", median(mine)), median(mine) >= leastMessages)
	promised(b, "CPU a message", "at most "+mostMessage.String(), fmt.Sprintf("%.0fµs", median(mineCPU)/1e3), median(mineCPU) <= float64(mostMessage))
	b.ReportMetric(median(mine), "messages/s")
}

// inserting runs the bare insert loop.
func inserting(b *testing.B, database string) heard {
	b.Helper()
	built, err := programs()
	require.NoError(b, err)
	command := exec.CommandContext(b.Context(), built.insert, withPool(b, database, poolSize), talkTime.String())
	said, err := command.Output()
	require.NoError(b, err)
	stored, err := strconv.Atoi(strings.TrimSpace(string(said)))
	require.NoError(b, err)
	return heard{messages: stored, took: talkTime, cpu: command.ProcessState.UserTime() + command.ProcessState.SystemTime()}
}
