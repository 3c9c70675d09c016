package controllers

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/realtime"
)

// onPipe is a sink with the far end of its connection, on a clock of its own.
func onPipe(t *testing.T, name string, tell func(t *testing.T, s *socketSink, far net.Conn)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe()
			conn, err := (&SocketController{buffers: &sync.Pool{}}).wrap(near, nil)
			require.NoError(t, err)
			tell(t, &socketSink{conn: conn}, far)
			require.NoError(t, near.Close())
			require.NoError(t, far.Close())
		})
	})
}

func blockOf(size int) []realtime.Block {
	return []realtime.Block{realtime.Encode(realtime.Envelope{Type: strings.Repeat("x", size)})}
}

func TestSocketSink(t *testing.T) {
	t.Parallel()
	onPipe(t, "a large answer gets to a client with little bandwidth", func(t *testing.T, s *socketSink, far net.Conn) {
		var read sync.WaitGroup
		read.Go(func() {
			piece := make([]byte, 20<<10)
			for range (realtime.MaxBytes + 100) / len(piece) {
				_, err := io.ReadFull(far, piece)
				require.NoError(t, err)
				time.Sleep(time.Second)
			}
			_, _ = io.Copy(io.Discard, far)
		})
		require.NoError(t, s.Write(blockOf(realtime.MaxBytes)))
		require.NoError(t, s.conn.NetConn().Close())
		read.Wait()
	})
	onPipe(t, "one that takes nothing is given up soon", func(t *testing.T, s *socketSink, _ net.Conn) {
		begin := time.Now()
		require.Error(t, s.Write(blockOf(100)))
		require.Less(t, time.Since(begin), 2*writeTimeout)
		begin = time.Now()
		require.Error(t, s.Write(blockOf(realtime.MaxBytes)))
		require.Less(t, time.Since(begin), time.Minute)
	})
	onPipe(t, "nothing is written behind a frame that was cut off, not even a goodbye", func(t *testing.T, s *socketSink, far net.Conn) {
		begun := make([]byte, 50)
		var read sync.WaitGroup
		read.Go(func() {
			_, err := io.ReadFull(far, begun)
			require.NoError(t, err)
		})
		require.Error(t, s.Write(blockOf(100)))
		read.Wait()
		var rest []byte
		read.Go(func() { rest, _ = io.ReadAll(far) })
		s.pong("late")
		s.Close(realtime.CloseTooSlow, "too slow")
		require.NoError(t, s.conn.NetConn().Close())
		read.Wait()
		require.Empty(t, rest)
	})
}

func TestSocketPings(t *testing.T) {
	t.Parallel()
	h := open(t, SocketOptions{})
	p := h.enter(t, "eager")
	var pongs atomic.Int64
	p.conn.SetPongHandler(func(string) error {
		pongs.Add(1)
		return nil
	})
	begin := time.Now()
	for range 20 * requestsAtOnce {
		require.NoError(t, p.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(patience)))
	}
	require.NoError(t, p.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(patience)))
	code, _ := p.closes()
	require.Equal(t, 1000, code, "too many pings close nobody")
	most := requestsAtOnce + requestsASecond*(time.Since(begin)/time.Second+1)
	require.LessOrEqual(t, pongs.Load(), int64(most))
	require.GreaterOrEqual(t, pongs.Load(), int64(requestsAtOnce))
}
