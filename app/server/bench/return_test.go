package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	longChat, shortChat = 1_000_000, 10_000
	mostLonger          = 1.3
	resumes             = 60
)

// BenchmarkResume comes back to a chat of a million messages and to one of ten
// thousand, by turns: with 200 missed, which are sent, and with 1,000 missed,
// which is too many.
func BenchmarkResume(b *testing.B) {
	database, whole := keptDatabase(b, "resume")
	server, _ := quillium(b, outside(b, database)...)
	reader, chats := longChats(b, database, server)
	whole()
	w, err := reader.socket()
	require.NoError(b, err)
	b.Cleanup(func() { _ = w.Close() })
	require.NoError(b, w.until(`"type":"welcome"`, 1))
	for _, missed := range []int{200, 1000} {
		var times [2][]time.Duration
		for i := range 2 * resumes {
			length := []int{longChat, shortChat}[i%2]
			began := time.Now()
			frame := fmt.Appendf(nil, `{"type":"subscribe","id":"s","data":{"limit":200,"chats":[{"chat_id":%q,"since":%d}]}}`, chats[i%2], length+1-missed)
			require.NoError(b, w.WriteMessage(websocket.TextMessage, frame))
			answer, err := w.next()
			require.NoError(b, err)
			times[i%2] = append(times[i%2], time.Since(began))
			require.Equal(b, missed == 1000, strings.Contains(string(answer), `"reset":true`))
			require.Equal(b, 200, strings.Count(string(answer), `"role":"user"`))
		}
		long, short := median(times[0]), median(times[1])
		told(fmt.Sprintf("subscribe with %d missed, 1,000,000 messages", missed), "p50 %v; 10,000 messages: %v", long.Round(time.Millisecond/100), short.Round(time.Millisecond/100))
		share := float64(long) / float64(short)
		promised(b, "  a million / ten thousand", fmt.Sprintf("at most %.1f", mostLonger), fmt.Sprintf("%.2f", share), share <= mostLonger)
	}
}

// longChats finds the two chats and their reader, or makes them.
func longChats(b *testing.B, database string, server *process) (*person, []string) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), database)
	require.NoError(b, err)
	defer func() { _ = conn.Close(b.Context()) }()
	reader := &person{server: server}
	var chats []string
	find := func() error {
		return conn.QueryRow(b.Context(), `select m.user_id::text, array_agg(c.id::text order by c.last_seq desc)
			from chats c join members m on m.chat_id = c.id where c.last_seq in ($1, $2) group by 1`, longChat, shortChat).Scan(&reader.id, &chats)
	}
	if find() != nil {
		began := time.Now()
		people := crowd(b, database, server, 1)
		made := rooms(b, database, "", [][]*person{people, people})
		bulk(b, conn, func() {
			furnish(b, database, made[:1], longChat, messageBytes)
			furnish(b, database, made[1:], shortChat, messageBytes)
		})
		require.NoError(b, find())
		told("a chat of a million messages", "made in %v", time.Since(began).Round(time.Second))
	}
	enter(b, database, []*person{reader})
	return reader, chats
}

// BenchmarkReturn lets 1,000 people, each in 20 of 200 chats, come back at
// once; 5 of 50 messages of each chat are new to them.
func BenchmarkReturn(b *testing.B) {
	const count, each, chats, most = 1000, 20, 200, 3 * time.Second
	database := newDatabase(b)
	server, _ := quillium(b, outside(b, database)...)
	join(b, server, "ada")
	people := crowd(b, database, server, count)
	groups := make([][]*person, chats)
	following := make([][]int, count)
	for i := range count {
		for k := range each {
			chat := (i + k*chats/each) % chats
			groups[chat], following[i] = append(groups[chat], people[i]), append(following[i], chat)
		}
	}
	made := rooms(b, database, "", groups)
	furnish(b, database, made, 50, messageBytes)
	do(b, database, `analyze`)
	frames := make([][]byte, count)
	for i, list := range following {
		var asks []string
		for _, chat := range list {
			asks = append(asks, fmt.Sprintf(`{"chat_id":%q,"since":46}`, made[chat]))
		}
		frames[i] = []byte(`{"type":"subscribe","id":"s","data":{"chats":[` + strings.Join(asks, ",") + `]}}`)
	}
	var all []time.Duration
	var cpu []time.Duration
	for range 3 {
		computed, began := server.cpu(), time.Now()
		sockets := connectAll(b, count, count, func(i int) (*wire, error) {
			w, err := people[i].socket()
			if err != nil {
				return nil, err
			}
			if err := w.WriteMessage(websocket.TextMessage, frames[i]); err != nil {
				return nil, err
			}
			return w, w.until(`"type":"subscribed"`, each)
		})
		all, cpu = append(all, time.Since(began)), append(cpu, server.cpu()-computed)
		hangUp(sockets)
		time.Sleep(time.Second)
	}
	told("1,000 sockets with 20 chats each come back at once", "%v; %v of the server's CPU", all, median(cpu))
	within(b, "  all subscribed, median", most, median(all))
}
