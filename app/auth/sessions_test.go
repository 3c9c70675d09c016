package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
)

func TestLogOut(t *testing.T) {
	t.Parallel()
	t.Run("a refresh token ends its session at once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, actor := w.signUp(t, "ada@example.org")
		require.NoError(t, w.LogOut(t.Context(), stranger(), auth.Presented{Token: tokens.RefreshToken}))
		require.False(t, w.isIn(t, tokens))
		require.Equal(t, app.EndSignedOut, w.ended[actor.SessionID])
		require.Equal(t, 1, w.did(audit.SessionEnded))
		require.NoError(t, w.LogOut(t.Context(), stranger(), auth.Presented{Token: tokens.RefreshToken}), "once more is no error")
		require.Equal(t, 1, w.did(audit.SessionEnded))
	})
	t.Run("without one the caller's own session ends", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, actor := w.signUp(t, "ada@example.org")
		require.NoError(t, w.LogOut(t.Context(), actor, auth.Presented{ByCookie: true}))
		require.False(t, w.isIn(t, tokens))
	})
	t.Run("strangers and unknown tokens are signed out already", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		for _, token := range []string{"", "x", strings.Repeat("A", 43)} {
			require.NoError(t, w.LogOut(t.Context(), stranger(), auth.Presented{Token: token}))
		}
		require.Empty(t, w.ended)
	})
	t.Run("a database that is away is told", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, _ := w.signUp(t, "ada@example.org")
		w.store.fail = app.ErrUnavailable
		requireCode(t, w.LogOut(t.Context(), stranger(), auth.Presented{Token: tokens.RefreshToken}), app.CodeUnavailable)
	})
}

func TestSessions(t *testing.T) {
	t.Parallel()
	t.Run("the list is paged, newest first, and marks the caller's own", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, first := w.signUp(t, "ada@example.org")
		_, second := w.logIn(t, "ada@example.org")
		_, third := w.logIn(t, "ada@example.org")
		w.signUp(t, "eve@example.org")
		page, err := w.GetSessions(t.Context(), second, app.PageRequest{Limit: 2})
		require.NoError(t, err)
		require.Equal(t, []app.SessionID{third.SessionID, second.SessionID}, []app.SessionID{page.Data[0].ID, page.Data[1].ID})
		require.Equal(t, []bool{false, true}, []bool{page.Data[0].Current, page.Data[1].Current})
		rest, err := w.GetSessions(t.Context(), second, app.PageRequest{Limit: 2, Cursor: *page.Pagination.Next})
		require.NoError(t, err)
		require.Len(t, rest.Data, 1)
		require.Equal(t, first.SessionID, rest.Data[0].ID)
		require.Nil(t, rest.Pagination.Next)
	})
	t.Run("one's own may be ended, anybody else's is not there", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, ada := w.signUp(t, "ada@example.org")
		_, eve := w.signUp(t, "eve@example.org")
		requireCode(t, w.EndSession(t.Context(), eve, ada.SessionID), app.CodeNotFound)
		require.True(t, w.isIn(t, tokens))
		require.NoError(t, w.EndSession(t.Context(), ada, ada.SessionID))
		require.False(t, w.isIn(t, tokens))
		requireCode(t, w.EndSession(t.Context(), ada, ada.SessionID), app.CodeNotFound)
	})
	t.Run("strangers have none, and a cursor is what a list gave", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, ada := w.signUp(t, "ada@example.org")
		_, err := w.GetSessions(t.Context(), stranger(), app.PageRequest{Limit: 20})
		requireCode(t, err, app.CodeUnauthorized)
		requireCode(t, w.EndSession(t.Context(), stranger(), ada.SessionID), app.CodeUnauthorized)
		_, err = w.GetSessions(t.Context(), ada, app.PageRequest{Limit: 20, Cursor: "x"})
		requireCode(t, err, app.CodeInvalidInput, "cursor")
	})
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	ask := func(t *testing.T, w *world, tokens auth.Tokens) (app.Actor, error) {
		t.Helper()
		claims, err := w.parts.Signer.Parse(tokens.AccessToken)
		require.NoError(t, err)
		return w.Authenticate(t.Context(), claims)
	}
	t.Run("one query answers for half a second", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, _ := w.signUp(t, "ada@example.org")
		before := w.store.queries
		for range 5 {
			_, err := ask(t, w, tokens)
			require.NoError(t, err)
		}
		require.Equal(t, before, w.store.queries)
		w.later(time.Second / 2)
		_, err := ask(t, w, tokens)
		require.NoError(t, err)
		require.Equal(t, before+1, w.store.queries)
	})
	t.Run("what another node ended is seen in time, and at once when it tells", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, actor := w.signUp(t, "ada@example.org")
		require.NoError(t, sessions{w.store}.End(t.Context(), actor.UserID, actor.SessionID, w.now()))
		require.True(t, w.isIn(t, tokens))
		w.ForgetSessions(actor.SessionID)
		require.False(t, w.isIn(t, tokens))
	})
	t.Run("a good signature for another user's session is not enough", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, ada := w.signUp(t, "ada@example.org")
		_, eve := w.signUp(t, "eve@example.org")
		forged, err := w.parts.Signer.Sign(eve.UserID, ada.SessionID, w.now(), time.Minute)
		require.NoError(t, err)
		require.False(t, w.isIn(t, auth.Tokens{AccessToken: forged}))
	})
	t.Run("a database that is away is unavailable, not signed out", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, actor := w.signUp(t, "ada@example.org")
		w.ForgetSessions(actor.SessionID)
		w.store.fail = app.ErrUnavailable
		_, err := ask(t, w, tokens)
		requireCode(t, err, app.CodeUnavailable)
	})
	t.Run("an answer that was on its way when the session ended is not kept", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, actor := w.signUp(t, "ada@example.org")
		w.ForgetSessions(actor.SessionID)
		slow := &slowPresence{PresenceRepository: w.parts.Presence}
		w.parts.Presence = slow
		w.Service = auth.NewService(w.parts, w.options)
		slow.then = func() { require.NoError(t, w.EndSession(context.Background(), actor, actor.SessionID)) }
		_, err := ask(t, w, tokens)
		require.NoError(t, err, "it was asked before the end")
		slow.then = nil
		require.False(t, w.isIn(t, tokens))
	})
}

// slowPresence does something between the query and its answer.
type slowPresence struct {
	auth.PresenceRepository
	then func()
}

func (s *slowPresence) GetActor(ctx context.Context, user app.UserID, session app.SessionID, now time.Time) (app.Actor, error) {
	actor, err := s.PresenceRepository.GetActor(ctx, user, session, now)
	if s.then != nil {
		s.then()
	}
	return actor, err
}

func TestUserSettings(t *testing.T) {
	t.Parallel()
	t.Run("there are defaults, and what is left out stays", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, ada := w.signUp(t, "ada@example.org")
		got, err := w.GetUserSettings(t.Context(), ada)
		require.NoError(t, err)
		require.Equal(t, app.UserSettings{Theme: "system", Language: "en", NotificationsEnabled: true}, got)
		dark, no := "dark", false
		_, err = w.PutUserSettings(t.Context(), ada, auth.SettingsChange{Theme: &dark, NotificationsEnabled: &no})
		require.NoError(t, err)
		language, model := "de-AT", "guide"
		got, err = w.PutUserSettings(t.Context(), ada, auth.SettingsChange{Language: &language, DefaultModel: &model})
		require.NoError(t, err)
		require.Equal(t, app.UserSettings{Theme: "dark", Language: "de-AT", DefaultModel: "guide"}, got)
		again, err := w.GetUserSettings(t.Context(), ada)
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
	t.Run("all that is wrong is told, and nothing is stored", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, ada := w.signUp(t, "ada@example.org")
		bad := "A B"
		_, err := w.PutUserSettings(t.Context(), ada, auth.SettingsChange{Theme: &bad, Language: &bad, DefaultModel: &bad})
		requireCode(t, err, app.CodeInvalidInput, "theme", "language", "default_model")
		require.Empty(t, w.store.settings)
	})
	t.Run("strangers have none", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := w.GetUserSettings(t.Context(), stranger())
		requireCode(t, err, app.CodeUnauthorized)
		_, err = w.PutUserSettings(t.Context(), stranger(), auth.SettingsChange{})
		requireCode(t, err, app.CodeUnauthorized)
	})
	t.Run("a database that is away is told", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, ada := w.signUp(t, "ada@example.org")
		w.store.fail = errors.New("away")
		_, err := w.PutUserSettings(t.Context(), ada, auth.SettingsChange{})
		require.Error(t, err)
	})
}
