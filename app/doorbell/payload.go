package doorbell

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/quillium/quillium/app"
)

// A payload is words between spaces: a mark, the name of the node that rang,
// and one word a thing: its kind in one letter, then ids of 22 characters (the
// 16 bytes of a UUID in base64url, RFC 4648) or the name of a setting.
const (
	// mark also says the version: whoever speaks another one is not understood.
	mark = "q1"
	// maxPayload is below the 8,000 bytes that PostgreSQL takes.
	maxPayload = 7000
	idLength   = 22
	// probe is the kind of a word to oneself.
	probe = 'p'
)

// encode writes entries for a node as few payloads as they fit in. Ids that
// are none and names that no setting has are left out: nobody could look at
// them.
func encode(node string, entries []entry) (payloads []string) {
	var line strings.Builder
	for _, e := range entries {
		word, ok := spell(e)
		if !ok {
			continue
		}
		if line.Len() > 0 && line.Len()+1+len(word) > maxPayload {
			payloads = append(payloads, line.String())
			line.Reset()
		}
		if line.Len() == 0 {
			line.WriteString(mark + " " + node)
		}
		line.WriteString(" " + word)
	}
	if line.Len() > 0 {
		payloads = append(payloads, line.String())
	}
	return payloads
}

func spell(e entry) (string, bool) {
	if e.kind == kindSetting || e.kind == probe {
		return string(e.kind) + e.id, isName(e.id)
	}
	word, ok := shorten(e.id)
	if ok && e.user != "" {
		var user string
		user, ok = shorten(string(e.user))
		word += user
	}
	return string(e.kind) + word, ok
}

// isName tells whether a setting may have this name.
func isName(text string) bool {
	return text != "" && len(text) <= 64 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == ""
}

// parse reads a payload; not ok for anything that encode did not write. The
// words of kinds that a later version may add are passed over.
func parse(payload string) (node string, entries []entry, ok bool) {
	words := strings.Split(payload, " ")
	if len(words) < 3 || words[0] != mark || len(words[1]) != idLength {
		return "", nil, false
	}
	for _, word := range words[2:] {
		e, known, ok := read(word)
		if !ok {
			return "", nil, false
		}
		if known {
			entries = append(entries, e)
		}
	}
	return words[1], entries, true
}

func read(word string) (e entry, known, ok bool) {
	if word == "" {
		return e, false, false
	}
	e.kind, e.id = word[0], word[1:]
	switch e.kind {
	case kindSetting, probe:
		return e, true, isName(e.id)
	case kindChat, kindAnswer, kindSession, kindUser, kindMoved:
		e.id, ok = lengthen(e.id)
		return e, true, ok
	case kindRead, kindTyping, kindMine:
		if len(e.id) != 2*idLength {
			return e, true, false
		}
		user, isUser := lengthen(e.id[idLength:])
		e.user = app.UserID(user)
		e.id, ok = lengthen(e.id[:idLength])
		return e, true, ok && isUser
	}
	return e, false, true
}

// shorten writes a UUID in 22 characters.
func shorten(id string) (string, bool) {
	if _, err := app.ParseID[string](id); err != nil {
		return "", false
	}
	bytes, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	return encoded(bytes), err == nil
}

func encoded(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }

// lengthen reads what shorten wrote.
func lengthen(short string) (string, bool) {
	bytes, err := base64.RawURLEncoding.Strict().DecodeString(short)
	if err != nil || len(bytes) != 16 || len(short) != idLength {
		return "", false
	}
	text := hex.EncodeToString(bytes)
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:], true
}
