package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

const (
	messages = 3000
	// inFlight is how many messages wait for their ack at once.
	inFlight = 32

	listeners = 200
	chunks    = 250
	pause     = 20 * time.Millisecond
)

// BenchmarkMessages posts over one socket, into one chat and into 20 by turns,
// on a database that forgets nothing. A figure without a promise.
func BenchmarkMessages(b *testing.B) {
	server, _ := quillium(b, outside(b, newDatabase(b))...)
	ada := join(b, server, "ada")
	for _, count := range []int{1, 20} {
		var chats []string
		for i := range count {
			chats = append(chats, ada.open(b, fmt.Sprint("Chat ", i), ""))
		}
		socket := ada.dial(b)
		computed, began := server.cpu(), time.Now()
		times := post(b, socket, chats)
		took := time.Since(began)
		told(fmt.Sprintf("acknowledged messages, one socket, %d chats", count), "%.0f/s, p50 %v, p99 %v, %v of CPU each",
			messages/took.Seconds(), percentile(times, 50).Round(time.Millisecond/10), percentile(times, 99).Round(time.Millisecond/10),
			((server.cpu() - computed) / messages).Round(time.Microsecond))
	}
}

// post sends all messages and tells how long each waited for its ack.
func post(b *testing.B, socket *websocket.Conn, chats []string) []time.Duration {
	b.Helper()
	var (
		mu   sync.Mutex
		sent = make([]time.Time, messages)
		slot = make(chan struct{}, inFlight)
	)
	go func() {
		for i := range messages {
			slot <- struct{}{}
			frame, _ := json.Marshal(object{"type": "message", "id": strconv.Itoa(i), "data": object{
				"chat_id": chats[i%len(chats)], "content": "A message of usual length, as people write them to each other.", "client_id": strconv.Itoa(i),
			}})
			mu.Lock()
			sent[i] = time.Now()
			mu.Unlock()
			if socket.WriteMessage(websocket.TextMessage, frame) != nil {
				return // the reader sees it
			}
		}
	}()
	var times []time.Duration
	require.NoError(b, socket.SetReadDeadline(time.Now().Add(time.Minute)))
	for len(times) < messages {
		for _, e := range read(b, socket) {
			require.NotEqual(b, "error", e.Type, string(e.Data))
			if e.Type != "ack" {
				continue
			}
			i, err := strconv.Atoi(e.ID)
			require.NoError(b, err)
			mu.Lock()
			times = append(times, time.Since(sent[i]))
			mu.Unlock()
			<-slot
		}
	}
	return times
}

type envelope struct {
	Type string          `json:"type"`
	ID   string          `json:"id"`
	Data json.RawMessage `json:"data"`
}

// read takes one frame apart.
func read(b *testing.B, socket *websocket.Conn) (list []envelope) {
	b.Helper()
	_, frame, err := socket.ReadMessage()
	require.NoError(b, err)
	for line := range bytes.SplitSeq(frame, []byte("\n")) {
		var e envelope
		require.NoError(b, json.Unmarshal(line, &e))
		list = append(list, e)
	}
	return list
}

// BenchmarkListeners streams an answer of 50 chunks a second to many sockets.
// Each chunk is the time at which the model sent it, so that listeners know
// how old it is. A figure without a promise.
func BenchmarkListeners(b *testing.B) {
	endpoint := httptest.NewServer(http.HandlerFunc(clock))
	b.Cleanup(endpoint.Close)
	server, _ := quillium(b, append(outside(b, newDatabase(b)), "OPENAI_BASE_URL="+endpoint.URL+"/v1")...)
	ada := join(b, server, "ada")
	chat := ada.open(b, "The time", "clock")
	var group sync.WaitGroup
	var mu sync.Mutex
	var ages []time.Duration
	for range listeners {
		socket := ada.dial(b)
		follow(b, socket, chat)
		group.Go(func() {
			heard := listen(socket)
			mu.Lock()
			defer mu.Unlock()
			ages = append(ages, heard...)
		})
	}
	computed, began := server.cpu(), time.Now()
	ada.call(b, "POST", "/chats/"+chat+"/messages", object{"content": "What time is it?"}, nil)
	group.Wait()
	took := time.Since(began)
	require.NotEmpty(b, ages)
	told(fmt.Sprintf("an answer to %d listeners", listeners), "%.1f %% of %d chunks heard live, %.0f/s, p50 %v, p99 %v after the model sent them, %.0f %% of one CPU, %.1f MiB resident",
		100*float64(len(ages))/(listeners*chunks), chunks, float64(len(ages))/took.Seconds(), percentile(ages, 50).Round(time.Millisecond/10), percentile(ages, 99).Round(time.Millisecond/10),
		100*(server.cpu()-computed).Seconds()/took.Seconds(), server.resident())
}

// listen reads until the answer has ended and tells how old each chunk was.
func listen(socket *websocket.Conn) (ages []time.Duration) {
	_ = socket.SetReadDeadline(time.Now().Add(time.Minute))
	rest := ""
	for {
		_, frame, err := socket.ReadMessage()
		if err != nil {
			return ages
		}
		now := time.Now()
		for line := range bytes.SplitSeq(frame, []byte("\n")) {
			var e struct {
				Type string
				Data struct {
					Text     string
					Messages []struct{ Role, Status string }
				}
			}
			if json.Unmarshal(line, &e) != nil {
				return ages
			}
			stamps := strings.Split(rest+e.Data.Text, " ")
			rest = stamps[len(stamps)-1]
			for _, stamp := range stamps[:len(stamps)-1] {
				nano, err := strconv.ParseInt(stamp, 10, 64)
				if err != nil {
					return ages
				}
				ages = append(ages, now.Sub(time.Unix(0, nano)))
			}
			for _, message := range e.Data.Messages {
				if message.Role == "assistant" && message.Status == "complete" {
					return ages
				}
			}
		}
	}
}

// clock is a model that tells the time, again and again.
func clock(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/v1/models" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"object":"list","data":[{"id":"clock","object":"model"}]}`)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for range chunks {
		_, _ = fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%d \"}}]}\n\n", time.Now().UnixNano())
		_ = http.NewResponseController(w).Flush()
		<-ticker.C
	}
	_, _ = fmt.Fprint(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
}
