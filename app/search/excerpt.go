package search

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/quillium/quillium/app"
)

// Window is a piece of a text around the first of the words.
type Window struct {
	Text string
	// CutBefore and CutAfter tell that the text goes on there.
	CutBefore, CutAfter bool
}

// marker finds the words of a query in a text.
type marker struct{ loose, whole []*regexp.Regexp }

func newMarker(q Query) marker {
	var m marker
	for _, part := range q.Parts {
		m.loose = append(m.loose, regexp.MustCompile(`(?i)`+regexp.QuoteMeta(part)))
	}
	for _, phrase := range append(singles(q.Words), q.Phrases...) {
		quoted := make([]string, len(phrase))
		for i, word := range phrase {
			quoted[i] = regexp.QuoteMeta(word)
		}
		m.whole = append(m.whole, regexp.MustCompile(`(?i)`+strings.Join(quoted, `[^\pL\pN\pM_]+`)))
	}
	return m
}

func singles(list []string) [][]string {
	phrases := make([][]string, len(list))
	for i, word := range list {
		phrases[i] = []string{word}
	}
	return phrases
}

// excerpt is the window in one line, cut into what was looked for and the
// rest. No text is lost: together the fragments are the line.
func (m marker) excerpt(w Window) []app.Fragment {
	line := strings.Join(strings.Fields(w.Text), " ")
	if w.CutBefore {
		line = "… " + fromWord(line)
	}
	if w.CutAfter {
		line = untilWord(line) + " …"
	}
	fragments, at := []app.Fragment{}, 0
	for _, hit := range m.find(line) {
		if hit[0] > at {
			fragments = append(fragments, app.Fragment{Text: line[at:hit[0]]})
		}
		fragments = append(fragments, app.Fragment{Text: line[hit[0]:hit[1]], Hit: true})
		at = hit[1]
	}
	if at < len(line) {
		fragments = append(fragments, app.Fragment{Text: line[at:]})
	}
	return fragments
}

// find lists where the words are, in order and without overlaps.
func (m marker) find(line string) [][2]int {
	var found [][2]int
	for _, pattern := range m.loose {
		for _, at := range pattern.FindAllStringIndex(line, -1) {
			found = append(found, [2]int{at[0], at[1]})
		}
	}
	for _, pattern := range m.whole {
		for _, at := range pattern.FindAllStringIndex(line, -1) {
			if standsAlone(line, at[0], at[1]) {
				found = append(found, [2]int{at[0], at[1]})
			}
		}
	}
	slices.SortFunc(found, func(a, b [2]int) int { return a[0] - b[0] })
	return join(found)
}

// join makes one of ranges that touch.
func join(sorted [][2]int) [][2]int {
	var joined [][2]int
	for _, next := range sorted {
		if last := len(joined) - 1; last >= 0 && next[0] <= joined[last][1] {
			joined[last][1] = max(joined[last][1], next[1])
		} else {
			joined = append(joined, next)
		}
	}
	return joined
}

func standsAlone(line string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(line[:from])
	after, _ := utf8.DecodeRuneInString(line[to:])
	return (from == 0 || !isLetter(before)) && (to == len(line) || !isLetter(after))
}

// fromWord drops the word that the window cut into, unless it is a long one.
func fromWord(line string) string {
	if at := strings.IndexByte(line, ' '); at >= 0 && at < 30 {
		return line[at+1:]
	}
	return line
}

func untilWord(line string) string {
	if at := strings.LastIndexByte(line, ' '); at >= 0 && at > len(line)-30 {
		return line[:at]
	}
	return line
}
