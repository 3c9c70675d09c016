package controllers

import (
	"bufio"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSocketUpgrade(t *testing.T) {
	t.Parallel()
	t.Run("what a client says together with its handshake is heard, also of a frame that comes in pieces", func(t *testing.T) {
		t.Parallel()
		h := open(t, SocketOptions{})
		address, err := url.Parse(h.url)
		require.NoError(t, err)
		conn, err := net.Dial("tcp", address.Host)
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
		frame := masked(`{"type":"ping","id":"early"}`) + masked(`{"type":"ping","id":"pieces"}`)
		half := len(frame) - 9
		_, err = io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: x\r\nUser: eve\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"+frame[:half])
		require.NoError(t, err)
		reader := bufio.NewReader(conn)
		said := readUntil(t, reader, `"id":"early"`)
		require.Equal(t, 1, strings.Count(said, "HTTP/1.1 101"), "a handshake is answered once")
		_, err = io.WriteString(conn, frame[half:])
		require.NoError(t, err)
		readUntil(t, reader, `"id":"pieces"`)
	})
}

// masked is a short text frame of a client, with a mask of zeroes.
func masked(text string) string {
	return framed(0x81, text)
}

func readUntil(t *testing.T, reader *bufio.Reader, end string) string {
	t.Helper()
	var said strings.Builder
	for !strings.Contains(said.String(), end) {
		b, err := reader.ReadByte()
		require.NoError(t, err)
		said.WriteByte(b)
	}
	return said.String()
}

func TestPace(t *testing.T) {
	t.Parallel()
	t.Run("so many at once, and then so many a second, however long it was quiet", func(t *testing.T) {
		t.Parallel()
		var p pace
		count := func(now time.Duration) (n int) {
			for p.allow(now) {
				n++
			}
			return n
		}
		require.Equal(t, requestsAtOnce, count(time.Hour))
		require.Equal(t, requestsASecond, count(time.Hour+time.Second))
		require.Zero(t, count(time.Hour+time.Second+time.Second/requestsASecond-1))
		require.Equal(t, 1, count(time.Hour+time.Second+time.Second/requestsASecond))
		require.Equal(t, requestsAtOnce, count(2*time.Hour))
	})
}
