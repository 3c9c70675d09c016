package assistant

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
	"github.com/quillium/quillium/app/llm/llmtest"
)

func TestMain(m *testing.M) {
	// The server of all tests may have been started here, and outlives us.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/quillium/quillium/app/database.spawn.func1"))
}

func splitWords(text string) iter.Seq[string] { return strings.FieldsSeq(text) }

func models(steps ...llmtest.Step) map[string]llm.Provider {
	return map[string]llm.Provider{"m": llmtest.New(steps...)}
}

// provider is a model that is one function.
type provider func(ctx context.Context, emit func(llm.Delta) error) error

func (p provider) Stream(ctx context.Context, _ llm.Request, emit func(llm.Delta) error) error {
	return p(ctx, emit)
}

var down = app.ErrUnavailable

func TestAnAnswerEnds(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	type want struct {
		status    app.MessageStatus
		content   string
		reasoning *string
		code      app.Code
		says      string
	}
	for name, c := range map[string]struct {
		steps []llmtest.Step
		want  want
	}{
		"complete, as it was sent": {
			[]llmtest.Step{llmtest.Reasoning("h", "m"), llmtest.Text(" Hel", "lo\n")},
			want{app.StatusComplete, " Hello\n", text("hm"), "", ""},
		},
		"complete with reasoning alone":       {[]llmtest.Step{llmtest.Reasoning("hm")}, want{app.StatusComplete, "", text("hm"), "", ""}},
		"with the rest of a broken character": {[]llmtest.Step{llmtest.Text("a\xe2")}, want{app.StatusComplete, "a\uFFFD", nil, "", ""}},
		"failed where nothing came":           {nil, want{app.StatusFailed, "", nil, app.CodeUnavailable, "sent no text"}},
		"failed with what came and the endpoint's sentence": {
			[]llmtest.Step{llmtest.Text("half"), llmtest.Fail(llm.BrokeOff(errors.New("key sk-123")))},
			want{app.StatusFailed, "half", nil, app.CodeUnavailable, "broke off"},
		},
		"failed as too slow where the endpoint was, not as too long": {
			[]llmtest.Step{llmtest.Text("half"), llmtest.Fail(llm.TooSlow(context.DeadlineExceeded))},
			want{app.StatusFailed, "half", nil, app.CodeUnavailable, "took too long to answer"},
		},
		"failed without a word of an error that is nobody's business": {
			[]llmtest.Step{llmtest.Fail(errors.New("pq: password of bob"))}, want{app.StatusFailed, "", nil, app.CodeInternal, "The log has it"},
		},
		"failed after the time it may take": {
			[]llmtest.Step{llmtest.Text("half"), llmtest.Block()}, want{app.StatusFailed, "half", nil, app.CodeUnavailable, "longer than 15 minutes"},
		},
		"failed after a panic": {
			[]llmtest.Step{llmtest.Text("half"), func(context.Context, func(llm.Delta) error) error { panic("oh") }},
			want{app.StatusFailed, "half", nil, app.CodeInternal, "The log has it"},
		},
		"stopped at its limit, to the byte": {
			[]llmtest.Step{llmtest.Reasoning(strings.Repeat("r", 10)), llmtest.Text(strings.Repeat("x", 89), "äy"), llmtest.Text("never asked")},
			want{app.StatusStopped, strings.Repeat("x", 89), text(strings.Repeat("r", 10)), app.CodeTooLarge, "reached the limit"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, models(c.steps...), nil, func(t *testing.T, s *stage) {
				run := one("m")
				s.Started([]app.Run{run})
				require.Eventually(t, func() bool { return len(s.endings()) == 1 }, time.Hour, time.Second)
				e := s.endings()[0]
				require.Equal(t, c.want.status, e.Status)
				require.Equal(t, c.want.content, *e.Content)
				require.Equal(t, c.want.reasoning, e.Reasoning)
				require.Equal(t, []any{run.ChatID, run.MessageID, run.Rev}, []any{e.ChatID, e.MessageID, e.Rev})
				if c.want.says == "" {
					require.Nil(t, e.Failure)
				} else {
					require.Equal(t, c.want.code, e.Failure.Code)
					require.Contains(t, e.Failure.Message, c.want.says)
				}
				require.Len(t, s.told(), 1, "told once")
				require.Zero(t, s.live.Count())
				grown := map[app.Part]string{}
				for _, d := range s.grown() {
					require.Equal(t, len(grown[d.Part]), d.Offset)
					grown[d.Part] += d.Text
				}
				require.Equal(t, c.want.content, grown[app.PartContent], "the deltas are the text")
			})
		})
	}
}

func TestAskingAModel(t *testing.T) {
	t.Parallel()
	model := llmtest.New(llmtest.Text(" more"), llmtest.Usage(3, 4))
	past := Past{System: "Be kind.", Members: 1, Turns: []Turn{{Role: app.MessageUser, Content: "why?"}}}
	play(t, map[string]llm.Provider{"m": model}, func(_ *Options, db *store) { db.past = past }, func(t *testing.T, s *stage) {
		run := one("m")
		run.Content = "so far,"
		s.Started([]app.Run{run, run})
		e := s.endings()
		require.Len(t, e, 1, "a run that is told of twice runs once")
		require.Equal(t, "so far, more", *e[0].Content, "going on from the stored text")
		require.Equal(t, &app.Usage{PromptTokens: 3, CompletionTokens: 4}, e[0].Usage)
		require.Equal(t, 7, s.grown()[0].Offset)
		asked := model.Requests()[0]
		require.Equal(t, []string{"up-m", "Be kind.", "so far,"}, []string{asked.Model, asked.System, asked.Prefill})

		unknown := one("gone")
		s.Started([]app.Run{unknown})
		e = s.endings()
		require.Equal(t, app.StatusFailed, e[1].Status)
		require.Equal(t, &app.Failure{Code: app.CodeNotFound, Message: "There is no model gone."}, e[1].Failure)
	})
}

func TestAModelThatDoesNotListen(t *testing.T) {
	t.Parallel()
	deaf := provider(func(_ context.Context, emit func(llm.Delta) error) error {
		for range 60 {
			_ = emit(llm.Delta{Text: "ab€"})
		}
		return nil
	})
	play(t, map[string]llm.Provider{"m": deaf}, nil, func(t *testing.T, s *stage) {
		s.Started([]app.Run{one("m")})
		e := s.endings()[0]
		require.Equal(t, app.StatusStopped, e.Status)
		require.Equal(t, strings.Repeat("ab€", 20), *e.Content)
	})
}

func TestTheDatabaseIsAwayAtTheEnd(t *testing.T) {
	t.Parallel()

	t.Run("the end is stored when it is back, and told once", func(t *testing.T) {
		t.Parallel()
		play(t, models(llmtest.Text("all of it")), nil, func(t *testing.T, s *stage) {
			start := time.Now()
			s.fail(func(string) error {
				if time.Since(start) < 3*time.Minute {
					return down
				}
				return nil
			})
			s.Started([]app.Run{one("m")})
			time.Sleep(2 * time.Minute)
			require.Empty(t, s.endings())
			require.Equal(t, 1, s.live.Count(), "the text is here, and only here")
			time.Sleep(time.Minute + 3*time.Second)
			require.Len(t, s.endings(), 1)
			require.Len(t, s.told(), 1)
			require.Empty(t, s.staleTold())
			require.Zero(t, s.live.Count())
		})
	})

	t.Run("an end whose answer was lost is looked up by those who listen", func(t *testing.T) {
		t.Parallel()
		play(t, models(llmtest.Text("x")), nil, func(t *testing.T, s *stage) {
			lost := false
			s.fail(func(call string) error {
				if call == "end's answer" && !lost {
					lost = true
					return down
				}
				return nil
			})
			s.Started([]app.Run{one("m")})
			time.Sleep(time.Second)
			require.Len(t, s.endings(), 1)
			require.Empty(t, s.told())
			require.Equal(t, []app.ChatID{"chat"}, s.staleTold())
		})
	})

	t.Run("a message that is gone needs no end", func(t *testing.T) {
		t.Parallel()
		play(t, models(llmtest.Text("x")), nil, func(t *testing.T, s *stage) {
			s.fail(func(call string) error {
				if call == "end" {
					return app.ErrNotFound
				}
				return nil
			})
			s.Started([]app.Run{one("m")})
			synctest.Wait()
			require.Zero(t, s.live.Count())
			require.Empty(t, s.told())
		})
	})
}

func TestDrain(t *testing.T) {
	t.Parallel()

	t.Run("waits for what runs, and interrupts the rest with what came", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			let := make(chan struct{})
			s := build(map[string]llm.Provider{
				"quick": llmtest.New(llmtest.Text("a"), llmtest.Wait(let), llmtest.Text("b")),
				"slow":  llmtest.New(llmtest.Text("half"), llmtest.Block()),
			}, nil)
			ctx, stop := context.WithCancel(context.Background())
			require.NoError(t, s.Start(ctx))
			s.Started([]app.Run{one("quick"), one("slow")})
			s.store.mu.Lock()
			s.store.waiting = []app.Run{one("quick")}
			s.store.mu.Unlock()
			grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			start := time.Now()
			drained := make(chan struct{})
			go func() {
				s.Drain(grace)
				close(drained)
			}()
			time.Sleep(2 * time.Second)
			require.Empty(t, s.endings())
			close(let)
			e := s.endings()
			require.Len(t, e, 1)
			require.Equal(t, []string{string(app.StatusComplete), "ab"}, []string{string(e[0].Status), *e[0].Content})
			<-drained
			require.Less(t, time.Since(start), 6*time.Second)
			e = s.endings()
			require.Equal(t, []string{string(app.StatusInterrupted), "half"}, []string{string(e[1].Status), *e[1].Content})
			require.Nil(t, e[1].Failure)
			require.Empty(t, seen(&s.store.mu, &s.store.claimed), "what waits is left to others")
			stop()
			s.Wait()
		})
	})

	t.Run("with nothing to wait for it is done at once", func(t *testing.T) {
		t.Parallel()
		play(t, nil, nil, func(t *testing.T, s *stage) {
			start := time.Now()
			s.Drain(context.Background())
			require.Zero(t, time.Since(start))
		})
	})

	t.Run("a database that stays away holds it up for a while, not for ever", func(t *testing.T) {
		t.Parallel()
		play(t, models(llmtest.Text("x")), nil, func(t *testing.T, s *stage) {
			s.fail(func(call string) error {
				if call == "end" {
					return down
				}
				return nil
			})
			s.Started([]app.Run{one("m")})
			synctest.Wait()
			now, cancel := context.WithCancel(context.Background())
			cancel()
			start := time.Now()
			s.Drain(now)
			require.InDelta(t, 5*time.Second, time.Since(start), float64(2*time.Second))
			require.Empty(t, s.told())
		})
	})

	t.Run("a database that comes back meanwhile has the end", func(t *testing.T) {
		t.Parallel()
		play(t, models(llmtest.Text("x")), nil, func(t *testing.T, s *stage) {
			back := time.Now().Add(3 * time.Second)
			s.fail(func(call string) error {
				if call == "end" && time.Now().Before(back) {
					return down
				}
				return nil
			})
			s.Started([]app.Run{one("m")})
			synctest.Wait()
			now, cancel := context.WithCancel(context.Background())
			cancel()
			s.Drain(now)
			require.Len(t, s.endings(), 1)
		})
	})
}
