package guide

import (
	"strings"
	"unicode"
)

// maxWord bounds one word, in bytes; the handbook has none longer.
const maxWord = 64

// words cuts a text into terms: lower case, endings trimmed, phrases joined,
// synonyms made one, the words that every question has left out. The name of
// a variable is a term and so are its parts; where the name alone is enough,
// whole tells so.
func (v *vocabulary) words(text string, whole func(name string) bool) []string {
	var stems []string
	for _, raw := range split(text) {
		if strings.Contains(raw, "_") {
			stems = append(stems, raw)
			if whole(raw) {
				continue
			}
		}
		for part := range strings.SplitSeq(raw, "_") {
			if part != "" && !v.stop[part] {
				stems = append(stems, v.one(part))
			}
		}
	}
	return v.join(stems)
}

// split finds the words of a text: letters, digits, and the underscores
// within the names of variables.
func split(text string) []string {
	var found []string
	for _, word := range strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_'
	}) {
		if word = strings.Trim(strings.ToLower(word), "_"); word != "" && len(word) <= maxWord {
			found = append(found, word)
		}
	}
	return found
}

// one reduces a word to its term.
func (v *vocabulary) one(word string) string {
	if base, ok := v.irregular[word]; ok {
		word = base
	}
	term := stem(word)
	if same, ok := v.synonyms[term]; ok {
		return same
	}
	return term
}

// join makes one term of two that are one idea: "sign in", "back up". What is
// left of them alone and says nothing is dropped.
func (v *vocabulary) join(terms []string) []string {
	var joined []string
	for i := 0; i < len(terms); i++ {
		if i+1 < len(terms) {
			if both, ok := v.phrases[[2]string{terms[i], terms[i+1]}]; ok {
				joined = append(joined, both)
				i++
				continue
			}
		}
		if len(terms[i]) > 1 && !v.particles[terms[i]] {
			joined = append(joined, terms[i])
		}
	}
	return joined
}

// stem trims the English endings that a question and a handbook differ in:
// plurals, -ing, -ed, -ion, a silent -e. It is no linguist: what counts is
// that the forms of a word come out equal.
func stem(word string) string {
	if len(word) < 4 {
		return word
	}
	word = singular(word)
	for _, ending := range []string{"ing", "ed"} {
		base, ok := strings.CutSuffix(word, ending)
		if ok && len(base) > 1 && strings.ContainsAny(base, "aeiouy") && !strings.HasSuffix(word, "eed") {
			word = undouble(base)
			break
		}
	}
	if strings.HasSuffix(word, "ction") || strings.HasSuffix(word, "ption") {
		word = strings.TrimSuffix(word, "ion")
	}
	if len(word) > 3 {
		word = strings.TrimSuffix(word, "e")
	}
	return word
}

// singular also takes "copied" for "copy", since both have that form.
func singular(word string) string {
	switch {
	case (strings.HasSuffix(word, "ies") || strings.HasSuffix(word, "ied")) && len(word) > 4:
		return word[:len(word)-3] + "y"
	case strings.HasSuffix(word, "ss"), strings.HasSuffix(word, "us"), strings.HasSuffix(word, "is"):
		return word
	case strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "xes"),
		strings.HasSuffix(word, "ches"), strings.HasSuffix(word, "shes"):
		return strings.TrimSuffix(word, "es")
	}
	return strings.TrimSuffix(word, "s")
}

// undouble makes "stop" of "stopp", and leaves "call" and "pass" alone.
func undouble(word string) string {
	n := len(word)
	if n > 3 && word[n-1] == word[n-2] && strings.IndexByte("bdgmnprt", word[n-1]) >= 0 {
		return word[:n-1]
	}
	return word
}
