package bench

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// wire is one end of a socket that costs the driver little: it shares the
// machine with what it measures.
type wire struct {
	*websocket.Conn
	frame []byte
}

// spare lends write buffers to sockets that send.
var spare sync.Pool

// connect opens a socket; a header may carry the token.
func connect(address string, header http.Header) (*wire, error) {
	dialer := websocket.Dialer{HandshakeTimeout: 20 * time.Second, ReadBufferSize: 1024, WriteBufferSize: 1024, WriteBufferPool: &spare}
	conn, answer, err := dialer.Dial("ws://"+address, header)
	if err != nil {
		return nil, err
	}
	_ = answer.Body.Close()
	return &wire{Conn: conn}, nil
}

// next reads one frame; it is good until the next one.
func (w *wire) next() ([]byte, error) {
	_, reader, err := w.NextReader()
	if err != nil {
		return nil, err
	}
	w.frame = w.frame[:0]
	for {
		if len(w.frame) == cap(w.frame) {
			w.frame = append(w.frame, 0)[:len(w.frame)]
		}
		n, err := reader.Read(w.frame[len(w.frame):cap(w.frame)])
		w.frame = w.frame[:len(w.frame)+n]
		if errors.Is(err, io.EOF) {
			return w.frame, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// count reads one frame and tells how often it has this mark; what the server
// refuses is an error.
func (w *wire) count(mark string) (int, error) {
	frame, err := w.next()
	if err == nil && bytes.Contains(frame, []byte(`"type":"error"`)) {
		err = errors.New(string(frame))
	}
	return bytes.Count(frame, []byte(mark)), err
}

// until reads frames until this mark was there so often.
func (w *wire) until(mark string, times int) error {
	for times > 0 {
		n, err := w.count(mark)
		if err != nil {
			return err
		}
		times -= n
	}
	return nil
}

// socket opens one for a person.
func (p *person) socket() (*wire, error) {
	return connect(p.server.address+"/api/v1/ws", http.Header{"Authorization": {"Bearer " + p.access}})
}

// inRoom opens a socket that follows one chat.
func (p *person) inRoom(chat string) (*wire, error) {
	w, err := p.socket()
	if err != nil {
		return nil, err
	}
	frame := []byte(`{"type":"subscribe","id":"s","data":{"chats":[{"chat_id":"` + chat + `"}]}}`)
	if err := w.WriteMessage(websocket.TextMessage, frame); err != nil {
		return nil, err
	}
	return w, w.until(`"type":"subscribed"`, 1)
}

// few is how many sockets are opened at once where that is not what is measured.
const few = 32

// connectAll opens sockets, so many at once; they are closed when the
// benchmark ends.
func connectAll(b *testing.B, count, atOnce int, open func(i int) (*wire, error)) []*wire {
	b.Helper()
	all, failed := make([]*wire, count), make([]error, count)
	var group sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for i := range all {
		places <- struct{}{}
		group.Go(func() {
			all[i], failed[i] = open(i)
			<-places
		})
	}
	group.Wait()
	b.Cleanup(func() { hangUp(all) })
	for _, err := range failed {
		require.NoError(b, err)
	}
	return all
}

// hangUp closes sockets without waiting for an answer.
func hangUp(all []*wire) {
	for _, w := range all {
		if w != nil {
			_ = w.Close()
		}
	}
}
