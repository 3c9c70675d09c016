package openai

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

func TestMayDial(t *testing.T) {
	t.Parallel()
	for _, allowed := range []string{
		"127.0.0.1", "::1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd12::1", "8.8.8.8",
		"2606:4700::1111", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::808:808",
	} {
		require.True(t, mayDial(netip.MustParseAddr(allowed)), allowed)
	}
	for _, forbidden := range []string{
		"0.0.0.0", "0.1.2.3", "::", "169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "224.0.0.1", "239.1.1.1",
		"ff02::1", "255.255.255.255", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254",
		"::ffff:169.254.169.254", "::ffff:0.0.0.0", "::169.254.169.254", "::ffff:0:169.254.169.254",
		"64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1",
	} {
		require.False(t, mayDial(netip.MustParseAddr(forbidden)), forbidden)
	}
	require.False(t, mayDial(netip.Addr{}))

	var refused *forbiddenAddress
	require.ErrorAs(t, controlDial("tcp4", "not an address", nil), &refused)
	require.ErrorAs(t, controlDial("tcp6", "[fe80::1%lo]:80", nil), &refused)
	require.NoError(t, controlDial("tcp4", "127.0.0.1:80", nil))
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "2": 2 * time.Second, "0.5": time.Second / 2, "-1": 0, "soon": 0, "1e300": 0, "NaN": 0,
		"Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		require.Equal(t, want, retryAfter(value, now), value)
	}
}

func TestMasked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringMatching(`[A-Za-z0-9_-]{8,60}`).Draw(t, "key")
		body := rapid.String().Draw(t, "before") + key + rapid.String().Draw(t, "after")
		if repeat := rapid.IntRange(0, 400).Draw(t, "repeat"); repeat > 0 {
			body = strings.Repeat("é", repeat*8) + body
		}
		logged := masked(body, key)
		require.NotContains(t, logged, key)
		require.LessOrEqual(t, len(logged), maxLoggedBytes)
		require.True(t, utf8.ValidString(logged))
	})
	require.Equal(t, "say nothing", masked("say nothing", ""), "an empty key is found nowhere")
}

// However an answer is cut into pieces: one that begins by telling the prefill
// again loses exactly that, and every other one loses nothing.
func TestEcho(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		prefill := rapid.StringMatching(`[ab]{0,6}`).Draw(t, "prefill")
		answer := rapid.StringMatching(`[ab]{0,12}`).Draw(t, "answer")
		out := &sink{echo: echo{prefill: prefill}}
		got := ""
		out.emit = func(delta llm.Delta) error { got += delta.Text; return nil }
		for rest := answer; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "cut")
			out.text(app.PartContent, rest[:n])
			rest = rest[n:]
		}
		out.finish()
		require.Equal(t, strings.TrimPrefix(answer, prefill), got)
	})
}

// Whatever an endpoint sends, and in whatever pieces: no panic, bounded
// memory, and go-openai sees only whole data lines.
func FuzzLines(f *testing.F) {
	f.Add([]byte("data: {\"choices\":[]}\n\ndata: [DONE]\n\n"))
	f.Add([]byte(": ping\r\nevent: x\ndata:{\ndata: "))
	f.Add([]byte("<html>\n\x00\xff"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		_, watch := newWatch(t.Context(), errors.New("slow"))
		defer watch.close()
		l := newLines(io.NopCloser(iotest.OneByteReader(bytes.NewReader(stream))), watch, time.Minute)
		out, err := io.ReadAll(l)
		require.Error(t, err, "an end of file is never a good end here")
		require.LessOrEqual(t, len(l.stray), maxErrorBytes)
		if len(out) == 0 {
			return
		}
		for line := range strings.Lines(string(out)) {
			require.True(t, strings.HasPrefix(line, "data: ") && strings.HasSuffix(line, "\n"), line)
		}
		s := &sink{emit: func(llm.Delta) error { return nil }}
		for line := range strings.Lines(string(out)) {
			_, _ = s.take([]byte(strings.TrimPrefix(strings.TrimSpace(line), "data: ")))
		}
	})
}
