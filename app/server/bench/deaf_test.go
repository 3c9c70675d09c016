package bench

import (
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
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
	const size, pairs = 202, 4 // who speaks, who does not read, and 200
	database := newDatabase(b)
	server, _ := quillium(b, outside(b, database)...)
	join(b, server, "ada")
	club := quilliumClub(b, database, server, split(b, crowd(b, database, server, size), size))
	furnish(b, database, club.chats, 150, historyBytes)
	met := club.meet(b, 1, size-1)
	how := talk{length: 4096, inFlight: 8, pause: 10 * time.Millisecond, lasts: talkTime}
	met.hold(b, how, true)
	var without, beside []time.Duration
	var shares []float64
	cut := 0
	for range pairs {
		a := percentile(met.hold(b, how, true).ages, 99)
		w := club.deaf(b, size-1)
		z := percentile(met.hold(b, how, true).ages, 99)
		if w.cutOff() {
			cut++
		}
		without, beside, shares = append(without, a), append(beside, z), append(shares, float64(z)/float64(a))
	}
	told("200 listeners, 4 KiB a message", "p99 %v; beside one that does not read %v, which was cut off in %d of %d rounds",
		median(without).Round(time.Millisecond/10), median(beside).Round(time.Millisecond/10), cut, pairs)
	promised(b, "  with / without, median of p99", fmt.Sprintf("at most %.1f", mostBeside), fmt.Sprintf("%.2f", median(shares)), median(shares) <= mostBeside)
	b.ReportMetric(median(shares), "p99-share")
}

// deaf opens a socket that reads nothing of what it asks for: all that the
// system keeps for it is full, so that what is said waits in the server.
func (c club) deaf(b *testing.B, place int) *wire {
	b.Helper()
	w, err := c.enter(0, place)
	require.NoError(b, err)
	b.Cleanup(func() { _ = w.Close() })
	conn, ok := w.NetConn().(*net.TCPConn)
	require.True(b, ok)
	require.NoError(b, conn.SetReadBuffer(4096))
	ask := fmt.Appendf(nil, `{"type":"subscribe","id":"s","data":{"limit":200,"chats":[{"chat_id":%q}]}}`, c.chats[0])
	for range clogging {
		require.NoError(b, w.WriteMessage(websocket.TextMessage, ask))
	}
	return w
}

// cutOff tells whether the server has ended the connection: what waits is
// read, and then there is an end.
func (w *wire) cutOff() bool {
	_ = w.SetReadDeadline(time.Now().Add(2 * time.Second))
	for {
		if _, err := w.next(); err != nil {
			var timeout net.Error
			return !errors.As(err, &timeout) || !timeout.Timeout()
		}
	}
}
