package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/realtime"
)

const (
	mostBeside = 1.2
	// historyBytes are what one snapshot has at least, and clogging of them are
	// more than a system keeps for a connection.
	historyBytes = 4096
	clogging     = 16
)

// BenchmarkDeaf compares 200 listeners with the same 200 beside one that does
// not read, by turns.
func BenchmarkDeaf(b *testing.B) {
	const size, pairs = 202, 9 // who speaks, who does not read, and 200
	database := newDatabase(b)
	server, _ := quillium(b, outside(b, database)...)
	join(b, server, "ada")
	people := crowd(b, database, server, size)
	club := quilliumClub(b, database, server, [][]*person{people, people})
	furnish(b, database, club.chats[1:], 150, historyBytes)
	met := club.meet(b, 1, size-1)
	how := talk{length: 4096, inFlight: 8, pause: 10 * time.Millisecond, lasts: talkTime}
	met.hold(b, how, true)
	var without, beside []time.Duration
	cut := 0
	for range pairs {
		a := percentile(met.hold(b, how, true).ages, 99)
		w := club.deaf(b, size-1)
		z := percentile(met.hold(b, how, true).ages, 99)
		if w.cutOff() {
			cut++
		}
		without, beside = append(without, a), append(beside, z)
	}
	share := float64(median(beside)) / float64(median(without))
	told("200 listeners, 4 KiB a message", "p99 %v; beside one that does not read %v", median(without).Round(time.Millisecond/10), median(beside).Round(time.Millisecond/10))
	promised(b, "  with / without, medians of p99", fmt.Sprintf("at most %.1f", mostBeside), fmt.Sprintf("%.2f", share), share <= mostBeside)
	promised(b, "  who does not read is cut off", fmt.Sprintf("%d times", pairs), fmt.Sprintf("%d times", cut), cut == pairs)
	b.ReportMetric(share, "p99-share")
}

// deaf opens a socket that follows the room in which one talks, asks for all
// of another, and reads none of it: what the system keeps for a connection is
// full, so that what is said waits in the server.
func (c club) deaf(b *testing.B, place int) *wire {
	b.Helper()
	w, err := c.enter(0, place)
	require.NoError(b, err)
	b.Cleanup(func() { _ = w.Close() })
	ask := fmt.Appendf(nil, `{"type":"subscribe","id":"s","data":{"limit":200,"chats":[{"chat_id":%q}]}}`, c.chats[1])
	for range clogging {
		require.NoError(b, w.WriteMessage(websocket.TextMessage, ask))
	}
	return w
}

// cutOff tells whether the server has said that this one is too slow: what
// waits is read, and then there is an end.
func (w *wire) cutOff() bool {
	_ = w.SetReadDeadline(time.Now().Add(8 * time.Second))
	for {
		if _, err := w.next(); err != nil {
			return websocket.IsCloseError(err, realtime.CloseTooSlow)
		}
	}
}
