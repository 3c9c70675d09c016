package repositories_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/usage"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

func counted(at time.Time, model string, took time.Duration) usage.Count {
	c := usage.Count{ID: app.NewID[string](), Hour: usage.Hour{At: at, Model: model, Counts: usage.Counts{
		Messages: 1, Answers: 2, Failures: 3, PromptTokens: 4, CompletionTokens: 5,
	}}}
	c.FirstToken.Observe(took)
	return c
}

func TestUsage(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	r := repositories.NewUsageRepository(db)
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	var noted []usage.Count
	var want []usage.Hour
	for i := range 12 {
		c := counted(at.Add(time.Duration(i%3)*time.Hour), []string{"a", "b"}[i%2], time.Duration(i)*time.Second)
		noted, want = append(noted, c), append(want, c.Hour)
	}
	want = usage.Merge(want, usage.HourOf)
	read := func() []usage.Hour {
		list, err := r.Hours(t.Context(), at, at.Add(3*time.Hour))
		require.NoError(t, err)
		return usage.Merge(list, usage.HourOf)
	}
	t.Run("what is noted twice counts once", func(t *testing.T) {
		for range 2 {
			require.NoError(t, r.Note(t.Context(), noted[:8]))
		}
		require.NoError(t, r.Note(t.Context(), noted[4:]))
		require.Equal(t, want, read())
	})
	t.Run("rolled up by several at once, and again, it is the same", func(t *testing.T) {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				_, err := r.RollUp(t.Context())
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		require.Equal(t, want, read())
		rows, err := r.RollUp(t.Context())
		require.NoError(t, err)
		require.Zero(t, rows)
	})
	t.Run("what comes later is added to what is there", func(t *testing.T) {
		late := counted(at, "a", time.Minute)
		require.NoError(t, r.Note(t.Context(), []usage.Count{late}))
		_, err := r.RollUp(t.Context())
		require.NoError(t, err)
		require.Equal(t, usage.Merge(append(want, late.Hour), usage.HourOf), read())
	})
	t.Run("only the hours that are asked for are told", func(t *testing.T) {
		list, err := r.Hours(t.Context(), at.Add(time.Hour), at.Add(2*time.Hour))
		require.NoError(t, err)
		require.Len(t, list, 2)
	})
	t.Run("what is old is forgotten", func(t *testing.T) {
		require.NoError(t, r.Forget(t.Context(), at.Add(time.Hour)))
		require.Len(t, read(), 4)
	})
}
