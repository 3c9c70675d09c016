package bench

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// What is said carries two signs that are nowhere else in a frame: one in
// each message, so that a listener counts them without taking frames apart,
// and one in the last of a round.
const (
	sign = "~"
	last = "^"
)

// club is a program with rooms in which sockets talk.
type club struct {
	*process
	// enter opens a socket in a room; place is its number there.
	enter func(room, place int) (*wire, error)
	// frame is what makes the program send a text to all of a room.
	frame func(room int, text string) []byte
	// done is in what a speaker hears of each message when it has arrived.
	done string
	// chats are what the rooms are called; the bare loop only counts them.
	chats []string
}

// quilliumClub has the same people in all rooms of a server, or others in
// each, as groups says.
func quilliumClub(b *testing.B, database string, server *process, groups [][]*person) club {
	b.Helper()
	chats := rooms(b, database, "", groups)
	var said atomic.Int64
	return club{
		process: server, done: `"type":"ack"`, chats: chats,
		enter: func(room, place int) (*wire, error) { return groups[room][place].inRoom(chats[room]) },
		frame: func(room int, text string) []byte {
			return fmt.Appendf(nil, `{"type":"message","id":"m","data":{"chat_id":%q,"client_id":"%d","content":%q}}`, chats[room], said.Add(1), text)
		},
	}
}

// bareClub is the bare loop.
func bareClub(b *testing.B) club {
	b.Helper()
	built, err := programs()
	require.NoError(b, err)
	address := freeAddress(b)
	server, _ := run(b, address, "/ready", nil, built.broadcast, address)
	return club{
		process: server, done: sign,
		enter: func(room, _ int) (*wire, error) { return connect(fmt.Sprint(address, "/rooms/", room), nil) },
		frame: func(_ int, text string) []byte { return []byte(text) },
	}
}

// prose is what people write, for whatever looks at words.
const prose = " I looked at it once more; the second half of the table is right, but Tuesday's figures are missing, so ask Grace before you send it."

// text is a message of so many bytes that says when it was sent.
func text(length int, end string) string {
	head := sign + strconv.FormatInt(time.Now().UnixNano(), 10) + end
	return (head + strings.Repeat(prose, 1+length/len(prose)))[:length]
}

// party is the people of a club in their rooms; the first of each room speaks.
type party struct {
	club
	rooms [][]*wire
}

// meet opens all sockets.
func (c club) meet(b *testing.B, rooms, size int) party {
	b.Helper()
	all := connectAll(b, rooms*size, few, func(i int) (*wire, error) { return c.enter(i/size, i%size) })
	p := party{club: c}
	for i := range rooms {
		p.rooms = append(p.rooms, all[i*size:(i+1)*size])
	}
	return p
}

// talk is what one round of speaking is like.
type talk struct {
	length, inFlight int
	// pause is between two messages of a speaker; 0 sends as soon as there is
	// room in flight.
	pause time.Duration
	lasts time.Duration
}

// heard is what one round has shown.
type heard struct {
	messages, deliveries int
	took, cpu            time.Duration
	// ages are how long messages took to each listener, where asked for.
	ages []time.Duration
}

// hold lets the first of each room speak and all others listen until they
// have heard the last word; everybody must have heard everything.
func (p party) hold(b *testing.B, t talk, aged bool) (all heard) {
	b.Helper()
	var group sync.WaitGroup
	var mu sync.Mutex
	var wrong []error
	computed, began := p.cpu(), time.Now()
	for i, room := range p.rooms {
		said := make(chan int, 1)
		group.Go(func() {
			n, err := p.speak(room[0], i, t, began.Add(t.lasts))
			said <- n
			mu.Lock()
			defer mu.Unlock()
			// Who speaks hears himself, too.
			all.messages, all.deliveries, wrong = all.messages+n, all.deliveries+n, append(wrong, err)
		})
		for _, w := range room[1:] {
			group.Go(func() {
				n, ages, err := w.hear(aged)
				expected := <-said
				said <- expected
				if err == nil && n != expected {
					err = fmt.Errorf("a listener heard %d of %d messages", n, expected)
				}
				mu.Lock()
				defer mu.Unlock()
				all.deliveries, all.ages, wrong = all.deliveries+n, append(all.ages, ages...), append(wrong, err)
			})
		}
	}
	group.Wait()
	for _, err := range wrong {
		require.NoError(b, err)
	}
	all.took, all.cpu = time.Since(began), p.cpu()-computed
	return all
}

// speak sends messages until the time is over, then the last word.
func (p party) speak(w *wire, room int, t talk, until time.Time) (sent int, err error) {
	waiting := 0
	say := func(end string) error {
		sent, waiting = sent+1, waiting+1
		return w.WriteMessage(websocket.TextMessage, p.frame(room, text(t.length, end)))
	}
	for err == nil && time.Now().Before(until) {
		if waiting < t.inFlight {
			time.Sleep(t.pause)
			err = say("")
			continue
		}
		var arrived int
		arrived, err = w.count(p.done)
		waiting -= arrived
	}
	if err == nil {
		err = say(last)
	}
	if err == nil {
		err = w.until(p.done, waiting)
	}
	return sent, err
}

// hear counts messages until the last word.
func (w *wire) hear(aged bool) (count int, ages []time.Duration, err error) {
	_ = w.SetReadDeadline(time.Now().Add(time.Minute))
	for {
		frame, err := w.next()
		if err != nil {
			return count, ages, err
		}
		count += bytes.Count(frame, []byte(sign))
		if aged {
			ages = append(ages, agesIn(frame)...)
		}
		if bytes.Contains(frame, []byte(last)) {
			return count, ages, nil
		}
	}
}

const stampLength = 19

// agesIn tells how old each message of a frame is.
func agesIn(frame []byte) (ages []time.Duration) {
	now := time.Now()
	for {
		_, rest, found := bytes.Cut(frame, []byte(sign))
		if !found || len(rest) < stampLength {
			return ages
		}
		if nano, err := strconv.ParseInt(string(rest[:stampLength]), 10, 64); err == nil {
			ages = append(ages, now.Sub(time.Unix(0, nano)))
		}
		frame = rest
	}
}
