package assistant

import (
	"context"
	"sync"
	"time"

	"github.com/quillium/quillium/app"
)

// Live holds the answers that run on this node, with their text. What it
// tells is ahead of the database by at most one flush.
type Live struct {
	mu   sync.RWMutex
	runs map[app.MessageID]*running
}

// NewLive makes the place where running answers live.
func NewLive() *Live { return &Live{runs: map[app.MessageID]*running{}} }

// Text is what a run of this node has by now; ok is false where it runs
// elsewhere or has ended.
func (l *Live) Text(id app.MessageID, rev int64) (content, reasoning string, ok bool) {
	l.mu.RLock()
	r := l.runs[id]
	l.mu.RUnlock()
	if r == nil || r.run.Rev != rev {
		return "", "", false
	}
	content, reasoning = r.texts()
	return content, reasoning, true
}

// Runs tells whether a run is one of this node.
func (l *Live) Runs(id app.MessageID, rev int64) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	r := l.runs[id]
	return r != nil && r.run.Rev == rev
}

// Overlay gives running answers the text they have now, where that is more.
func (l *Live) Overlay(messages []app.Message) {
	for i := range messages {
		m := &messages[i]
		if m.Status != app.StatusStreaming {
			continue
		}
		content, reasoning, ok := l.Text(m.ID, m.Rev)
		if ok && len(content) >= len(m.Content) {
			m.Content = content
		}
		if ok && reasoning != "" && (m.Reasoning == nil || len(reasoning) >= len(*m.Reasoning)) {
			m.Reasoning = &reasoning
		}
	}
}

// Count tells how many answers run here.
func (l *Live) Count() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.runs)
}

// add takes in a run; nil where it is here already.
func (l *Live) add(run app.Run) *running {
	l.mu.Lock()
	defer l.mu.Unlock()
	if old := l.runs[run.MessageID]; old != nil && old.run.Rev >= run.Rev {
		return nil
	}
	r := newRunning(run)
	l.runs[run.MessageID] = r
	return r
}

func (l *Live) remove(r *running) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.runs[r.run.MessageID] == r {
		delete(l.runs, r.run.MessageID)
	}
}

func (l *Live) all() []*running {
	l.mu.RLock()
	defer l.mu.RUnlock()
	list := make([]*running, 0, len(l.runs))
	for _, r := range l.runs {
		list = append(list, r)
	}
	return list
}

// running is one answer on its way. Its texts only grow.
type running struct {
	run    app.Run
	ctx    context.Context
	cancel context.CancelCauseFunc
	// began is when it was taken up here.
	began time.Time

	mu sync.Mutex
	// asked is set once a model is found that may be asked, and first when the
	// first of its text has come: how long that took.
	asked     bool
	first     time.Duration
	content   text
	reasoning text
	gates     map[app.Part]*gate
	// full is set when something did not fit: what comes behind it would
	// stand in a wrong place.
	full bool
}

// text is one part of an answer: all of it, and how much of it is stored.
type text struct {
	bytes  []byte
	stored int
}

func newRunning(run app.Run) *running {
	ctx, cancel := context.WithCancelCause(context.Background())
	r := &running{run: run, ctx: ctx, cancel: cancel, began: time.Now(), gates: map[app.Part]*gate{app.PartContent: {}, app.PartReasoning: {}}}
	r.content = text{bytes: []byte(run.Content), stored: len(run.Content)}
	r.reasoning = text{bytes: []byte(run.Reasoning), stored: len(run.Reasoning)}
	return r
}

func (r *running) part(p app.Part) *text {
	if p == app.PartReasoning {
		return &r.reasoning
	}
	return &r.content
}

// grow takes what a model sent through the gate and appends it, at most until
// both parts together have max bytes. It tells what was appended (End equal
// to Offset: nothing) and whether all fitted.
func (r *running) grow(part app.Part, sent string, last bool, most int) (app.Delta, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	clean := r.gates[part].pass(sent, last)
	room := most - len(r.content.bytes) - len(r.reasoning.bytes)
	if r.full {
		clean = ""
	} else if len(clean) > room {
		clean, r.full = cutAt(clean, room), true
	}
	t := r.part(part)
	delta := app.Delta{
		ChatID: r.run.ChatID, MessageID: r.run.MessageID, Rev: r.run.Rev, Part: part,
		Offset: len(t.bytes), End: len(t.bytes) + len(clean), Text: clean,
	}
	if clean != "" && r.first == 0 {
		r.first = max(time.Since(r.began), 1)
	}
	t.bytes = append(t.bytes, clean...)
	return delta, !r.full
}

func (r *running) texts() (content, reasoning string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return string(r.content.bytes), string(r.reasoning.bytes)
}

// found notes that there is a model to ask.
func (r *running) found() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = true
}

// measured is what there is to count of it: the model that was asked, or none,
// and how long it took until the first text came.
func (r *running) measured() (model string, first time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked {
		model = r.run.Model
	}
	return model, r.first
}

// unstored lists what is not in the tail yet, a chunk a part.
func (r *running) unstored() []app.Chunk {
	r.mu.Lock()
	defer r.mu.Unlock()
	var chunks []app.Chunk
	for _, p := range []app.Part{app.PartContent, app.PartReasoning} {
		t := r.part(p)
		if t.stored < len(t.bytes) {
			chunks = append(chunks, app.Chunk{MessageID: r.run.MessageID, Rev: r.run.Rev, Part: p, Offset: t.stored, Text: string(t.bytes[t.stored:])})
		}
	}
	return chunks
}

// keep notes how far a part is stored.
func (r *running) keep(part app.Part, end int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.part(part); end <= len(t.bytes) {
		t.stored = end
	}
}
