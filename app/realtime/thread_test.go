package realtime

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
)

func TestCursor(t *testing.T) {
	t.Parallel()
	t.Run("what was written is read", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			number := rapid.Int64Range(0, 1<<53-1)
			c := Cursor{Store: rapid.StringMatching("[0-9a-f-]{0,12}").Draw(t, "store"), Question: number.Draw(t, "q"), Rev: number.Draw(t, "rev")}
			for range rapid.IntRange(0, maxHeld).Draw(t, "answers") {
				c.Answers = append(c.Answers, Held{Seq: number.Draw(t, "seq"), Rev: number.Draw(t, "run"),
					Content: int(number.Draw(t, "content")), Reasoning: int(number.Draw(t, "reasoning"))})
			}
			require.LessOrEqual(t, len(c.String()), 4*maxCursor)
			if len(c.String()) > maxCursor {
				return
			}
			read, err := ParseCursor(c.String())
			require.NoError(t, err)
			require.Equal(t, &c, read)
		})
	})
	t.Run("the longest that a stream makes is taken", func(t *testing.T) {
		t.Parallel()
		c := Cursor{Store: strings.Repeat("f", storeName), Question: 1 << 30, Rev: 1 << 31}
		for range maxHeld {
			c.Answers = append(c.Answers, Held{Seq: 1 << 30, Rev: 1 << 31, Content: 1 << 20, Reasoning: 1 << 20})
		}
		_, err := ParseCursor(c.String())
		require.NoError(t, err)
	})
	t.Run("nothing is from the beginning", func(t *testing.T) {
		t.Parallel()
		c, err := ParseCursor("")
		require.NoError(t, err)
		require.Nil(t, c)
	})
}

func FuzzParseCursor(f *testing.F) {
	for _, text := range []string{"x", "YS4x", Cursor{Store: "a", Question: 1, Rev: 2}.String(), "YS4xLjIuLTE", "YS4xLjIuMw", strings.Repeat("A", 2000)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCursor(text)
		if err != nil {
			require.Equal(t, app.CodeInvalidInput, app.AsError(err).Code)
			return
		}
		if c != nil {
			again, err := ParseCursor(c.String())
			require.NoError(t, err)
			require.Equal(t, c, again)
		}
	})
}

const asked = app.MessageID("the question")

// telling is a question with answers that grow, and everything that was ever
// sent about them.
type telling struct {
	t        *rapid.T
	rev      int64
	messages []app.Message
}

func (s *telling) snapshot() []byte {
	return Encode(Envelope{Type: "subscribed", Data: Subscribed{Chat: app.Chat{ID: "chat", Rev: s.rev}, Rev: s.rev, Messages: s.messages}}).Text()
}

func (s *telling) changes(messages ...app.Message) []byte {
	return Encode(Envelope{Type: "changes", Data: app.Changes{ChatID: "chat", From: s.rev - 1, Rev: s.rev, Messages: messages}}).Text()
}

func (s *telling) begin() {
	s.rev = 1
	s.messages = []app.Message{{ID: asked, Seq: 1, Rev: 1, Role: app.MessageUser, Content: "?", Status: app.StatusComplete}}
	question := asked
	for i := range rapid.IntRange(0, 3).Draw(s.t, "answers") {
		s.rev++
		status := rapid.SampledFrom([]app.MessageStatus{app.StatusQueued, app.StatusStreaming}).Draw(s.t, "status")
		s.messages = append(s.messages, app.Message{ID: app.MessageID(rune('a' + i)), Seq: int64(2 + i), Rev: s.rev, Role: app.MessageAssistant, ReplyTo: &question, Status: status})
	}
}

func (s *telling) running() []*app.Message {
	var list []*app.Message
	for i := range s.messages {
		if s.messages[i].Status.Running() {
			list = append(list, &s.messages[i])
		}
	}
	return list
}

// happen is one thing that happens in the chat, and the line that tells it.
func (s *telling) happen() []byte {
	running := s.running()
	kind := rapid.IntRange(0, 9).Draw(s.t, "what")
	if kind == 0 || len(running) == 0 {
		s.rev++
		return s.changes(app.Message{ID: "of others", Rev: s.rev, Role: app.MessageUser})
	}
	m := rapid.SampledFrom(running).Draw(s.t, "answer")
	if m.Status == app.StatusStreaming && kind > 2 {
		return s.grow(m)
	}
	s.rev++
	m.Rev = s.rev
	if m.Status == app.StatusQueued {
		m.Status = app.StatusStreaming
	} else {
		m.Status = app.StatusComplete
	}
	return s.changes(*m)
}

func (s *telling) grow(m *app.Message) []byte {
	text := rapid.SampledFrom([]string{"a", "ü", "漢字", "🙂 ", "line\n"}).Draw(s.t, "text")
	delta := app.Delta{ChatID: "chat", MessageID: m.ID, Rev: m.Rev, Part: app.PartContent, Offset: len(m.Content), Text: text}
	if rapid.Bool().Draw(s.t, "thought") {
		had := reasoning(*m) + text
		m.Reasoning, delta.Part, delta.Offset = &had, app.PartReasoning, len(had)-len(text)
	} else {
		m.Content += text
	}
	delta.End = delta.Offset + len(text)
	return Encode(Envelope{Type: "delta", Data: delta}).Text()
}

// copyOf is what a reader has, who takes events and checks that each follows
// on what he has.
type copyOf struct {
	t        *rapid.T
	id       string
	messages map[app.MessageID]app.Message
}

func (c *copyOf) take(events []Event) {
	for _, e := range events {
		c.id = e.ID
		if e.Type == "changes" {
			var changes app.Changes
			require.NoError(c.t, json.Unmarshal(e.Data, &changes))
			for _, m := range changes.Messages {
				require.NotEqual(c.t, app.MessageID("of others"), m.ID)
				c.messages[m.ID] = m
			}
			continue
		}
		var delta app.Delta
		require.NoError(c.t, json.Unmarshal(e.Data, &delta))
		m := c.messages[delta.MessageID]
		require.Equal(c.t, m.Rev, delta.Rev)
		require.True(c.t, utf8.ValidString(delta.Text))
		had := m.Content
		if delta.Part == app.PartReasoning {
			had = reasoning(m)
		}
		require.Equal(c.t, len(had), delta.Offset, "a piece follows on the one before")
		had += delta.Text
		require.Len(c.t, had, delta.End)
		if delta.Part == app.PartReasoning {
			m.Reasoning = &had
		} else {
			m.Content = had
		}
		c.messages[m.ID] = m
	}
}

// A reader that is cut off behind any event, and one whose lines are lost,
// ends with exactly what is there.
func TestThread(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := &telling{t: t}
		s.begin()
		reader := &copyOf{t: t, messages: map[app.MessageID]app.Message{}}
		thread, standing := reader.connect(), ReadAgain
		for standing != Ended && rapid.IntRange(0, 60).Draw(t, "last") > 0 {
			line := s.snapshot()
			if standing != ReadAgain {
				line = s.happen()
			}
			if rapid.IntRange(0, 9).Draw(t, "lost") == 0 {
				line = Encode(Envelope{Type: "changes", Data: app.Changes{ChatID: "chat", From: s.rev, Rev: s.rev}}).Text()
			}
			var events []Event
			events, standing = thread.Take(line)
			if rapid.IntRange(0, 4).Draw(t, "cut") > 0 {
				reader.take(events)
				continue
			}
			reader.take(events[:rapid.IntRange(0, len(events)).Draw(t, "behind")])
			thread, standing = reader.connect(), ReadAgain
		}
		events, standing := reader.connect().Take(s.snapshot())
		reader.take(events)
		require.Equal(t, len(s.running()) == 0, standing == Ended)
		require.Len(t, reader.messages, len(s.messages))
		for _, m := range s.messages {
			held := reader.messages[m.ID]
			require.Equal(t, m.Content, held.Content)
			require.Equal(t, reasoning(m), reasoning(held))
			require.Equal(t, m.Rev, held.Rev)
			require.Equal(t, m.Status, held.Status)
		}
	})
}

// connect takes a thread up where the reader is.
func (c *copyOf) connect() *Thread {
	since, err := ParseCursor(c.id)
	require.NoError(c.t, err)
	return NewThread(asked, "the store", since)
}

func TestThreadAnew(t *testing.T) {
	t.Parallel()
	question := asked
	now := Encode(Envelope{Type: "subscribed", Data: Subscribed{Chat: app.Chat{ID: "chat", Rev: 2}, Rev: 2, Messages: []app.Message{
		{ID: asked, Seq: 1, Rev: 1, Role: app.MessageUser, Status: app.StatusComplete},
		{ID: "a", Seq: 2, Rev: 2, Role: app.MessageAssistant, ReplyTo: &question, Status: app.StatusStreaming, Content: "grün"},
	}}}).Text()
	whole := func(t *testing.T, c Cursor) {
		t.Helper()
		events, standing := NewThread(asked, "the store", &c).Take(now)
		require.Equal(t, GoesOn, standing)
		require.Len(t, events, 1)
		require.Contains(t, string(events[0].Data), "grün")
	}
	at := func(n int) Cursor {
		return Cursor{Store: "the store", Question: 1, Rev: 2, Answers: []Held{{Seq: 2, Rev: 2, Content: n}}}
	}
	for name, c := range map[string]Cursor{
		"a cursor of another database":    {Store: "another", Question: 1, Rev: 2},
		"of another question":             {Store: "the store", Question: 7, Rev: 2},
		"of a time to come":               {Store: "the store", Question: 1, Rev: 3},
		"with more text than there is":    at(99),
		"in the middle of a character":    at(3),
		"that knows nothing of an answer": {Store: "the store", Question: 1, Rev: 2},
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); whole(t, c) })
	}
	t.Run("a good one brings the rest", func(t *testing.T) {
		t.Parallel()
		c := at(2)
		events, _ := NewThread(asked, "the store", &c).Take(now)
		require.Len(t, events, 1)
		require.Contains(t, string(events[0].Data), `"offset":2,"end":5,"text":"ün"`)
	})
	t.Run("what is no line of ours is read again", func(t *testing.T) {
		t.Parallel()
		for _, line := range []string{"", "{", `{"type":"changes","data":7}`} {
			_, standing := NewThread(asked, "", nil).Take([]byte(line))
			require.Equal(t, ReadAgain, standing)
		}
	})
	t.Run("a chat that is lost is over", func(t *testing.T) {
		t.Parallel()
		_, standing := NewThread(asked, "", nil).Take([]byte(`{"type":"removed","data":{}}`))
		require.Equal(t, Lost, standing)
	})
}
