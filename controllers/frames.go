package controllers

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

// maxLines is how many envelopes one frame of a client may hold.
const maxLines = 64

// wish is one envelope of a client, as far as it is understood without
// looking at its type. Err says why the rest cannot be.
type wish struct {
	Type string
	ID   string
	Data json.RawMessage
	Err  error
}

// envelopeBody is the envelope as clients send it.
type envelopeBody struct {
	Type string          `json:"type"`
	ID   string          `json:"id"`
	Data json.RawMessage `json:"data"`
}

// maxIDLength bounds what is sent back with every answer.
const maxIDLength = 64

// readFrame takes a text frame apart, one envelope a line, split on byte 0x0A
// alone. A frame that is not UTF-8, and a line that is no JSON object, tell
// the code to close with; what is wrong inside an envelope is its own error.
func readFrame(frame []byte) (wishes []wish, closeCode int) {
	if !utf8.Valid(frame) {
		return nil, realtime.CloseInvalid
	}
	lines := bytes.Split(bytes.TrimSuffix(frame, []byte("\n")), []byte("\n"))
	if len(lines) > maxLines {
		return []wish{{Err: app.Errorf(app.CodeInvalidInput, "A frame holds at most %d envelopes; none of these was done.", maxLines)}}, 0
	}
	for _, line := range lines {
		if !isObject(line) {
			return wishes, realtime.CloseInvalid
		}
		wishes = append(wishes, readWish(line))
	}
	return wishes, 0
}

func isObject(line []byte) bool {
	trimmed := bytes.TrimLeft(line, " \t\r")
	return len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(line)
}

func readWish(line []byte) wish {
	var body envelopeBody
	if err := decodeJSON(line, &body); err != nil {
		// The id is worth having even then: the answer can be matched.
		var known struct {
			ID string `json:"id"`
		}
		_ = json.Unmarshal(line, &known)
		return wish{ID: shortID(known.ID), Err: err}
	}
	w := wish{Type: body.Type, ID: body.ID, Data: body.Data}
	switch {
	case len(body.ID) > maxIDLength:
		w.ID, w.Err = "", app.Invalid("id", "at most %d bytes", maxIDLength)
	case body.Type == "":
		w.Err = app.Invalid("type", "it is required")
	}
	return w
}

func shortID(id string) string {
	if len(id) > maxIDLength || !utf8.ValidString(id) {
		return ""
	}
	return id
}

// into reads the data of an envelope strictly; absent is an empty object.
func (w wish) into(data any) error {
	raw := w.Data
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		raw = []byte("{}")
	}
	return decodeJSON(raw, data)
}
