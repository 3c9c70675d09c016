package realtime

import (
	"context"
	"runtime/debug"
	"sync"

	"github.com/quillium/quillium/app"
)

// Tail is a run of another node, and how many bytes of its texts were told
// here.
type Tail struct {
	Chat               app.ChatID
	Message            app.MessageID
	Rev                int64
	Content, Reasoning int
}

// end is how far a part was told.
func (t *Tail) end(part app.Part) *int {
	if part == app.PartReasoning {
		return &t.Reasoning
	}
	return &t.Content
}

// tailor collects the chats whose answers grew on other nodes while a reading
// is under way: one at a time, for all of them.
type tailor struct {
	mu      sync.Mutex
	want    map[app.ChatID]struct{}
	reading bool
}

// AnswersGrew makes this node read what running answers of these chats grew by
// elsewhere. It does not block; chats that nobody here follows cost nothing.
func (h *Hub) AnswersGrew(chats ...app.ChatID) {
	h.tailor.mu.Lock()
	defer h.tailor.mu.Unlock()
	for _, chat := range chats {
		if h.publisher(chat) == nil {
			continue
		}
		if h.tailor.want == nil {
			h.tailor.want = map[app.ChatID]struct{}{}
		}
		h.tailor.want[chat] = struct{}{}
	}
	if len(h.tailor.want) > 0 && !h.tailor.reading {
		h.tailor.reading = true
		go h.readTails()
	}
}

func (h *Hub) readTails() {
	for {
		h.tailor.mu.Lock()
		chats := h.tailor.want
		h.tailor.want = nil
		h.tailor.reading = len(chats) > 0
		h.tailor.mu.Unlock()
		if len(chats) == 0 {
			return
		}
		h.readTailsOf(chats)
	}
}

// readTailsOf tells what grew. What cannot be read now is read at the next
// hint, or look: a tail is kept until its run has ended.
func (h *Hub) readTailsOf(chats map[app.ChatID]struct{}) {
	defer func() {
		if fault := recover(); fault != nil {
			h.log.Error("growing answers could not be told; it is tried again", "panic", fault, "stack", string(debug.Stack()))
		}
	}()
	var tails []Tail
	for chat := range chats {
		if p := h.publisher(chat); p != nil {
			tails = append(tails, p.tails()...)
		}
	}
	if len(tails) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(h.life, readTimeout)
	defer cancel()
	deltas, err := h.reader.Tails(ctx, tails)
	if err != nil {
		if h.life.Err() == nil {
			h.log.Warn("growing answers could not be read; it is tried again", "chats", len(chats), "error", err)
		}
		return
	}
	for _, delta := range deltas {
		if p := h.publisher(delta.ChatID); p != nil {
			p.grewElsewhere(delta)
		}
	}
}

// tails are the runs of other nodes that listeners know of.
func (p *publisher) tails() []Tail {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []Tail
	for _, tail := range p.growing {
		if !p.hub.texts.Runs(tail.Message, tail.Rev) {
			list = append(list, *tail)
		}
	}
	return list
}

// follow keeps how far the least of the listeners was told of a run: the next
// delta begins there, so that it follows on for everybody.
func (p *publisher) follow(m app.Message) {
	told := Tail{Chat: p.chat, Message: m.ID, Rev: m.Rev, Content: len(m.Content)}
	if m.Reasoning != nil {
		told.Reasoning = len(*m.Reasoning)
	}
	before := p.growing[m.ID]
	switch {
	case before != nil && before.Rev > m.Rev:
	case m.Status != app.StatusStreaming:
		delete(p.growing, m.ID)
	case before == nil || before.Rev < m.Rev:
		if p.growing == nil {
			p.growing = map[app.MessageID]*Tail{}
		}
		p.growing[m.ID] = &told
	default:
		before.Content, before.Reasoning = min(before.Content, told.Content), min(before.Reasoning, told.Reasoning)
	}
}

// grewElsewhere sends what was read of a tail, unless listeners came or the
// run ended meanwhile in a way that it does not follow on any more.
func (p *publisher) grewElsewhere(delta app.Delta) {
	p.mu.Lock()
	defer p.mu.Unlock()
	tail := p.growing[delta.MessageID]
	if tail == nil || tail.Rev != delta.Rev {
		return
	}
	if told := tail.end(delta.Part); delta.Offset <= *told && *told < delta.End {
		*told = delta.End
		p.grow(delta)
	}
}
