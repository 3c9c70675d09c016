package assistant_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/assistant"
)

// tail is what must hold of one answer, whatever is lost on the way: what is
// stored is a prefix of what was sent, and at an end the very thing.
type tail struct {
	w      *world
	n      *node
	model  *puppet
	answer app.MessageID
	run    *strings
	sent   map[app.Part]string
	// kept is how much must be stored at least, by flushes that were answered.
	kept map[app.Part]string
	// over is the status it must have; empty while it runs.
	over   app.MessageStatus
	erased bool
	stop   bool
	// behind is a node that has not heard of a flush that took effect: its next
	// one only tells it where the tail ends.
	behind bool
}

func TestWhatIsStoredIsWhatWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		w.room(t)
		m := &tail{w: w, model: newPuppet()}
		m.n = w.node(m.model, assistant.Options{})
		// Also after a failure: what runs on would take the places of the next.
		t.Cleanup(func() {
			m.n.EndLife()
			m.n.idle(t)
		})
		require.NoError(t, m.n.Wake(context.Background()))
		m.ask(t)
		t.Repeat(map[string]func(*rapid.T){
			"":             m.check,
			"say":          m.say,
			"flush":        m.flush,
			"lose a flush": m.loseFlush,
			"complete":     m.complete,
			"stop":         m.wishStop,
			"delete":       m.delete,
			"bury":         m.bury,
			"continue":     m.goOn,
			"regenerate":   m.anew,
			"ask again":    m.ask,
		})
	})
}

func (m *tail) begins(t *rapid.T, content, reasoning string) {
	select {
	case m.run = <-m.model.runs:
	case <-time.After(soon):
		require.Fail(t, "no run began")
	}
	m.sent = map[app.Part]string{app.PartContent: content, app.PartReasoning: reasoning}
	m.kept = map[app.Part]string{app.PartContent: content, app.PartReasoning: reasoning}
	m.over, m.stop, m.behind = "", false, false
}

func (m *tail) ask(t *rapid.T) {
	if m.running() {
		return
	}
	m.answer, m.erased = m.w.ask(t, m.n, 1)[0].ID, false
	m.begins(t, "", "")
}

func (m *tail) running() bool { return m.answer != "" && m.over == "" }

func (m *tail) say(t *rapid.T) {
	if !m.running() {
		return
	}
	part := rapid.SampledFrom([]app.Part{app.PartContent, app.PartContent, app.PartReasoning}).Draw(t, "part")
	text := rapid.StringMatching(`[ a-cä€😀]{0,6}`).Draw(t, "text")
	require.NoError(t, m.run.say(part, text))
	m.sent[part] += text
}

// flush flushes, and the answer may grow meanwhile.
func (m *tail) flush(t *rapid.T) {
	before := maps.Clone(m.sent)
	if m.running() && rapid.Bool().Draw(t, "it grows meanwhile") {
		m.n.during = func() { m.say(t) }
	}
	require.NoError(t, m.n.FlushNow(context.Background()))
	if !m.running() {
		return
	}
	if !m.behind {
		m.kept = before
	}
	m.behind = false
	if m.stop {
		m.n.idle(t)
		m.over = app.StatusStopped
	}
}

// loseFlush loses the statement, or its answer.
func (m *tail) loseFlush(t *rapid.T) {
	if rapid.Bool().Draw(t, "it took effect") {
		m.n.lose(0, 1)
		m.behind = true
	} else {
		m.n.lose(1, 0)
	}
	require.Error(t, m.n.FlushNow(context.Background()))
}

func (m *tail) complete(t *rapid.T) {
	if !m.running() {
		return
	}
	if rapid.IntRange(0, 9).Draw(t, "lost") == 0 {
		before := rapid.IntRange(0, 1).Draw(t, "before")
		m.n.lose(before, 1-before)
	}
	m.run.end <- nil
	m.n.idle(t)
	m.over = app.StatusComplete
	if m.sent[app.PartContent]+m.sent[app.PartReasoning] == "" {
		m.over = app.StatusFailed
	}
}

func (m *tail) wishStop(t *rapid.T) {
	if m.erased {
		return
	}
	run, err := m.n.Stop(context.Background(), m.w.actor(), m.w.chat, m.answer)
	require.NoError(t, err)
	require.Equal(t, m.running(), run != 0)
	m.stop = m.running()
}

func (m *tail) delete(t *rapid.T) {
	if m.erased {
		return
	}
	_, err := m.w.messages.Delete(context.Background(), "", m.w.chat, m.answer)
	require.NoError(t, err)
	if m.running() {
		_ = m.run.say(app.PartContent, "thrown away")
		m.over = app.StatusStopped
		require.NoError(t, m.n.FlushNow(context.Background()))
		m.n.idle(t)
	}
	m.erased = true
}

// bury is another node taking this one for dead, while it goes on.
func (m *tail) bury(t *rapid.T) {
	if !m.running() {
		return
	}
	beats, err := m.w.nodes.Beats(context.Background())
	require.NoError(t, err)
	for _, beat := range beats {
		if beat.Node == m.n.Owner().Node {
			_, err := m.w.nodes.Bury(context.Background(), beat)
			require.NoError(t, err)
		}
	}
	other := m.w.node(nil, assistant.Options{})
	require.NoError(t, other.TakeOverNow(context.Background()))
	require.NoError(t, m.run.say(app.PartContent, "nobody reads this"))
	require.NoError(t, m.n.FlushNow(context.Background()))
	m.n.idle(t)
	m.over = app.StatusInterrupted
	got := m.w.get(t, m.answer)
	for part, text := range m.texts(got) {
		require.True(t, isPrefix(m.kept[part], text), "nothing that a flush told to be stored is lost")
		require.True(t, isPrefix(text, m.sent[part]))
		m.sent[part] = text
	}
}

func (m *tail) goOn(t *rapid.T) {
	if m.erased || m.running() {
		return
	}
	before := m.w.get(t, m.answer)
	_, err := m.n.Continue(context.Background(), m.w.actor(), m.w.chat, m.answer, "")
	if m.over == app.StatusComplete {
		require.ErrorIs(t, err, app.ErrConflict)
		return
	}
	require.NoError(t, err)
	texts := m.texts(before)
	m.begins(t, texts[app.PartContent], texts[app.PartReasoning])
}

func (m *tail) anew(t *rapid.T) {
	if m.erased {
		return
	}
	_, err := m.n.Regenerate(context.Background(), m.w.actor(), m.w.chat, m.answer, "")
	if m.running() {
		require.ErrorIs(t, err, app.ErrConflict)
		return
	}
	require.NoError(t, err)
	m.begins(t, "", "")
}

func (*tail) texts(m app.Message) map[app.Part]string {
	texts := map[app.Part]string{app.PartContent: m.Content, app.PartReasoning: ""}
	if m.Reasoning != nil {
		texts[app.PartReasoning] = *m.Reasoning
	}
	return texts
}

func isPrefix(short, long string) bool { return len(short) <= len(long) && long[:len(short)] == short }

func (m *tail) check(t *rapid.T) {
	got := m.w.get(t, m.answer)
	if m.erased {
		require.Equal(t, map[app.Part]string{app.PartContent: "", app.PartReasoning: ""}, m.texts(got))
		require.NotNil(t, got.DeletedAt)
		return
	}
	if !m.running() {
		require.Equal(t, m.over, got.Status)
		require.Equal(t, m.sent, m.texts(got), "at an end it is what was sent")
		return
	}
	require.Equal(t, app.StatusStreaming, got.Status)
	for part, text := range m.texts(got) {
		require.True(t, isPrefix(text, m.sent[part]), "%q is no prefix of %q", text, m.sent[part])
		require.True(t, isPrefix(m.kept[part], text), "%q was told to be stored, %q is", m.kept[part], text)
	}
	list := []app.Message{got}
	m.n.Overlay(list)
	require.Equal(t, m.sent, m.texts(list[0]), "on its own node it is all of it")
}
