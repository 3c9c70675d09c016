package logbook_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/logbook"
)

// shelf is a store that may be away.
type shelf struct {
	mu      sync.Mutex
	entries []app.LogEntry
	fails   int
	tried   chan struct{}
}

func newShelf() *shelf { return &shelf{tried: make(chan struct{}, 100)} }

func (s *shelf) Add(_ context.Context, entries []app.LogEntry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.tried <- struct{}{} }()
	if s.fails > 0 {
		s.fails--
		return errors.New("the shelf is away")
	}
	s.entries = append(s.entries, entries...)
	return nil
}

func (s *shelf) Purge(context.Context, time.Time) error { return nil }

func (s *shelf) all() []app.LogEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries
}

func (s *shelf) List(context.Context, logbook.Filter, app.PageRequest) (app.Page[app.LogEntry], error) {
	return app.Page[app.LogEntry]{}, errors.New("not asked here")
}

func (s *shelf) Count(context.Context, logbook.Filter) ([]app.LogStep, error) { return nil, nil }

// newBook logs warnings to out, and keeps what it keeps.
func newBook(out *bytes.Buffer) *logbook.Book {
	level := new(slog.LevelVar)
	level.Set(slog.LevelWarn)
	return logbook.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level}), level, time.Now)
}

// storedBy runs a book until everything that was logged by then is stored.
func storedBy(t *testing.T, b *logbook.Book, s *shelf) []app.LogEntry {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	b.Keep(ctx, s, "node")
	return s.all()
}

var admin = app.Actor{UserID: "eve", Role: app.RoleAdmin}

// here is what a book remembers, newest first.
func here(t *testing.T, b *logbook.Book, filter logbook.Filter) logbook.Logs {
	t.Helper()
	logs, err := logbook.NewService(b, newShelf(), "node", time.Now).Here(t.Context(), admin, filter, 100)
	require.NoError(t, err)
	return logs
}

func TestBook(t *testing.T) {
	t.Parallel()
	t.Run("info is remembered whatever the log shows; warnings and errors are stored", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		b := newBook(&out)
		log := b.Logger()
		log.Debug("whisper")
		log.Info("word", "request_id", "r1", "user_id", "u1", "route", "/x/:id", "n", 7)
		log.With("loop", "look").WithGroup("g").Warn("care", "x", 1, slog.Group("in", "y", 2))
		log.Error("fault", "error", errors.New("why"))
		require.NotContains(t, out.String(), "word", "the log keeps its own level")
		require.Contains(t, out.String(), "g.in.y=2")
		stored := storedBy(t, b, newShelf())
		require.Len(t, stored, 2)
		require.Equal(t, []string{"warn", "error"}, []string{stored[0].Level, stored[1].Level})
		require.Equal(t, map[string]string{"loop": "look", "g.x": "1", "g.in.y": "2"}, stored[0].Details)
		require.Equal(t, app.NodeID("node"), stored[0].Node)
		require.Equal(t, "why", stored[1].Details["error"])
		list := here(t, b, logbook.Filter{}).Data
		require.Equal(t, []string{"fault", "care", "word"}, []string{list[0].Message, list[1].Message, list[2].Message})
		require.Equal(t, []string{"r1", "u1", "/x/:id", "7"}, []string{list[2].RequestID, list[2].UserID, list[2].Route, list[2].Details["n"]})
	})
	t.Run("the level of the log changes live", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		b := newBook(&out)
		b.SetLevel(slog.LevelDebug)
		require.Equal(t, "debug", b.Level())
		b.Logger().Debug("whisper")
		require.Contains(t, out.String(), "whisper")
	})
	t.Run("what cannot be stored is tried again, in order, and told to the log alone", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		b, s := newBook(&out), newShelf()
		s.fails = 1
		b.Logger().Warn("one")
		require.Empty(t, storedBy(t, b, s))
		require.Contains(t, out.String(), "the shelf is away")
		b.Logger().Warn("two")
		stored := storedBy(t, b, s)
		require.Equal(t, []string{"one", "two"}, []string{stored[0].Message, stored[1].Message})
		require.Len(t, stored, 2, "a failure to store must not make more to store")
	})
	t.Run("while it runs, entries are stored by themselves", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		b, s := newBook(&out), newShelf()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); b.Keep(ctx, s, "node") }()
		b.Logger().Warn("one")
		<-s.tried
		require.Len(t, s.all(), 1)
		stop()
		<-done
	})
	t.Run("a flood neither waits nor fills anything, and what was dropped is counted", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		b := newBook(&out)
		const flood = 30_000
		for i := range flood {
			b.Logger().Error("flood", "i", i)
		}
		stored := storedBy(t, b, newShelf())
		require.Less(t, len(stored), 1100, "a tenth of an hour's at once")
		last := stored[len(stored)-1]
		require.Equal(t, fmt.Sprint(flood-len(stored)+1), last.Details["dropped"])
		require.NotEmpty(t, here(t, b, logbook.Filter{}).Data)
	})
	t.Run("one entry is bounded, whatever is logged", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		b := newBook(&out)
		args := []any{}
		for i := range 200 {
			args = append(args, fmt.Sprintf("%d-%s", i, strings.Repeat("k", 200)), strings.Repeat("v", 1<<16))
		}
		b.Logger().Error(strings.Repeat("m", 1<<20)+"\x00\xff", args...)
		b.Logger().Error("nil", "error", error(nil), "self", panics{})
		stored := storedBy(t, b, newShelf())
		require.Less(t, len(fmt.Sprint(stored[0])), 64<<10)
		require.NotContains(t, stored[0].Message, "\x00")
		require.Equal(t, "(cannot be shown)", stored[1].Details["self"])
	})
	t.Run("many log at once", func(t *testing.T) {
		t.Parallel()
		b := logbook.New(slog.DiscardHandler, new(slog.LevelVar), time.Now)
		s := newShelf()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); b.Keep(ctx, s, "node") }()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 50 {
					b.Logger().Warn("w")
				}
			})
		}
		all.Wait()
		stop()
		<-done
		require.Len(t, s.all(), 400)
	})
}

// panics is an error that cannot be shown.
type panics struct{}

func (panics) Error() string { panic("no") }

// Nobody should log a secret. This is what happens when somebody does.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const secret, token = "correct horse battery staple", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
	for name, try := range map[string]func(*slog.Logger){
		"a value of the configuration, in a message": func(l *slog.Logger) { l.Error("cannot use " + secret) },
		"inside an error":                  func(l *slog.Logger) { l.Error("x", "error", fmt.Errorf("dial: %s: no", secret)) },
		"in a route":                       func(l *slog.Logger) { l.Warn("x", "route", "/reset/"+secret) },
		"a password by its name":           func(l *slog.Logger) { l.Warn("x", "admin_password", "any-thing-at-all-"+token) },
		"a cookie by its name, in a group": func(l *slog.Logger) { l.Warn("x", slog.Group("head", "Set-Cookie", "session="+token)) },
		"a signed token anywhere":          func(l *slog.Logger) { l.Warn("got " + token + " instead") },
		"a bearer token":                   func(l *slog.Logger) { l.Warn("x", "header", "Authorization: Bearer "+token) },
		"the password of an address":       func(l *slog.Logger) { l.Warn("x", "url", "postgres://quillium:"+"hunter2-"+token+"@db/quillium") },
		"of a logger that carries it":      func(l *slog.Logger) { l.With("refresh_token", token).Warn("x") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			b := newBook(&out)
			b.Hide("", "abc", secret)
			try(b.Logger())
			for _, kept := range [][]app.LogEntry{storedBy(t, b, newShelf()), here(t, b, logbook.Filter{}).Data} {
				require.Len(t, kept, 1)
				text := fmt.Sprint(kept)
				require.Contains(t, text, "(hidden)")
				for _, part := range []string{secret, token, "hunter2", "any-thing"} {
					require.NotContains(t, text, part)
				}
			}
		})
	}
	t.Run("counts of tokens are no secrets", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		b := newBook(&out)
		b.Logger().Warn("x", "prompt_tokens", 7)
		require.Equal(t, "7", storedBy(t, b, newShelf())[0].Details["prompt_tokens"])
	})
}

func TestHere(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	b := newBook(&out)
	b.Logger().Info("a cart", "request_id", "r1", "user_id", "ada", "route", "/carts")
	b.Logger().Warn("a donkey", "why", "No Hay")
	messages := func(filter logbook.Filter) (list []string) {
		for _, e := range here(t, b, filter).Data {
			list = append(list, e.Message)
		}
		return list
	}
	t.Run("by level, request, user, node and text", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []string{"a donkey"}, messages(logbook.Filter{Level: "warn"}))
		require.Equal(t, []string{"a cart"}, messages(logbook.Filter{RequestID: "r1"}))
		require.Equal(t, []string{"a cart"}, messages(logbook.Filter{UserID: "ada"}))
		require.Equal(t, []string{"a donkey"}, messages(logbook.Filter{Text: "no hay"}))
		require.Equal(t, []string{"a cart"}, messages(logbook.Filter{Text: "CARTS"}))
		require.Len(t, messages(logbook.Filter{Node: "node"}), 2)
		require.Empty(t, messages(logbook.Filter{Node: "other"}))
		require.Empty(t, messages(logbook.Filter{Until: time.Now().Add(-time.Hour)}))
	})
	t.Run("it is counted by pieces of time", func(t *testing.T) {
		t.Parallel()
		logs := here(t, b, logbook.Filter{})
		require.Len(t, logs.Steps, logbook.Steps)
		last := logs.Steps[len(logs.Steps)-1]
		require.Equal(t, []int{1, 1, 0}, []int{last.Infos, last.Warns, last.Errors})
	})
	t.Run("only administrators read", func(t *testing.T) {
		t.Parallel()
		service := logbook.NewService(b, newShelf(), "node", time.Now)
		_, err := service.Here(t.Context(), app.Actor{UserID: "ada", Role: app.RoleUser}, logbook.Filter{}, 1)
		require.ErrorIs(t, err, app.ErrForbidden)
		_, err = service.Stored(t.Context(), app.Actor{}, logbook.Filter{Level: "loud"}, app.PageRequest{})
		require.ErrorIs(t, err, app.ErrForbidden, "before anything else is told")
	})
}

// Whatever the time asked for, the pieces lie in it, side by side, and are few.
func TestSteps(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	b := newBook(&out)
	rapid.Check(t, func(r *rapid.T) {
		until := time.Now().Add(-time.Duration(rapid.Int64Range(0, int64(logbook.Lasts)).Draw(r, "ago")))
		filter := logbook.Filter{Until: until, Since: until.Add(-time.Duration(rapid.Int64Range(int64(2*time.Second), int64(logbook.Lasts)).Draw(r, "long")))}
		logs, err := logbook.NewService(b, newShelf(), "node", time.Now).Here(context.Background(), admin, filter, 1)
		if err != nil {
			r.Fatal(err)
		}
		if n := len(logs.Steps); n == 0 || n > 2*logbook.Steps {
			r.Fatalf("%d steps", n)
		}
		for i, step := range logs.Steps {
			if i > 0 && step.At.Sub(logs.Steps[i-1].At) != time.Duration(logs.Step)*time.Second {
				r.Fatal("a hole")
			}
			if step.At.Before(logs.Since) || !step.At.Before(logs.Until) {
				r.Fatal("outside")
			}
		}
	})
}

func TestParseLevel(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError} {
		got, err := logbook.ParseLevel(name)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, wrong := range []string{"", "Info", "WARN", "info+1", "loud"} {
		_, err := logbook.ParseLevel(wrong)
		require.Error(t, err, wrong)
	}
}
