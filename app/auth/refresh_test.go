package auth_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
)

func (w *world) refresh(t *testing.T, token string, byCookie bool) (auth.Tokens, error) {
	t.Helper()
	return w.Refresh(t.Context(), stranger(), auth.Presented{Token: token, ByCookie: byCookie})
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	t.Run("a token is good for one use and gives the next", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		first, _ := w.signUp(t, "ada@example.org")
		second, err := w.refresh(t, first.RefreshToken, false)
		require.NoError(t, err)
		require.NotEqual(t, first.RefreshToken, second.RefreshToken)
		require.True(t, w.isIn(t, second))
		third, err := w.refresh(t, second.RefreshToken, false)
		require.NoError(t, err)
		require.NotEqual(t, second.RefreshToken, third.RefreshToken)
	})
	t.Run("a second use ends the session, everywhere", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		first, actor := w.signUp(t, "ada@example.org")
		other, _ := w.logIn(t, "ada@example.org")
		second, err := w.refresh(t, first.RefreshToken, false)
		require.NoError(t, err)
		_, err = w.refresh(t, first.RefreshToken, false)
		requireCode(t, err, app.CodeUnauthorized)
		_, err = w.refresh(t, second.RefreshToken, false)
		requireCode(t, err, app.CodeUnauthorized)
		require.False(t, w.isIn(t, second))
		require.Equal(t, map[app.SessionID]app.EndReason{actor.SessionID: app.EndSignedOut}, w.ended)
		require.Equal(t, 1, w.did(audit.SessionTokenReused))
		require.True(t, w.isIn(t, other), "other sessions go on")
	})
	t.Run("by cookie the one before the newest gets the same successor, for 20 s", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		first, _ := w.signUp(t, "ada@example.org")
		second, err := w.refresh(t, first.RefreshToken, true)
		require.NoError(t, err)
		for range 3 {
			w.later(6 * time.Second)
			again, err := w.refresh(t, first.RefreshToken, true)
			require.NoError(t, err)
			require.Equal(t, second.RefreshToken, again.RefreshToken)
			require.True(t, w.isIn(t, again))
		}
		require.Len(t, w.store.tokens, 2, "nothing rotates")
		w.later(2*time.Second + time.Microsecond)
		_, err = w.refresh(t, first.RefreshToken, true)
		requireCode(t, err, app.CodeUnauthorized)
		require.False(t, w.isIn(t, second))
	})
	t.Run("there is no grace once the successor was used", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		first, _ := w.signUp(t, "ada@example.org")
		second, err := w.refresh(t, first.RefreshToken, true)
		require.NoError(t, err)
		third, err := w.refresh(t, second.RefreshToken, true)
		require.NoError(t, err)
		_, err = w.refresh(t, first.RefreshToken, true)
		requireCode(t, err, app.CodeUnauthorized)
		require.False(t, w.isIn(t, third))
	})
	t.Run("the grace outlives a change of the key", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		first, _ := w.signUp(t, "ada@example.org")
		second, err := w.refresh(t, first.RefreshToken, true)
		require.NoError(t, err)
		w.options.RefreshKey, w.options.RefreshKeyPrevious = []byte("another key"), w.options.RefreshKey
		w.Service = auth.NewService(w.parts, w.options)
		again, err := w.refresh(t, first.RefreshToken, true)
		require.NoError(t, err)
		require.Equal(t, second.RefreshToken, again.RefreshToken)
	})
	t.Run("unused a session ends after 7 days", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, _ := w.signUp(t, "ada@example.org")
		w.later(7*24*time.Hour - time.Second)
		tokens, err := w.refresh(t, tokens.RefreshToken, false)
		require.NoError(t, err)
		w.later(7 * 24 * time.Hour)
		_, err = w.refresh(t, tokens.RefreshToken, false)
		requireCode(t, err, app.CodeUnauthorized)
	})
	t.Run("used, it ends after 90 days", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, _ := w.signUp(t, "ada@example.org")
		for day := 6; day < 90; day += 6 {
			w.later(6 * 24 * time.Hour)
			var err error
			tokens, err = w.refresh(t, tokens.RefreshToken, false)
			require.NoError(t, err, "day %d", day)
		}
		w.later(6 * 24 * time.Hour)
		_, err := w.refresh(t, tokens.RefreshToken, false)
		requireCode(t, err, app.CodeUnauthorized)
	})
	t.Run("where sessions are made shorter, those that are open end sooner too", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, _ := w.signUp(t, "ada@example.org")
		w.later(3 * 24 * time.Hour)
		w.idle = 2 * 24 * time.Hour
		_, err := w.refresh(t, tokens.RefreshToken, false)
		requireCode(t, err, app.CodeUnauthorized)
		w.idle, w.longest = 30*24*time.Hour, 2*24*time.Hour
		_, err = w.refresh(t, tokens.RefreshToken, false)
		requireCode(t, err, app.CodeUnauthorized)
		w.longest = 90 * 24 * time.Hour
		_, err = w.refresh(t, tokens.RefreshToken, false)
		require.NoError(t, err)
	})
	t.Run("a disabled account refreshes nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, _ := w.signUp(t, "ada@example.org")
		account := w.store.users[tokens.User.ID]
		account.Status = app.UserDisabled
		w.store.users[tokens.User.ID] = account
		_, err := w.refresh(t, tokens.RefreshToken, false)
		requireCode(t, err, app.CodeUnauthorized)
	})
	t.Run("what is no token opens nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		for _, token := range []string{"x", strings.Repeat("A", 43), strings.Repeat("A", 200)} {
			_, err := w.refresh(t, token, false)
			requireCode(t, err, app.CodeUnauthorized)
		}
		_, err := w.refresh(t, "", true)
		requireCode(t, err, app.CodeUnauthorized)
		for _, token := range []string{"", strings.Repeat("A", 201)} {
			_, err = w.refresh(t, token, false)
			requireCode(t, err, app.CodeInvalidInput, "refresh_token")
		}
	})
	t.Run("the token itself is stored nowhere", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, _ := w.signUp(t, "ada@example.org")
		hash := sha256.Sum256([]byte(tokens.RefreshToken))
		require.Len(t, w.store.tokens, 1)
		require.Contains(t, w.store.tokens, string(hash[:]))
	})
	t.Run("a database that is away does not sign anybody out", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, _ := w.signUp(t, "ada@example.org")
		w.store.fail = errors.New("away")
		_, err := w.refresh(t, tokens.RefreshToken, false)
		require.NotErrorIs(t, err, app.ErrUnauthorized)
		w.store.fail = nil
		_, err = w.refresh(t, tokens.RefreshToken, false)
		require.NoError(t, err)
	})
}
