package assistant

import (
	"strings"
	"unicode/utf8"
)

// gate is the one place where the text of a model is changed: the bytes of an
// incomplete character wait for the next piece, invalid bytes become U+FFFD,
// U+0000 is dropped. Behind it nothing trims, joins or normalises.
type gate struct{ tail string }

// pass takes a piece and gives what of it is whole. With last set, an
// incomplete character at the end is invalid.
func (g *gate) pass(piece string, last bool) string {
	piece = g.tail + piece
	g.tail = ""
	if !last {
		whole := len(piece) - incomplete(piece)
		piece, g.tail = piece[:whole], piece[whole:]
	}
	return clean(piece)
}

// clean replaces each invalid byte by itself: a run of them taken together
// would give another text where the pieces happen to be cut.
func clean(piece string) string {
	if utf8.ValidString(piece) && !strings.Contains(piece, "\x00") {
		return piece
	}
	var out strings.Builder
	for _, r := range piece {
		if r != 0 {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// incomplete counts the bytes at the end that may be the start of a character
// whose rest is still to come.
func incomplete(piece string) int {
	for n := 1; n < utf8.UTFMax && n <= len(piece); n++ {
		b := piece[len(piece)-n]
		if utf8.RuneStart(b) {
			if !utf8.FullRuneInString(piece[len(piece)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// cutAt shortens a text to at most n bytes, at the start of a character.
func cutAt(text string, n int) string {
	if n <= 0 {
		return ""
	}
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
