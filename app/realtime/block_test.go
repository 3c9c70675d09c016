package realtime

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The heads are those of RFC 6455, section 5.2: final, text, not masked.
func TestFrames(t *testing.T) {
	t.Parallel()
	for size, head := range map[int]string{
		0: "\x81\x00", 1: "\x81\x01", 125: "\x81\x7d",
		126: "\x81\x7e\x00\x7e", 65_535: "\x81\x7e\xff\xff",
		65_536: "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", queueLimit: "\x81\x7f\x00\x00\x00\x00\x00\x10\x00\x00",
	} {
		t.Run(fmt.Sprint(size, " bytes"), func(t *testing.T) {
			t.Parallel()
			text := strings.Repeat("x", size)
			require.Equal(t, head+text, string(blockOf(text).Frame()))
			require.Equal(t, text, string(blockOf(text).Text()))
		})
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	t.Run("one block is itself, and is not copied", func(t *testing.T) {
		t.Parallel()
		one := blockOf("one")
		require.Same(t, &one.Frame()[0], &Join(one).Frame()[0])
	})
	t.Run("joined in any groups, it is the same frame of the same lines", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			lines := rapid.SliceOfN(rapid.StringMatching(`[a-z]{0,200}`), 1, 20).Draw(t, "lines")
			var all, groups []Block
			for _, line := range lines {
				all = append(all, blockOf(line))
			}
			for rest := all; len(rest) > 0; {
				n := rapid.IntRange(1, len(rest)).Draw(t, "group")
				groups, rest = append(groups, Join(rest[:n]...)), rest[n:]
			}
			joined := Join(groups...)
			require.Equal(t, blockOf(strings.Join(lines, "\n")), joined)
			var seen []string
			for line := range joined.Lines() {
				seen = append(seen, string(line))
			}
			require.Equal(t, lines, seen)
		})
	})
}
