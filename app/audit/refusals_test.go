package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// slate is where refusals are written down; err keeps it from it.
type slate struct {
	list []Refusal
	err  error
}

func (s *slate) CountUp(_ context.Context, list []Refusal) error {
	if s.err == nil {
		s.list = append(s.list, list...)
	}
	return s.err
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	minute := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	now := minute.Add(20 * time.Second)
	counting := func() (*Refusals, *slate) {
		s := &slate{}
		return NewRefusals(s, slog.New(slog.DiscardHandler), func() time.Time { return now }), s
	}
	t.Run("one minute, account and address is one row", func(t *testing.T) {
		t.Parallel()
		r, s := counting()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { r.Refused("ada", "192.0.2.1") })
		}
		all.Wait()
		r.Refused("", "192.0.2.1")
		r.Refused("ada", "192.0.2.2")
		require.NoError(t, r.Flush(t.Context()))
		require.Equal(t, []Refusal{{minute, "", "192.0.2.1", 1}, {minute, "ada", "192.0.2.1", 20}, {minute, "ada", "192.0.2.2", 1}}, s.list)
		require.NoError(t, r.Flush(t.Context()))
		require.Len(t, s.list, 3, "nothing is written twice")
	})
	t.Run("what cannot be written is kept", func(t *testing.T) {
		t.Parallel()
		r, s := counting()
		s.err = errors.New("away")
		r.Refused("ada", "192.0.2.1")
		require.Error(t, r.Flush(t.Context()))
		r.Refused("ada", "192.0.2.1")
		s.err = nil
		require.NoError(t, r.Flush(t.Context()))
		require.Equal(t, []Refusal{{minute, "ada", "192.0.2.1", 2}}, s.list)
	})
	t.Run("strangers cannot make it grow without end", func(t *testing.T) {
		t.Parallel()
		r, s := counting()
		for i := range 3 * mostCounted {
			r.Refused(app.UserID(fmt.Sprint(i)), "192.0.2.1")
		}
		require.NoError(t, r.Flush(t.Context()))
		require.Len(t, s.list, mostCounted+1)
		require.Equal(t, Refusal{minute, "", "", 2 * mostCounted}, s.list[0])
	})
}
