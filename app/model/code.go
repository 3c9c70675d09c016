package model

import (
	"slices"
	"strings"
)

// span is a part of a text, in bytes.
type span struct{ start, end int }

// codeSpans finds the code in a Markdown text, in order: fenced blocks (to the
// end where nothing closes them) and inline code, as CommonMark 0.31 has them
// in 4.5 and 6.1. Quotes and indents before a fence are looked through.
func codeSpans(text string) []span {
	var spans []span
	fence, fenceAt, paragraph, at := "", 0, 0, 0
	for line := range strings.Lines(text) {
		bare := strings.TrimLeft(line, " \t>")
		bare = strings.TrimRight(bare, " \t\r\n")
		next := at + len(line)
		switch {
		case fence != "" && closes(bare, fence):
			spans = append(spans, span{fenceAt, next})
			fence, paragraph = "", next
		case fence != "":
		case opens(bare) != "":
			spans = inlineCode(spans, text, span{paragraph, at})
			fence, fenceAt = opens(bare), at
		case bare == "":
			spans = inlineCode(spans, text, span{paragraph, at})
			paragraph = next
		}
		at = next
	}
	if fence != "" {
		return append(spans, span{fenceAt, len(text)})
	}
	return inlineCode(spans, text, span{paragraph, len(text)})
}

// opens is the fence that a line opens, "" for none.
func opens(line string) string {
	for _, mark := range []string{"`", "~"} {
		rest := strings.TrimLeft(line, mark)
		if n := len(line) - len(rest); n >= 3 && (mark == "~" || !strings.Contains(rest, "`")) {
			return line[:n]
		}
	}
	return ""
}

func closes(line, fence string) bool {
	return len(line) >= len(fence) && strings.Trim(line, fence[:1]) == ""
}

// inlineCode adds the code of one paragraph: from a run of backticks to the
// next one of the same length; a run that has none is text.
func inlineCode(spans []span, text string, paragraph span) []span {
	runs, ofLength := backticks(text, paragraph)
	for i := 0; i < len(runs); i++ {
		start, end := runs[i].start, runs[i].end
		if escaped(text[paragraph.start:start]) {
			start++
		}
		if start == end {
			continue
		}
		same := ofLength[end-start]
		next, _ := slices.BinarySearch(same, i+1)
		if next == len(same) {
			continue
		}
		i = same[next]
		spans = append(spans, span{start, runs[i].end})
	}
	return spans
}

// backticks finds the runs of a paragraph, and those of each length.
func backticks(text string, paragraph span) ([]span, map[int][]int) {
	var runs []span
	ofLength := make(map[int][]int)
	for at := paragraph.start; at < paragraph.end; {
		next := strings.IndexByte(text[at:paragraph.end], '`')
		if next < 0 {
			break
		}
		start := at + next
		for at = start; at < paragraph.end && text[at] == '`'; {
			at++
		}
		ofLength[at-start] = append(ofLength[at-start], len(runs))
		runs = append(runs, span{start, at})
	}
	return runs, ofLength
}

// escaped tells whether an odd number of backslashes ends the text.
func escaped(before string) bool {
	return (len(before)-len(strings.TrimRight(before, `\`)))%2 == 1
}
