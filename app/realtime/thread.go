package realtime

import (
	"cmp"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"github.com/quillium/quillium/app"
)

// Event is one event of a stream: ID is the cursor behind it, Data one line of
// JSON.
type Event struct {
	ID, Type string
	Data     []byte
}

// Standing is where a stream stands after a line.
type Standing int

// A stream goes on; has to be read again, because what came does not follow
// on what it has; has ended, with all its answers; or was lost, with the chat.
const (
	GoesOn Standing = iota
	ReadAgain
	Ended
	Lost
)

// Thread makes the events of one question and its answers from the lines that
// a client is sent. It is not safe for use by several goroutines.
type Thread struct {
	question app.MessageID
	store    string
	// since is where the reader was cut off; nil once it is used.
	since *Cursor
	chat  app.ChatID
	have  int64
	held  map[app.MessageID]*holding
}

// holding is what the reader has of a message.
type holding struct {
	Held
	answer bool
	status app.MessageStatus
}

// storeName is how much of a database's random id tells it from others.
const storeName = 12

// NewThread makes the thread of a question, to be taken up at a cursor. One
// that is of another database or another question begins anew.
func NewThread(question app.MessageID, store string, since *Cursor) *Thread {
	name := store[max(0, len(store)-storeName):]
	return &Thread{question: question, store: name, since: since, held: map[app.MessageID]*holding{}}
}

// Take makes events of one line and tells where the stream stands now.
func (t *Thread) Take(line []byte) ([]Event, Standing) {
	var envelope struct {
		Type string          `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(line, &envelope) != nil {
		return nil, ReadAgain
	}
	switch envelope.Type {
	case "subscribed":
		return take(envelope.Data, t.begin)
	case "changes":
		return take(envelope.Data, t.change)
	case "delta":
		return take(envelope.Data, t.grow)
	case "removed":
		return nil, Lost
	}
	return nil, GoesOn
}

func take[T any](data []byte, do func(T) ([]Event, Standing)) ([]Event, Standing) {
	var value T
	if json.Unmarshal(data, &value) != nil {
		return nil, ReadAgain
	}
	return do(value)
}

// begin takes the thread as it is now: what the reader lacks of it goes out,
// of growing answers only the rest.
func (t *Thread) begin(now Subscribed) ([]Event, Standing) {
	t.chat = now.Chat.ID
	t.takeUp(now)
	changes := app.Changes{ChatID: t.chat, From: t.have, Rev: now.Rev, Messages: []app.Message{}}
	var grown []app.Message
	for _, m := range now.Messages {
		switch h := t.held[m.ID]; {
		case h != nil && h.Rev == m.Rev && h.status == m.Status && h.within(m):
			grown = append(grown, m)
		case h == nil || h.Rev <= m.Rev:
			changes.Messages = append(changes.Messages, m)
		}
	}
	events := t.tell(changes)
	for _, m := range grown {
		events = append(events, t.rest(m, app.PartReasoning)...)
		events = append(events, t.rest(m, app.PartContent)...)
	}
	return events, t.standing()
}

// takeUp makes of a cursor what its reader has.
func (t *Thread) takeUp(now Subscribed) {
	since := t.since
	t.since = nil
	question := slices.IndexFunc(now.Messages, func(m app.Message) bool { return m.ID == t.question })
	if since == nil || question < 0 || since.Store != t.store || since.Question != now.Messages[question].Seq || since.Rev > now.Rev {
		return
	}
	t.have = since.Rev
	for _, m := range now.Messages {
		if m.Rev > since.Rev {
			continue
		}
		at := slices.IndexFunc(since.Answers, func(h Held) bool { return h.Seq == m.Seq && h.Rev == m.Rev })
		switch {
		case at >= 0:
			t.held[m.ID] = &holding{Held: since.Answers[at], answer: true, status: m.Status}
		case m.Status != app.StatusStreaming:
			t.hold(m)
		}
	}
}

// within tells whether a reader's texts are beginnings of a message's.
func (h *holding) within(m app.Message) bool {
	return begins(m.Content, h.Content) && begins(reasoning(m), h.Reasoning)
}

func begins(text string, n int) bool {
	return n == len(text) || n < len(text) && utf8.RuneStart(text[n])
}

func reasoning(m app.Message) string {
	if m.Reasoning == nil {
		return ""
	}
	return *m.Reasoning
}

// rest is what a reader lacks of a part.
func (t *Thread) rest(m app.Message, part app.Part) []Event {
	h, text := t.held[m.ID], m.Content
	n := &h.Content
	if part == app.PartReasoning {
		n, text = &h.Reasoning, reasoning(m)
	}
	if *n == len(text) {
		return nil
	}
	delta := app.Delta{ChatID: t.chat, MessageID: m.ID, Rev: m.Rev, Part: part, Offset: *n, End: len(text), Text: text[*n:]}
	*n = len(text)
	return []Event{t.event("delta", delta)}
}

// change takes what of the chat's changes is the thread's. A notice says that
// something was left out.
func (t *Thread) change(all app.Changes) ([]Event, Standing) {
	switch {
	case all.From == all.Rev, all.From > t.have:
		return nil, ReadAgain
	case all.Rev <= t.have:
		return nil, t.standing()
	}
	mine := app.Changes{ChatID: all.ChatID, From: t.have, Rev: all.Rev, Messages: []app.Message{}}
	for _, m := range all.Messages {
		if h := t.held[m.ID]; t.belongs(m) && (h == nil || h.Rev < m.Rev) {
			mine.Messages = append(mine.Messages, m)
		}
	}
	return t.tell(mine), t.standing()
}

func (t *Thread) belongs(m app.Message) bool {
	return m.ID == t.question || m.Role == app.MessageAssistant && m.ReplyTo != nil && *m.ReplyTo == t.question
}

// tell makes an event of changes; of none that would hold nothing.
func (t *Thread) tell(changes app.Changes) []Event {
	t.have = max(t.have, changes.Rev)
	if len(changes.Messages) == 0 {
		return nil
	}
	for _, m := range changes.Messages {
		t.hold(m)
	}
	return []Event{t.event("changes", changes)}
}

func (t *Thread) hold(m app.Message) {
	t.held[m.ID] = &holding{
		Held:   Held{Seq: m.Seq, Rev: m.Rev, Content: len(m.Content), Reasoning: len(reasoning(m))},
		answer: m.ID != t.question, status: m.Status,
	}
}

// grow takes the part of a delta that the reader does not have yet.
func (t *Thread) grow(delta app.Delta) ([]Event, Standing) {
	h := t.held[delta.MessageID]
	if h == nil || h.Rev != delta.Rev || h.status != app.StatusStreaming {
		return nil, GoesOn
	}
	n := &h.Content
	if delta.Part == app.PartReasoning {
		n = &h.Reasoning
	}
	switch {
	case delta.End <= *n:
		return nil, GoesOn
	case delta.Offset > *n:
		return nil, ReadAgain
	}
	delta.Text, delta.Offset = delta.Text[*n-delta.Offset:], *n
	*n = delta.End
	return []Event{t.event("delta", delta)}, GoesOn
}

func (t *Thread) standing() Standing {
	for _, h := range t.held {
		if h.answer && h.status.Running() {
			return GoesOn
		}
	}
	return Ended
}

func (t *Thread) event(kind string, data any) Event {
	return Event{ID: t.cursor().String(), Type: kind, Data: encode(data)}
}

// cursor is where the reader is now.
func (t *Thread) cursor() Cursor {
	c := Cursor{Store: t.store, Rev: t.have}
	if h := t.held[t.question]; h != nil {
		c.Question = h.Seq
	}
	for _, h := range t.held {
		if h.answer && h.status == app.StatusStreaming {
			c.Answers = append(c.Answers, h.Held)
		}
	}
	slices.SortFunc(c.Answers, func(a, b Held) int { return cmp.Compare(a.Seq, b.Seq) })
	c.Answers = c.Answers[:min(len(c.Answers), maxHeld)]
	return c
}
