package bench

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

const (
	mostBinary   = 30 // MB
	mostResident = 40 // MiB
	// rest is how long a server may take to give back what it needed.
	rest = time.Minute
)

// BenchmarkSize looks at the stripped binary.
func BenchmarkSize(b *testing.B) {
	built, err := programs()
	require.NoError(b, err)
	file, err := os.Stat(built.quillium)
	require.NoError(b, err)
	size := float64(file.Size()) / 1e6
	promised(b, "stripped binary", fmt.Sprintf("at most %d MB", mostBinary), fmt.Sprintf("%.1f MB", size), size <= mostBinary)
}

// BenchmarkReady takes the time from exec to 200 on /readyz: on a database of
// its own, the first time and again, and on a warm one that is up to date.
func BenchmarkReady(b *testing.B) {
	data := "QUILLIUM_DATA=" + folder(b)
	server, first := quillium(b, data)
	server.stop()
	server, second := quillium(b, data)
	server.stop()
	within(b, "ready, own database, first start", 10*time.Second, first)
	within(b, "ready, own database, second start", 2*time.Second, second)

	settings := outside(b, newDatabase(b))
	server, _ = quillium(b, settings...)
	server.stop()
	var all []time.Duration
	for range 9 {
		server, took := quillium(b, settings...)
		server.stop()
		all = append(all, took)
	}
	told("ready, warm database, slowest of 9", "%v", percentile(all, 100).Round(time.Millisecond))
	within(b, "ready, warm database, median", 300*time.Millisecond, median(all))
}

// BenchmarkMemory looks at a server, with nothing configured but the rate
// limits, a minute after people have used it.
func BenchmarkMemory(b *testing.B) {
	server, _ := quillium(b, "QUILLIUM_DATA="+folder(b), "RATE_LIMIT=off")
	told("resident when ready", "%.1f MiB", server.resident())
	ada := join(b, server, "ada")
	for range 20 {
		ada.signIn(b)
	}
	chat := ada.open(b, "Memory", app.GuideModel)
	var sockets []*websocket.Conn
	for range 50 {
		socket := ada.dial(b)
		follow(b, socket, chat)
		sockets = append(sockets, socket)
	}
	for range 5 {
		ada.learn(b, chat, "How do I connect a language model?")
	}
	for _, socket := range sockets {
		require.NoError(b, socket.Close())
	}
	told("resident after 20 sign-ins, 50 sockets and 5 answers", "%.1f MiB", server.resident())
	time.Sleep(rest)
	measured := server.resident()
	promised(b, "resident a minute later", fmt.Sprintf("at most %d MiB", mostResident), fmt.Sprintf("%.1f MiB", measured), measured <= mostResident)
	b.ReportMetric(measured, "MiB")
}

// learn asks and waits for the whole answer.
func (p *person) learn(b *testing.B, chat, question string) {
	b.Helper()
	p.call(b, "POST", "/chats/"+chat+"/messages", object{"content": question}, nil)
	for range 1000 {
		var page app.Page[app.Message]
		p.call(b, "GET", "/chats/"+chat+"/messages?limit=2", nil, &page)
		answered := true
		for _, message := range page.Data {
			answered = answered && !message.Status.Running()
			require.NotEqual(b, app.StatusFailed, message.Status)
		}
		if answered {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.Fatal("the answer does not end")
}
