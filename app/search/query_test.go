package search

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what, text string
		want       Query
	}{
		{"words", "donkey cart", Query{Parts: []string{"donkey", "cart"}}},
		{"the same word twice", "go donkey go donkey", Query{Parts: []string{"donkey"}, Words: []string{"go"}}},
		{"signs within a word stay", "user@example.org", Query{Parts: []string{"user@example.org"}}},
		{"signs around three letters stay", "(cart)", Query{Parts: []string{"(cart)"}}},
		{"of shorter words only letters count", "C++ a-b -> 42!", Query{Words: []string{"C", "a", "b", "42"}}},
		{"marks belong to their letter, and make no three", "e\u0301a", Query{Words: []string{"e\u0301a"}}},
		{"a phrase asks for its long words too", `"to the donkey"`, Query{Parts: []string{"the", "donkey"}, Phrases: [][]string{{"to", "the", "donkey"}}}},
		{"one word in quotes stands alone", `"donkey"`, Query{Parts: []string{"donkey"}, Phrases: [][]string{{"donkey"}}}},
		{"a short word in quotes is a word", `"go"`, Query{Words: []string{"go"}}},
		{"words around phrases", `one"two three"four`, Query{Parts: []string{"one", "two", "three", "four"}, Phrases: [][]string{{"two", "three"}}}},
		{"a quote that is not closed", `one "two th`, Query{Parts: []string{"one", "two"}, Phrases: [][]string{{"two", "th"}}}},
		{"quotes around nothing", `"" " " "?"`, Query{}},
		{"nothing", " ", Query{}},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, Parse(c.text))
		})
	}
	t.Run("only three letters in a row are found by the index", func(t *testing.T) {
		t.Parallel()
		require.True(t, Parse("abc de").Indexed())
		require.False(t, Parse("ab de").Indexed())
		require.True(t, Parse("->").Empty())
		require.False(t, Parse("a").Empty())
	})
}

// Whatever is typed is read, and what was read marks texts without losing any.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", `"`, `"a b" c`, "%_\\", "(?i)[a", "***=x", "e\u0301", "a\xffb", "İ ſ K", "😀😀😀", "\u200babc", "ﬁn ß"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, typed, text string) {
		if !utf8.ValidString(typed) || !utf8.ValidString(text) {
			return
		}
		q := Parse(typed)
		for _, part := range q.Parts {
			if !hasPart(part) || strings.ContainsAny(part, "\" \n") {
				t.Fatalf("part %q of %q", part, typed)
			}
		}
		for _, phrase := range append(q.Phrases, q.Words) {
			for _, word := range phrase {
				if strings.ContainsFunc(word, func(c rune) bool { return !isLetter(c) }) || word == "" {
					t.Fatalf("word %q of %q", word, typed)
				}
			}
		}
		var line strings.Builder
		for _, fragment := range newMarker(q).excerpt(Window{Text: text}) {
			if fragment.Text == "" || !utf8.ValidString(fragment.Text) {
				t.Fatalf("fragment %q of %q", fragment.Text, text)
			}
			line.WriteString(fragment.Text)
		}
		if want := strings.Join(strings.Fields(text), " "); line.String() != want {
			t.Fatalf("%q became %q", want, line.String())
		}
	})
}
