package assistant

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func through(pieces ...string) string {
	var g gate
	var out strings.Builder
	for _, piece := range pieces {
		out.WriteString(g.pass(piece, false))
	}
	out.WriteString(g.pass("", true))
	return out.String()
}

func TestGate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pieces []string
		want   string
	}{
		"text stays as it is, blanks too":      {[]string{"  a\r\n", "", "\tb  "}, "  a\r\n\tb  "},
		"a character in pieces":                {[]string{"\xf0", "\x9f", "\x98", "\x80"}, "😀"},
		"a split one between others":           {[]string{"grü"[:3], "grü"[3:] + "n"}, "grün"},
		"an end in the middle of a character":  {[]string{"a\xe2\x82"}, "a\uFFFD\uFFFD"},
		"bytes that are no text, each for one": {[]string{"\xff\xfeb"}, "\uFFFD\uFFFDb"},
		"a start that is never finished":       {[]string{"\xe2", "a"}, "\uFFFDa"},
		"a surrogate":                          {[]string{"\xed\xa0\x80"}, "\uFFFD\uFFFD\uFFFD"},
		"U+0000 is dropped":                    {[]string{"a\x00", "\x00b"}, "ab"},
		"U+0000 joins nothing":                 {[]string{"\xe2\x00\x82\xac"}, "\uFFFD\uFFFD\uFFFD"},
		"U+FFFD itself stays":                  {[]string{"\uFFFD"}, "\uFFFD"},
		"nothing composed, nothing decomposed": {[]string{"e", "\u0301"}, "e\u0301"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, through(c.pieces...))
		})
	}
}

// wildText mixes whole characters, pieces of them and bytes of no meaning.
func wildText() *rapid.Generator[string] {
	piece := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"\x00", "\xf0\x9f", "\x98\x80", "\xe2", "\x82", "\xac", "\xff", "ä", "😀"}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 5), func(b []byte) string { return string(b) }))
	return rapid.Map(rapid.SliceOfN(piece, 0, 12), func(list []string) string { return strings.Join(list, "") })
}

func TestGateHasNoEyeForPieces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := wildText().Draw(t, "text")
		var pieces []string
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		checkGate(t, text, pieces)
	})
}

func FuzzGate(f *testing.F) {
	f.Add("grü😀\x00\xff", 3)
	f.Add("\xe2\x82", 1)
	f.Fuzz(func(t *testing.T, text string, at int) {
		at = min(max(at, 0), len(text))
		checkGate(t, text, []string{text[:at], text[at:]})
	})
}

func checkGate(t require.TestingT, text string, pieces []string) {
	whole := through(text)
	require.Equal(t, whole, through(pieces...))
	require.True(t, utf8.ValidString(whole))
	require.NotContains(t, whole, "\x00")
	require.Equal(t, strings.ReplaceAll(string([]rune(text)), "\x00", ""), whole)
}

func TestCutAt(t *testing.T) {
	t.Parallel()
	for n, want := range []string{"", "a", "a", "aü", "aü", "aü", "aü", "aü😀", "aü😀"} {
		require.Equal(t, want, cutAt("aü😀", n), "at %d", n)
	}
	require.Empty(t, cutAt("a", -1))
}
