package realtime

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/quillium/quillium/app"
)

const (
	// maxCursor bounds what a client sends as its cursor, in bytes.
	maxCursor = 1024
	// maxHeld is how many growing answers a cursor tells about; the text of
	// further ones is sent anew.
	maxHeld = 12
)

// Cursor is how far the reader of a stream has come: every change of the
// question and its answers up to Rev, and so much of the answers that grow.
type Cursor struct {
	// Store names the database that the rest is about.
	Store string
	// Question is the place of the question in its chat.
	Question int64
	Rev      int64
	Answers  []Held
}

// Held is how much of a growing answer a reader has, in bytes of each part.
// Seq is the answer's place, Rev names the run.
type Held struct {
	Seq, Rev           int64
	Content, Reasoning int
}

// String is the cursor as clients carry it: one word that means nothing to
// them.
func (c Cursor) String() string {
	var text strings.Builder
	_, _ = fmt.Fprintf(&text, "%s.%d.%d", c.Store, c.Question, c.Rev)
	for _, h := range c.Answers {
		_, _ = fmt.Fprintf(&text, ".%d.%d.%d.%d", h.Seq, h.Rev, h.Content, h.Reasoning)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text.String()))
}

// ParseCursor reads what String wrote; empty is nil: from the beginning.
// invalid_input for anything else.
func ParseCursor(text string) (*Cursor, error) {
	if text == "" {
		return nil, nil
	}
	if len(text) > maxCursor {
		return nil, badCursor()
	}
	plain, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, badCursor()
	}
	store, rest, _ := strings.Cut(string(plain), ".")
	numbers, ok := readNumbers(rest)
	if !ok || len(numbers) < 2 || len(numbers)%4 != 2 || len(numbers) > 2+4*maxHeld {
		return nil, badCursor()
	}
	c := &Cursor{Store: store, Question: numbers[0], Rev: numbers[1]}
	for n := numbers[2:]; len(n) > 0; n = n[4:] {
		c.Answers = append(c.Answers, Held{Seq: n[0], Rev: n[1], Content: int(n[2]), Reasoning: int(n[3])})
	}
	return c, nil
}

func readNumbers(text string) ([]int64, bool) {
	var numbers []int64
	for field := range strings.SplitSeq(text, ".") {
		// 53 bits are more than there will ever be, and fit an int64 and an int.
		number, err := strconv.ParseUint(field, 10, 53)
		if err != nil {
			return nil, false
		}
		numbers = append(numbers, int64(number))
	}
	return numbers, true
}

func badCursor() *app.Error { return app.Invalid("Last-Event-ID", "take it from the stream") }
