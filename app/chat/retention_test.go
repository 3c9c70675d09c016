package chat

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// archive is chats with so many messages each that are too old.
type archive struct {
	order []app.ChatID
	left  map[app.ChatID]int
	days  []int
	fails error
}

func (a *archive) Due(_ context.Context, days int, behind app.ChatID, limit int) (due []Due, err error) {
	a.days = append(a.days, days)
	for _, id := range a.order {
		if id > behind && len(due) < limit {
			due = append(due, Due{ChatID: id, Before: time.Now()})
		}
	}
	return due, nil
}

func (a *archive) Expire(_ context.Context, due Due, limit int) (app.Changes, bool, error) {
	left, there := a.left[due.ChatID]
	if !there {
		return app.Changes{}, false, app.ErrNotFound
	}
	if a.fails != nil {
		return app.Changes{}, false, a.fails
	}
	n := min(left, limit)
	a.left[due.ChatID] -= n
	return app.Changes{ChatID: due.ChatID, From: 7, Rev: 7 + int64(n)}, left > limit, nil
}

func TestRetention(t *testing.T) {
	t.Parallel()
	build := func(a *archive) (*Retention, *world) {
		w := newWorld(t)
		return NewRetention(a, func() int { return 30 }, told{w}, slog.New(slog.NewTextHandler(io.Discard, nil))), w
	}
	t.Run("erases all that is due, some at a time, and tells of each", func(t *testing.T) {
		t.Parallel()
		a := &archive{order: []app.ChatID{"a", "b", "gone", "quiet"}, left: map[app.ChatID]int{"a": 450, "b": 1, "quiet": 0}}
		r, w := build(a)
		require.NoError(t, r.Expire(t.Context()))
		require.Equal(t, map[app.ChatID]int{"a": 0, "b": 0, "quiet": 0}, a.left)
		require.Equal(t, []int{30, 30}, a.days)
		require.Len(t, w.told, 4, "three of a, one of b, and nothing of what did not change")
	})
	t.Run("a failure is told, so that it is tried again", func(t *testing.T) {
		t.Parallel()
		r, _ := build(&archive{order: []app.ChatID{"a"}, left: map[app.ChatID]int{"a": 1}, fails: app.ErrUnavailable})
		require.ErrorIs(t, r.Expire(t.Context()), app.ErrUnavailable)
	})
}
