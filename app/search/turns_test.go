package search

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// slow is a repository whose searches last a second.
type slow struct{ kept }

func (s *slow) Find(ctx context.Context, _ app.UserID, _ app.ChatID, _ Query, _ app.PageRequest) (app.Page[Found], error) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
	return app.Page[Found]{}, ctx.Err()
}

func TestTurns(t *testing.T) {
	t.Parallel()
	// took is how long each of several searches took that began together.
	took := func(t *testing.T, users ...app.UserID) map[time.Duration]int {
		s := &slow{}
		service := NewService(s, s)
		begin, ends := time.Now(), make(chan time.Duration, len(users))
		for _, user := range users {
			go func() {
				_, err := service.Search(t.Context(), app.Actor{UserID: user, SessionID: "s"}, "zebra", "", app.PageRequest{Limit: 1})
				ends <- time.Since(begin)
				if err != nil {
					t.Error(err)
				}
			}()
		}
		counts := map[time.Duration]int{}
		for range users {
			counts[<-ends]++
		}
		require.Empty(t, service.turns.users, "nothing is kept of those who have gone")
		return counts
	}
	t.Run("two at once, the others wait", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			require.Equal(t, map[time.Duration]int{time.Second: 2, 2 * time.Second: 2, 3 * time.Second: 1}, took(t, "ada", "ada", "ada", "ada", "ada"))
		})
	})
	t.Run("nobody waits for somebody else", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			require.Equal(t, map[time.Duration]int{time.Second: 4, 2 * time.Second: 1}, took(t, "ada", "ada", "ada", "eve", "eve"))
		})
	})
	t.Run("who gives up says why, and leaves his place", func(t *testing.T) {
		t.Parallel()
		turns := turns{users: map[app.UserID]*turn{}}
		var done []func()
		for range atOnce {
			end, err := turns.take(t.Context(), "ada")
			require.NoError(t, err)
			done = append(done, end)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := turns.take(ended, "ada")
		require.ErrorIs(t, err, app.ErrUnavailable)
		for _, end := range done {
			end()
		}
		require.Empty(t, turns.users)
	})
}
