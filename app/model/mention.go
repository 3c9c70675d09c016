package model

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// punctuation is what an id may have besides letters and digits.
const punctuation = "._:/-"

// FindMentions finds the models that a text calls: "@" and a known name, at
// the start or after a space or an opening bracket, outside of code. Case does
// not matter, punctuation behind a name is no part of it where a longer name
// with it is not known, and each model comes once, in order. known gets names
// in small letters. It takes time in proportion to the text.
func FindMentions(content string, known func(name string) (id string, ok bool)) []string {
	var found []string
	if !strings.Contains(content, "@") {
		return found
	}
	code := codeSpans(content)
	seen := make(map[string]bool)
	for at := 0; ; {
		next := strings.IndexByte(content[at:], '@')
		if next < 0 {
			return found
		}
		sign := at + next
		at = sign + 1
		for len(code) > 0 && code[0].end <= sign {
			code = code[1:]
		}
		if len(code) > 0 && code[0].start <= sign || !mayPrecede(content[:sign]) {
			continue
		}
		if id, ok := longest(content[sign+1:], known); ok && !seen[id] {
			seen[id] = true
			found = append(found, id)
		}
	}
}

func mayPrecede(before string) bool {
	r, size := utf8.DecodeLastRuneInString(before)
	return size == 0 || unicode.IsSpace(r) || r == '<' || unicode.Is(unicode.Ps, r)
}

// longest finds the longest known name that the text begins with and that
// ends where a word does: only its trailing punctuation may be left over.
func longest(text string, known func(string) (string, bool)) (string, bool) {
	end := 0
	for end < len(text) && isNameByte(text[end]) {
		end++
	}
	after, _ := utf8.DecodeRuneInString(text[end:])
	if unicode.IsLetter(after) || unicode.IsDigit(after) || unicode.IsMark(after) {
		return "", false
	}
	// Over maxID only punctuation may follow, so the loop below is short.
	trimmed := strings.TrimRight(text[:end], punctuation)
	if trimmed == "" || len(trimmed) > maxID {
		return "", false
	}
	for length := min(end, maxID); length >= len(trimmed); length-- {
		if id, ok := known(strings.ToLower(text[:length])); ok {
			return id, true
		}
	}
	return "", false
}

func isNameByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte(punctuation, b) >= 0
}
