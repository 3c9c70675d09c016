package auth_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
)

func TestAdministrators(t *testing.T) {
	t.Parallel()
	t.Run("the command line makes, finds and promotes", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		made, _, err := w.CreateUser(t.Context(), auth.CommandLine(), auth.NewUser{Email: "root@example.org", Password: password, Name: "Root", Role: app.RoleAdmin})
		require.NoError(t, err)
		require.Equal(t, app.RoleAdmin, made.Role)
		_, _, err = w.CreateUser(t.Context(), auth.CommandLine(), auth.NewUser{Email: "ROOT@example.org", Password: password, Name: "Root", Role: app.RoleAdmin})
		requireCode(t, err, app.CodeConflict, "email")
		w.signUp(t, "ada@example.org")
		promoted, err := w.AdminPromote(t.Context(), auth.CommandLine(), "Ada@example.org")
		require.NoError(t, err)
		require.Equal(t, app.RoleAdmin, promoted.Role)
		require.Equal(t, 1, w.did(audit.UserCreated))
		require.Equal(t, 1, w.did(audit.UserPromoted))
	})
	t.Run("an unknown address is told in a sentence", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := w.AdminPromote(t.Context(), auth.CommandLine(), "nobody@example.org")
		requireCode(t, err, app.CodeNotFound)
		require.Contains(t, app.AsError(err).Message, "address")
		_, err = w.AdminResetLink(t.Context(), auth.CommandLine(), "nobody@example.org")
		requireCode(t, err, app.CodeNotFound)
	})
	t.Run("nobody else may do any of it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, ada := w.signUp(t, "ada@example.org")
		for _, actor := range []app.Actor{stranger(), ada} {
			_, _, err := w.CreateUser(t.Context(), actor, auth.NewUser{})
			requireCode(t, err, app.CodeForbidden)
			_, err = w.AdminPromote(t.Context(), actor, "ada@example.org")
			requireCode(t, err, app.CodeForbidden)
			_, err = w.AdminResetLink(t.Context(), actor, "ada@example.org")
			requireCode(t, err, app.CodeForbidden)
			_, err = w.SetRole(t.Context(), actor, tokens.User.ID, app.RoleAdmin)
			requireCode(t, err, app.CodeForbidden)
			_, err = w.SetStatus(t.Context(), actor, tokens.User.ID, app.UserDisabled)
			requireCode(t, err, app.CodeForbidden)
		}
	})
	t.Run("disabling ends every session at once, enabling opens the door again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, root := w.admin(t, "root@example.org")
		tokens, ada := w.signUp(t, "ada@example.org")
		user, err := w.SetStatus(t.Context(), root, ada.UserID, app.UserDisabled)
		require.NoError(t, err)
		require.Equal(t, app.UserDisabled, user.Status)
		require.False(t, w.isIn(t, tokens))
		require.Equal(t, app.EndDisabled, w.ended[ada.SessionID])
		last := w.store.events[len(w.store.events)-1]
		require.Equal(t, audit.UserDisabled, last.Action)
		require.Equal(t, "1", last.Details[audit.KeySessions])
		_, err = w.SetStatus(t.Context(), root, ada.UserID, app.UserActive)
		require.NoError(t, err)
		w.logIn(t, "ada@example.org")
		require.False(t, w.isIn(t, tokens), "old sessions stay ended")
	})
	t.Run("the last active administrator cannot be disabled or demoted", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, root := w.admin(t, "root@example.org")
		_, err := w.SetStatus(t.Context(), root, root.UserID, app.UserDisabled)
		requireCode(t, err, app.CodeConflict)
		_, err = w.SetRole(t.Context(), auth.CommandLine(), root.UserID, app.RoleUser)
		requireCode(t, err, app.CodeConflict)
		require.True(t, w.isIn(t, tokens))
		other, _ := w.signUp(t, "ada@example.org")
		_, err = w.SetRole(t.Context(), root, other.User.ID, app.RoleAdmin)
		require.NoError(t, err)
		_, err = w.SetStatus(t.Context(), root, other.User.ID, app.UserDisabled)
		require.NoError(t, err, "the second one can")
		_, err = w.SetRole(t.Context(), root, root.UserID, app.RoleUser)
		requireCode(t, err, app.CodeConflict)
		_, err = w.SetRole(t.Context(), root, other.User.ID, app.RoleUser)
		require.NoError(t, err, "a disabled one does not count")
	})
	t.Run("an unknown account is not found", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, root := w.admin(t, "root@example.org")
		_, err := w.SetRole(t.Context(), root, app.NewID[app.UserID](), app.RoleUser)
		requireCode(t, err, app.CodeNotFound)
	})
}
