package bench

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	mostIdle      = 16 // KiB
	mostIdleShare = 0.85
)

// BenchmarkIdleMemory looks at what a connection costs that is signed in,
// follows a chat and is silent: 5,000 people, each in one of 50 chats of 100.
func BenchmarkIdleMemory(b *testing.B) {
	const chats, size = 50, 100
	database := newDatabase(b)
	server, _ := quillium(b, outside(b, database)...)
	ada := join(b, server, "ada")
	ours := quilliumClub(b, database, server, split(b, crowd(b, database, server, chats*size), size))
	bare := bareClub(b)
	// Who signs in lets the server give back what it does not need, 2 s later.
	mine := ours.idle(b, chats, size, func() { ada.signIn(b); time.Sleep(3 * time.Second) })
	theirs := bare.idle(b, chats, size, func() { bare.rest(b) })
	told("  Quillium", "%.1f KiB each of %d", mine, chats*size)
	told("  bare loop", "%.1f KiB each", theirs)
	promised(b, "memory of an idle connection", fmt.Sprintf("at most %d KiB", mostIdle), fmt.Sprintf("%.1f KiB", mine), mine <= mostIdle)
	promised(b, "  Quillium / bare loop", fmt.Sprintf("at most %.2f", mostIdleShare), fmt.Sprintf("%.2f", mine/theirs), mine <= mostIdleShare*theirs)
	b.ReportMetric(mine, "KiB/socket")
}

// idle is what each of so many silent sockets adds to the resident memory, in
// KiB, when nothing is left that could be given back.
func (c club) idle(b *testing.B, rooms, size int, settle func()) float64 {
	b.Helper()
	settled := func() float64 {
		for range 3 {
			settle()
		}
		return c.resident()
	}
	before := settled()
	began := time.Now()
	met := c.meet(b, rooms, size)
	took := time.Since(began)
	for _, room := range met.rooms {
		for _, w := range room {
			go func() {
				for {
					if _, err := w.next(); err != nil {
						return
					}
				}
			}()
		}
	}
	after := settled()
	told("", "%.1f MiB resident before, %.1f MiB with all; connected in %v", before, after, took.Round(time.Millisecond))
	return (after - before) * 1024 / float64(rooms*size)
}

// rest lets the bare program give back what it does not need.
func (c club) rest(b *testing.B) {
	b.Helper()
	answer, err := http.Get("http://" + c.address + "/ready")
	require.NoError(b, err)
	require.NoError(b, answer.Body.Close())
}
