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

// raw is a socket without a library: bytes as they go over the wire.
func (h *house) raw(t *testing.T, user string) (*net.TCPConn, *bufio.Reader) {
	t.Helper()
	address, err := url.Parse(h.url)
	require.NoError(t, err)
	conn, err := net.Dial("tcp", address.Host)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: x\r\nUser: "+user+"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n")
	require.NoError(t, err)
	reader := bufio.NewReader(conn)
	readUntil(t, reader, `"type":"welcome"`)
	return conn.(*net.TCPConn), reader
}

// framed is a short frame of a client with this first byte.
func framed(first byte, text string) string {
	return string([]byte{first, 0x80 | byte(len(text)), 0, 0, 0, 0}) + text
}

const (
	begins, goesOn, ends = 0x01, 0x00, 0x80 // of a text in fragments
	pings                = 0x89
)

func TestSocketFragments(t *testing.T) {
	t.Parallel()
	h := open(t, SocketOptions{})
	t.Run("a text in fragments, with pings between, byte by byte", func(t *testing.T) {
		t.Parallel()
		conn, reader := h.raw(t, "pieces")
		require.NoError(t, conn.SetNoDelay(true))
		sent := framed(begins, `{"type":"pi`) + framed(pings, "one") + framed(goesOn, "") + framed(goesOn, `ng","id"`) + framed(pings, "two") + framed(ends, `:"whole"}`)
		for i := range len(sent) {
			_, err := io.WriteString(conn, sent[i:i+1])
			require.NoError(t, err)
		}
		said := readUntil(t, reader, `"id":"whole"`)
		require.Less(t, strings.Index(said, "one"), strings.Index(said, "two"))
	})
	t.Run("fragments without end are too large in the end", func(t *testing.T) {
		t.Parallel()
		conn, reader := h.raw(t, "endless")
		_, err := io.WriteString(conn, framed(begins, "{"))
		require.NoError(t, err)
		go func() {
			more := strings.Repeat(framed(goesOn, strings.Repeat(" ", 100)), 10)
			for err == nil {
				_, err = io.WriteString(conn, more)
			}
		}()
		readUntil(t, reader, "\x88\x02\x03\xf1") // 1009
	})
}

func TestSocketHostileFrames(t *testing.T) {
	t.Parallel()
	h := open(t, SocketOptions{})
	for name, sent := range map[string]string{
		"a frame without a mask":           "\x81\x02{}",
		"bits that nobody agreed on":       framed(0xf1, "{}"),
		"a kind that there is not":         framed(0x83, "{}"),
		"the middle of nothing":            framed(goesOn, "{}"),
		"a text that begins within one":    framed(begins, "{") + framed(begins, "{"),
		"a ping in fragments":              framed(0x09, "x"),
		"a ping that is too long":          "\x89\xfe\x00\x7e\x00\x00\x00\x00" + strings.Repeat("x", 126),
		"a length below nothing":           "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00",
		"a length that nobody has":         "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00",
		"a goodbye of one byte":            framed(0x88, "\x03"),
		"a goodbye for no reason there is": framed(0x88, "\x00\x01"),
		"a goodbye that is no text":        framed(0x88, "\x03\xe8\xff"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, reader := h.raw(t, name)
			_, err := io.WriteString(conn, sent)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, reader)
			if err != nil {
				require.NotErrorIs(t, err, net.ErrClosed)
				require.False(t, isTimeout(err), "the socket ends at once")
			}
		})
	}
	t.Run("a client that sends no more is left, though it reads", func(t *testing.T) {
		t.Parallel()
		conn, reader := h.raw(t, "half")
		_, err := io.WriteString(conn, masked(`{"type":"ping","id":"last"}`)+framed(begins, "{"))
		require.NoError(t, err)
		require.NoError(t, conn.CloseWrite())
		_, err = io.Copy(io.Discard, reader)
		require.NoError(t, err)
	})
	t.Run("one that breaks off is left", func(t *testing.T) {
		t.Parallel()
		conn, _ := h.raw(t, "gone")
		require.NoError(t, conn.SetLinger(0))
		require.NoError(t, conn.Close())
	})
	t.Cleanup(func() { require.NotContains(t, h.log.String(), "panicked") })
}
