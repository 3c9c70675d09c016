package auth_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
)

const fresh = "another long one"

func TestChangePassword(t *testing.T) {
	t.Parallel()
	t.Run("the new one holds, and every other session ends", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		old, _ := w.signUp(t, "ada@example.org")
		here, actor := w.logIn(t, "ada@example.org")
		require.NoError(t, w.ChangePassword(t.Context(), actor, password, fresh))
		require.True(t, w.isIn(t, here))
		require.False(t, w.isIn(t, old))
		require.Len(t, w.ended, 1)
		_, err := w.LogIn(t.Context(), stranger(), auth.Credentials{Email: "ada@example.org", Password: password})
		requireCode(t, err, app.CodeUnauthorized)
		_, err = w.LogIn(t.Context(), stranger(), auth.Credentials{Email: "ada@example.org", Password: fresh})
		require.NoError(t, err)
		require.Equal(t, 1, w.did(audit.PasswordChanged))
		require.NotContains(t, w.log.String(), fresh)
	})
	t.Run("what is wrong is told with its field", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, actor := w.signUp(t, "ada@example.org")
		requireCode(t, w.ChangePassword(t.Context(), actor, "wrong horse battery", fresh), app.CodeForbidden, "current_password")
		requireCode(t, w.ChangePassword(t.Context(), actor, password, "short"), app.CodeInvalidInput, "new_password")
		requireCode(t, w.ChangePassword(t.Context(), actor, password, "ADA@example.org"), app.CodeInvalidInput, "new_password")
		requireCode(t, w.ChangePassword(t.Context(), actor, "", fresh), app.CodeInvalidInput, "current_password")
		requireCode(t, w.ChangePassword(t.Context(), stranger(), password, fresh), app.CodeUnauthorized)
		require.Empty(t, w.ended)
	})
	t.Run("of two at the same moment one is a conflict", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, actor := w.signUp(t, "ada@example.org")
		plain := w.parts
		w.parts.Tx = before{w.store, func() {
			require.NoError(t, auth.NewService(plain, w.options).ChangePassword(context.Background(), actor, password, "the quicker one"))
		}}
		w.Service = auth.NewService(w.parts, w.options)
		requireCode(t, w.ChangePassword(t.Context(), actor, password, fresh), app.CodeConflict)
	})
	t.Run("guessing it through a stolen session is limited", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, actor := w.signUp(t, "ada@example.org")
		w.parts.Limiter = &limiter{left: map[string]int{}, most: 0}
		w.Service = auth.NewService(w.parts, w.options)
		requireCode(t, w.ChangePassword(t.Context(), actor, password, fresh), app.CodeRateLimited)
		requireCode(t, w.DeleteMe(t.Context(), actor, auth.Farewell{Password: password}), app.CodeRateLimited)
	})
}

func TestResetPassword(t *testing.T) {
	t.Parallel()
	link := func(t *testing.T, w *world, email string) string {
		t.Helper()
		token, err := w.AdminResetLink(t.Context(), auth.CommandLine(), email)
		require.NoError(t, err)
		return token
	}
	t.Run("a link gives a new password once, and ends every session", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, _ := w.signUp(t, "ada@example.org")
		token := link(t, w, "ADA@example.org")
		requireCode(t, w.ResetPassword(t.Context(), stranger(), token, "short"), app.CodeInvalidInput, "new_password")
		require.NoError(t, w.ResetPassword(t.Context(), stranger(), token, fresh))
		require.False(t, w.isIn(t, tokens))
		requireCode(t, w.ResetPassword(t.Context(), stranger(), token, fresh), app.CodeForbidden)
		_, err := w.LogIn(t.Context(), stranger(), auth.Credentials{Email: "ada@example.org", Password: fresh})
		require.NoError(t, err)
		require.Equal(t, 1, w.did(audit.PasswordReset))
		require.Equal(t, 1, w.did(audit.ResetLinkMade))
	})
	t.Run("it runs out after an hour", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.signUp(t, "ada@example.org")
		token := link(t, w, "ada@example.org")
		w.later(time.Hour)
		requireCode(t, w.ResetPassword(t.Context(), stranger(), token, fresh), app.CodeForbidden)
	})
	t.Run("a newer one, and a changed password, make it void", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, actor := w.signUp(t, "ada@example.org")
		first, second := link(t, w, "ada@example.org"), link(t, w, "ada@example.org")
		requireCode(t, w.ResetPassword(t.Context(), stranger(), first, fresh), app.CodeForbidden)
		require.NoError(t, w.ChangePassword(t.Context(), actor, password, fresh))
		requireCode(t, w.ResetPassword(t.Context(), stranger(), second, fresh), app.CodeForbidden)
	})
	t.Run("a set-up link resets nothing, and a reset link sets nothing up", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, actor := w.signUp(t, "ada@example.org")
		setup, err := w.MakeSetupLink(t.Context())
		require.NoError(t, err)
		requireCode(t, w.ResetPassword(t.Context(), stranger(), setup, fresh), app.CodeForbidden)
		_, err = w.Setup(t.Context(), actor, link(t, w, "ada@example.org"))
		requireCode(t, err, app.CodeForbidden)
	})
	t.Run("what is no token", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		requireCode(t, w.ResetPassword(t.Context(), stranger(), "", fresh), app.CodeInvalidInput, "token")
		requireCode(t, w.ResetPassword(t.Context(), stranger(), "x", fresh), app.CodeForbidden)
	})
}
