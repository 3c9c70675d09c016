package assistant_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/assistant"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/llmtest"
)

// start brings a node to life; it is drained when the test ends.
func (n *node) start(t *testing.T) (kill context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	require.NoError(t, n.Start(ctx))
	t.Cleanup(func() {
		now, cancelNow := context.WithCancel(context.Background())
		cancelNow()
		n.Drain(now)
		cancel()
		n.Wait()
	})
	return cancel
}

func quick(id app.NodeID) assistant.Options {
	return assistant.Options{
		Node: id, FlushEvery: 5 * time.Millisecond, LookEvery: 20 * time.Millisecond, BeatEvery: 50 * time.Millisecond,
		DeadAfter: 800 * time.Millisecond, Patience: 50 * time.Millisecond,
	}
}

// calm is quick, of nodes that never take each other for dead: a busy machine
// makes them late.
func calm() assistant.Options {
	options := quick("")
	options.DeadAfter = time.Hour
	return options
}

func (w *world) becomes(t *testing.T, id app.MessageID, what func(app.Message) bool) app.Message {
	t.Helper()
	var m app.Message
	require.Eventually(t, func() bool {
		m = w.get(t, id)
		return what(m)
	}, soon, 2*time.Millisecond)
	return m
}

func is(status app.MessageStatus) func(app.Message) bool {
	return func(m app.Message) bool { return m.Status == status }
}

func holds(text string) func(app.Message) bool {
	return func(m app.Message) bool { return m.Content == text }
}

func TestALongLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.node(llmtest.New(llmtest.Reasoning("hm"), llmtest.Text("a", "b"), llmtest.Usage(1, 2)), calm())
	n.start(t)
	answers := w.ask(t, n, 12)
	for _, a := range answers {
		m := w.becomes(t, a.ID, is(app.StatusComplete))
		require.Equal(t, "ab", m.Content)
		require.Equal(t, "hm", *m.Reasoning)
		require.Equal(t, &app.Usage{PromptTokens: 1, CompletionTokens: 2}, m.Usage)
	}
	n.idle(t)
	n.told.mu.Lock()
	defer n.told.mu.Unlock()
	require.Empty(t, n.told.broken)
	for _, a := range answers {
		require.Equal(t, "ab", n.told.texts[a.ID][app.PartContent])
	}
	slices.SortFunc(n.told.changes, func(a, b app.Changes) int { return int(a.From - b.From) })
	next := n.told.changes[0].From
	for _, c := range n.told.changes {
		require.Equal(t, next, c.From, "every change is told, each follows on the one before")
		next = c.Rev
	}
	require.Len(t, n.told.changes, 12+9, "twelve ends and nine that waited")
	began := map[app.MessageID]int{}
	for i, c := range n.told.changes {
		if c.Messages[0].Status == app.StatusStreaming {
			began[c.Messages[0].ID] = i
		}
	}
	for i := 4; i < len(answers); i++ {
		require.Greater(t, began[answers[i].ID], began[answers[i-1].ID], "in order")
	}
}

func TestANodeThatDies(t *testing.T) {
	t.Parallel()

	t.Run("its answer ends with what was flushed, when it comes back under its name, and can be continued", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		name := app.NewID[app.NodeID]()
		first := w.node(llmtest.New(llmtest.Text("so far"), llmtest.Block()), quick(name))
		kill := first.start(t)
		id := w.ask(t, first, 1)[0].ID
		w.becomes(t, id, holds("so far"))
		first.cutOff(true)
		kill()
		first.Wait()

		second := w.node(llmtest.New(llmtest.Text(", and on")), quick(name))
		second.start(t)
		m := w.becomes(t, id, is(app.StatusInterrupted))
		require.Equal(t, "so far", m.Content)
		require.Nil(t, m.Error)
		_, err := second.Continue(t.Context(), w.actor(), w.chat, id, "")
		require.NoError(t, err)
		require.Equal(t, "so far, and on", w.becomes(t, id, is(app.StatusComplete)).Content)
	})

	t.Run("another one takes over; the dead one that lives drops it, and is heard no more", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		model := newPuppet()
		lost, other := w.node(model, quick("")), w.node(nil, quick(""))
		lost.start(t)
		other.start(t)
		id := w.ask(t, lost, 1)[0].ID
		run := <-model.runs
		require.NoError(t, run.say(app.PartContent, "so far"))
		w.becomes(t, id, holds("so far"))
		epoch := lost.Owner().Epoch
		lost.cutOff(true)
		require.NoError(t, run.say(app.PartContent, " nobody reads this"))
		require.Equal(t, "so far", w.becomes(t, id, is(app.StatusInterrupted)).Content)
		require.Equal(t, 1, lost.live.Count(), "it does not know yet")
		lost.cutOff(false)
		lost.idle(t)
		require.Eventually(t, func() bool { return lost.Owner().Epoch == epoch+2 }, soon, time.Millisecond)
		require.Equal(t, "so far", w.get(t, id).Content)
		again := w.ask(t, lost, 1)[0].ID
		run = <-model.runs
		require.NoError(t, run.say(app.PartContent, "alive"))
		w.becomes(t, again, holds("alive"))
		run.end <- nil
		w.becomes(t, again, is(app.StatusComplete))
	})

	t.Run("one that lives keeps its answer, however long it takes", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		model := newPuppet()
		busy, other := w.node(model, quick("")), w.node(nil, quick(""))
		busy.start(t)
		other.start(t)
		id := w.ask(t, busy, 1)[0].ID
		run := <-model.runs
		for start := time.Now(); time.Since(start) < 2*time.Second; {
			require.NoError(t, run.say(app.PartContent, "."))
			text, _, _ := busy.live.Text(id, w.get(t, id).Rev)
			w.becomes(t, id, holds(text))
		}
		run.end <- nil
		require.NotEmpty(t, w.becomes(t, id, is(app.StatusComplete)).Content)
	})
}

func TestStopsAndRestarts(t *testing.T) {
	t.Parallel()

	t.Run("a wish to stop ends an answer on whichever node it runs, and not the next run", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		runs, asks := w.node(llmtest.New(llmtest.Text("half"), llmtest.Block()).Then(llmtest.Text(", whole")), calm()), w.node(nil, calm())
		runs.start(t)
		asks.start(t)
		m := w.ask(t, runs, 1)[0]
		w.becomes(t, m.ID, holds("half"))
		run, err := asks.Stop(t.Context(), w.actor(), w.chat, m.ID)
		require.NoError(t, err)
		require.Equal(t, m.Rev, run)
		require.Equal(t, "half", w.becomes(t, m.ID, is(app.StatusStopped)).Content)
		_, err = runs.Continue(t.Context(), w.actor(), w.chat, m.ID, "")
		require.NoError(t, err)
		require.Equal(t, "half, whole", w.becomes(t, m.ID, is(app.StatusComplete)).Content)
	})

	t.Run("regenerate begins from nothing, on the same past", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		model := llmtest.New(llmtest.Text("first")).Then(llmtest.Text("second"))
		n := w.node(model, calm())
		n.start(t)
		id := w.ask(t, n, 1)[0].ID
		w.becomes(t, id, is(app.StatusComplete))
		m, err := n.Regenerate(t.Context(), w.actor(), w.chat, id, "")
		require.NoError(t, err)
		require.Empty(t, m.Content)
		m = w.becomes(t, id, holds("second"))
		require.Equal(t, []int{2, 2}, []int{m.Version, m.Versions})
		want := []llm.Message{{Role: app.MessageUser, Content: "why?"}}
		require.Equal(t, want, model.Requests()[0].Messages)
		require.Equal(t, want, model.Requests()[1].Messages)
	})

	t.Run("deleting a running answer throws its text away", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		n := w.node(llmtest.New(llmtest.Text("secret"), llmtest.Block()), calm())
		n.start(t)
		id := w.ask(t, n, 1)[0].ID
		w.becomes(t, id, holds("secret"))
		_, err := w.messages.Delete(t.Context(), "", w.chat, id)
		require.NoError(t, err)
		n.idle(t)
		m := w.get(t, id)
		require.Empty(t, m.Content)
		require.Equal(t, app.StatusStopped, m.Status)
	})

	t.Run("a drain ends with what came, stored", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		model := newPuppet()
		n := w.node(model, calm())
		n.start(t)
		id := w.ask(t, n, 1)[0].ID
		run := <-model.runs
		require.NoError(t, run.say(app.PartContent, "all that came"))
		now, cancel := context.WithCancel(t.Context())
		cancel()
		n.Drain(now)
		m := w.get(t, id)
		require.Equal(t, app.StatusInterrupted, m.Status)
		require.Equal(t, "all that came", m.Content)
	})
}
