package assistant_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/llmtest"
)

// ticks is what a meter was told.
type ticks struct {
	mu   sync.Mutex
	told []tick
}

type tick struct {
	model  string
	failed bool
	used   app.Usage
	began  bool
}

func (c *ticks) Answered(model string, failed bool, used *app.Usage, first time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := tick{model: model, failed: failed, began: first > 0}
	if used != nil {
		one.used = *used
	}
	c.told = append(c.told, one)
}

func (c *ticks) all() []tick {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]tick{}, c.told...)
}

func TestAnswersAreCounted(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]struct {
		provider llm.Provider
		ends     app.MessageStatus
		want     tick
	}{
		"one that ends well, with its tokens": {
			llmtest.New(llmtest.Text("a"), llmtest.Usage(3, 4)), app.StatusComplete, tick{"m", false, app.Usage{PromptTokens: 3, CompletionTokens: 4}, true},
		},
		"one that says nothing": {llmtest.New(), app.StatusFailed, tick{"m", true, app.Usage{}, false}},
		"one that no model was found for, under none": {
			nil, app.StatusFailed, tick{"", true, app.Usage{}, false},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, meter, options := newWorld(t), &ticks{}, calm()
			options.Meter = meter
			n := w.node(each.provider, options)
			n.start(t)
			w.becomes(t, w.ask(t, n, 1)[0].ID, is(each.ends))
			require.Eventually(t, func() bool { return len(meter.all()) > 0 }, soon, time.Millisecond)
			n.idle(t)
			require.Equal(t, []tick{each.want}, meter.all(), "once")
		})
	}
}
