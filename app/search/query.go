package search

import (
	"slices"
	"strings"
	"unicode"
)

// Query is what somebody looks for. All of it must be there, whatever its
// case.
type Query struct {
	// Parts have three letters or digits in a row; they may stand anywhere,
	// also inside a word.
	Parts []string
	// Words are shorter, and stand alone.
	Words []string
	// Phrases are words that follow each other, with anything but letters and
	// digits between them.
	Phrases [][]string
}

// leastPart is how many letters in a row can be found inside of words.
const leastPart = 3

// Parse reads what somebody typed: words, and phrases in double quotes. Signs
// alone say nothing; a quote without its other half reaches to the end.
func Parse(text string) Query {
	var q Query
	for i, piece := range strings.Split(quotes.Replace(text), `"`) {
		if quoted := i%2 == 1; quoted {
			q.addPhrase(piece)
			continue
		}
		for _, word := range strings.Fields(piece) {
			q.addWord(word)
		}
	}
	return q
}

// quotes are the ones that keyboards and phones make of the plain one.
var quotes = strings.NewReplacer("\u201c", `"`, "\u201d", `"`, "\u201e", `"`, "\u00ab", `"`, "\u00bb", `"`)

// Empty tells whether there is nothing to look for.
func (q Query) Empty() bool { return len(q.Parts)+len(q.Words)+len(q.Phrases) == 0 }

// Indexed tells whether an index of groups of three letters can help.
func (q Query) Indexed() bool { return len(q.Parts) > 0 }

func (q *Query) addWord(word string) {
	if hasPart(word) {
		q.Parts = add(q.Parts, word)
		return
	}
	for _, short := range words(word) {
		q.Words = add(q.Words, short)
	}
}

// addPhrase asks for its words too: they find it in the index.
func (q *Query) addPhrase(text string) {
	list := words(text)
	for _, word := range list {
		if hasPart(word) {
			q.Parts = add(q.Parts, word)
		}
	}
	switch {
	case len(list) > 1 || len(list) == 1 && hasPart(list[0]):
		q.Phrases = append(q.Phrases, list)
	case len(list) == 1:
		q.Words = add(q.Words, list[0])
	}
}

func add(list []string, word string) []string {
	if slices.Contains(list, word) {
		return list
	}
	return append(list, word)
}

// words are the letters and digits of a text, without what stands between.
func words(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return !isLetter(c) })
}

func isLetter(c rune) bool {
	return unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c) || c == '_'
}

func hasPart(word string) bool {
	run := 0
	for _, c := range word {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			if run++; run == leastPart {
				return true
			}
		} else {
			run = 0
		}
	}
	return false
}
