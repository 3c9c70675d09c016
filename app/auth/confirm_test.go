package auth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

func TestConfirm(t *testing.T) {
	t.Parallel()
	t.Run("signing in counts for 15 minutes, and so does proving the password once more", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, actor := w.signUp(t, "ada@example.org")
		require.NoError(t, actor.Confirmed(w.now()))
		w.later(app.ConfirmLasts)
		require.Same(t, app.ErrConfirm, actor.Confirmed(w.now()))
		confirmed, err := w.Confirm(t.Context(), actor, password)
		require.NoError(t, err)
		require.NoError(t, confirmed.Confirmed(w.now()))
		w.later(time.Minute)
		require.NoError(t, w.actor(t, tokens).Confirmed(w.now()), "his next request knows it")
		require.NotContains(t, w.log.String(), password)
	})
	t.Run("a wrong password proves nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, actor := w.signUp(t, "ada@example.org")
		w.later(app.ConfirmLasts)
		got, err := w.Confirm(t.Context(), actor, "wrong horse battery")
		requireCode(t, err, app.CodeForbidden, "password")
		require.Same(t, app.ErrConfirm, got.Confirmed(w.now()))
		_, err = w.Confirm(t.Context(), actor, "")
		requireCode(t, err, app.CodeInvalidInput, "password")
	})
	t.Run("nor does who is signed out", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, actor := w.signUp(t, "ada@example.org")
		require.NoError(t, w.EndSession(t.Context(), actor, actor.SessionID))
		_, err := w.Confirm(t.Context(), actor, password)
		requireCode(t, err, app.CodeUnauthorized)
		_, err = w.Confirm(t.Context(), app.Actor{}, password)
		requireCode(t, err, app.CodeUnauthorized)
	})
	t.Run("the command line has nobody to ask", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, auth.CommandLine().Confirmed(time.Now()))
	})
}
