package story

import (
	"fmt"

	"github.com/quillium/quillium/app"
)

// row is a message as it is stored.
type row struct {
	ID        app.MessageID
	Seq, Rev  int64
	Status    app.MessageStatus
	Content   string
	Reasoning string
	Deleted   bool
}

func rowOf(m app.Message) row {
	r := row{ID: m.ID, Seq: m.Seq, Rev: m.Rev, Status: m.Status, Content: m.Content, Deleted: m.DeletedAt != nil}
	if m.Reasoning != nil {
		r.Reasoning = *m.Reasoning
	}
	return r
}

// unlike says, in short, what a copy has different; nothing where it is the
// same.
func (r row) unlike(held row) string {
	if r == held {
		return ""
	}
	at := 0
	for at < min(len(r.Content), len(held.Content)) && r.Content[at] == held.Content[at] {
		at++
	}
	return fmt.Sprintf("stored: %s, held: %s", r.brief(at), held.brief(at))
}

func (r row) brief(at int) string {
	return fmt.Sprintf("%s seq %d rev %d %s deleted %t, %d bytes of reasoning, %d of content: %q",
		r.ID, r.Seq, r.Rev, r.Status, r.Deleted, len(r.Reasoning), len(r.Content), brief(r.Content, at))
}

// brief is what a text has around a place.
func brief(text string, at int) string {
	return text[max(0, min(at, len(text))-20):min(len(text), at+40)]
}
