package search

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// marked is an excerpt with brackets around what was looked for.
func marked(fragments []app.Fragment) string {
	var line strings.Builder
	for _, f := range fragments {
		if f.Hit {
			line.WriteString("[" + f.Text + "]")
		} else {
			line.WriteString(f.Text)
		}
	}
	return line.String()
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what, typed string
		window      Window
		want        string
	}{
		{"every place is marked, whatever its case", "train", Window{Text: "Train, train and raTRAINing"}, "[Train], [train] and ra[TRAIN]ing"},
		{"a short word only alone", "go", Window{Text: "Go good ergo go_ go"}, "[Go] good ergo go_ [go]"},
		{"a phrase with anything between", `"to be"`, Window{Text: "to, be; into be; to\n\nbe"}, "[to, be]; into be; [to be]"},
		{"places that overlap are one", "abcd cdef", Window{Text: "xabcdefx"}, "x[abcdef]x"},
		{"signs mean themselves", "a.bcd", Window{Text: "a.bcd axbcd"}, "[a.bcd] axbcd"},
		{"letters beyond ASCII", "ÄRZTE", Window{Text: "die ärzte"}, "die [ärzte]"},
		{"lines are one line", "abc", Window{Text: "\n  a\tb\n\nabc  "}, "a b [abc]"},
		{"a window drops the words it cuts", "middle", Window{Text: "alf the middle of it al", CutBefore: true, CutAfter: true}, "… the [middle] of it …"},
		{"but not what has no words", "middle", Window{Text: strings.Repeat("x", 40) + "middle" + strings.Repeat("y", 40), CutBefore: true, CutAfter: true},
			"… " + strings.Repeat("x", 40) + "[middle]" + strings.Repeat("y", 40) + " …"},
		{"nothing is in nothing", "abc", Window{}, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, marked(newMarker(Parse(c.typed)).excerpt(c.window)))
		})
	}
}
