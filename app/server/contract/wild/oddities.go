package wild

import (
	"maps"
	"slices"
	"strings"
)

// raw is written as it is, whatever it is.
type raw string

// oddity is a value that is rarely expected anywhere.
func (m *Maker) oddity() any {
	switch m.rand.IntN(5) {
	case 0:
		return raw(m.Pick(numbers()...))
	case 1:
		return m.nested()
	case 2:
		if len(m.Known) > 0 {
			return m.Pick(m.Known...)
		}
		return nil
	case 3:
		return []any{nil, true, false, map[string]any{}, []any{}, ""}[m.rand.IntN(6)]
	}
	return m.oddText()
}

// numbers are those that fit nowhere, or hardly.
func numbers() []string {
	return []string{
		"0", "-0", "-1", "1.5", "1e400", "-1e400", "1e-400", "1E2", "9223372036854775807", "9223372036854775808",
		"-9223372036854775809", "2147483648", "4294967296", "1" + strings.Repeat("0", 400), "01", "+1", ".5", "NaN", "Infinity", "0x10",
	}
}

// oddText is a text that is too long, too short, or made of bytes, code
// points and escapes that make trouble somewhere.
func (m *Maker) oddText() any {
	quoted := []string{
		`"\u0000"`, `"a\u0000b"`, `"\ud800"`, `"\udc00\ud800"`, `"\ud83d\ude00"`, `"\uFFFF"`, `"\q"`, `"\u12"`, "\"\x00\"", "\"\x01\"", "\"\n\"",
		"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "\"\u202e\u2066\"", "\"\ufeff\"", "\"\u200b\"", "\"\u2028\"",
		"\"e\u0301\"", "\"\ufdfa\ufdfa\"", "\"\U0010ffff\"", `"%00"`, `"%ff"`, `"../../etc/passwd"`, `"' or '1'='1"`, `"$1"`, `"?"`, `"%"`, `"_"`, `"\\"`, `"<script>"`,
		`"@guide"`, `"@guide @nobody @@"`, `"00000000-0000-0000-0000-000000000000"`, `"null"`, `"Infinity"`, `"2026-99-99T99:99:99Z"`,
	}
	if m.chance(4) {
		length := []int{0, 1, 64, 65, 81, 129, 201, 255, 256, 512}[m.rand.IntN(10)]
		if m.chance(30) { // rarely, for they take their time
			length = []int{4096, 32769}[m.rand.IntN(2)]
		}
		return strings.Repeat(m.Pick("a", "ä", "\u0301", " ", "\t", "\n", "\U0001f600", "\u202e"), length)
	}
	return raw(m.Pick(quoted...))
}

// nested is an array or object that goes down and down.
func (m *Maker) nested() any {
	depth := []int{1, 2, 31, 32, 33}[m.rand.IntN(5)]
	if m.chance(30) {
		depth = 5000
	}
	if m.chance(2) {
		return raw(strings.Repeat("[", depth) + strings.Repeat("]", depth))
	}
	if m.chance(4) {
		return raw(strings.Repeat(`{"a":[`, depth)) // and never up again
	}
	return raw(strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth))
}

// scrap is a piece of JSON that does not belong.
func (m *Maker) scrap() string {
	return m.Pick("{", "}", "[", "]", ",", ":", `"`, `\`, "\x00", "\xff", "null", "{}", "\n", "\r\n", "/*", "\ufeff", `{"type":`, "\u2028")
}

func (m *Maker) oddName(name string) string {
	return m.Pick(strings.ToUpper(name), name+" ", name+"\x00", "", "__proto__", "id", "user_id", "role", "setup_token", "invite", "rev", name+"[]", "\xff", "$where")
}

func sorted[V any](object map[string]V) []string { return slices.Sorted(maps.Keys(object)) }

func contains(list []string, item string) bool { return slices.Contains(list, item) }
