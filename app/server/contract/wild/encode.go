package wild

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// Text writes a tree as JSON, bad bytes and all: where encoding/json would
// mend a text, this does not. Now and then a key comes twice.
func (m *Maker) Text(value any) []byte {
	var out bytes.Buffer
	m.write(&out, value)
	return out.Bytes()
}

func (m *Maker) write(out *bytes.Buffer, value any) {
	switch value := value.(type) {
	case raw:
		out.WriteString(string(value))
	case map[string]any:
		m.writeObject(out, value)
	case []any:
		out.WriteByte('[')
		for i, item := range value {
			if i > 0 {
				out.WriteByte(',')
			}
			m.write(out, item)
		}
		out.WriteByte(']')
	case string:
		writeText(out, value)
	default:
		text, err := json.Marshal(value)
		if err != nil {
			text = []byte(strconv.Quote(fmt.Sprint(value)))
		}
		out.Write(text)
	}
}

func (m *Maker) writeObject(out *bytes.Buffer, object map[string]any) {
	names := sorted(object)
	m.rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	if len(names) > 0 && m.chance(40) {
		names = append(names, names[0])
	}
	out.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			out.WriteByte(',')
		}
		writeText(out, name)
		out.WriteByte(':')
		m.write(out, object[name])
	}
	out.WriteByte('}')
}

// writeText escapes what JSON wants escaped and leaves bad UTF-8 as it is.
func writeText(out *bytes.Buffer, text string) {
	out.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c < 0x20:
			fmt.Fprintf(out, `\u%04x`, c)
		default:
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
}
