package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	t.Run("a stranger becomes an ordinary, signed-in user", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, actor := w.signUp(t, " Ada@Example.org ")
		require.Equal(t, "Ada@Example.org", tokens.User.Email)
		require.Equal(t, app.RoleUser, tokens.User.Role)
		require.Equal(t, app.UserActive, tokens.User.Status)
		require.Equal(t, 900, tokens.ExpiresIn)
		require.Equal(t, "Bearer", tokens.TokenType)
		require.Len(t, tokens.RefreshToken, 43)
		require.Equal(t, tokens.User.ID, actor.UserID)
		require.Equal(t, 1, w.did(audit.UserRegistered))
		require.Equal(t, 1, w.did(audit.SessionStarted))
		require.Contains(t, w.log.String(), "action=user.registered")
		require.NotContains(t, w.log.String(), password)
		require.NotContains(t, w.log.String(), tokens.RefreshToken)
	})
	t.Run("a password is kept as argon2id and nothing else", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, _ := w.signUp(t, "ada@example.org")
		hash := w.store.users[tokens.User.ID].PasswordHash
		require.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$"), hash)
	})
	t.Run("an address is taken whatever its case", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.signUp(t, "ada@example.org")
		_, err := w.Register(t.Context(), stranger(), auth.Registration{Email: "ADA@example.org", Password: password, Name: "Eve"})
		requireCode(t, err, app.CodeConflict, "email")
		require.Len(t, w.store.users, 1)
		require.Len(t, w.store.sessions, 1)
	})
	t.Run("all that is wrong is told at once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := w.Register(t.Context(), stranger(), auth.Registration{Email: "x", Password: "y", Name: ""})
		requireCode(t, err, app.CodeInvalidInput, "email", "name", "password")
	})
	t.Run("closed sign-ups are told before anything else", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.signups = app.SignupsByInvitation
		_, err := w.Register(t.Context(), stranger(), auth.Registration{Email: "x"})
		requireCode(t, err, app.CodeForbidden)
		made := strings.Repeat("A", 43)
		_, err = w.Register(t.Context(), stranger(), auth.Registration{Email: "x", SetupToken: &made})
		requireCode(t, err, app.CodeForbidden)
	})
	t.Run("where sign-ups are closed an invite into a chat does not help", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.signups = app.SignupsClosed
		w.parts.Invites = noRooms{}
		w.Service = auth.NewService(w.parts, w.options)
		invite := strings.Repeat("A", 43)
		_, err := w.Register(t.Context(), stranger(), auth.Registration{Email: "ada@example.org", Password: password, Name: "Ada", Invite: &invite})
		requireCode(t, err, app.CodeForbidden)
		require.Contains(t, app.AsError(err).Message, "Ask an administrator")
	})
	t.Run("an address has to be at a domain that is allowed, but not one that an administrator chose", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.domain = "@example.org"
		_, err := w.Register(t.Context(), stranger(), auth.Registration{Email: "eve@example.com", Password: password, Name: "Eve"})
		requireCode(t, err, app.CodeInvalidInput, "email")
		w.signUp(t, "ada@example.org")
		_, admin := w.admin(t, "root@example.net")
		_, _, err = w.CreateUser(t.Context(), admin, auth.NewUser{Email: "bob@example.net", Name: "Bob"})
		require.NoError(t, err)
	})
	t.Run("a database that is away is not a wrong value", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.store.fail = app.ErrUnavailable
		_, err := w.Register(t.Context(), stranger(), auth.Registration{Email: "ada@example.org", Password: password, Name: "Ada"})
		requireCode(t, err, app.CodeUnavailable)
	})
}

func TestFirstAdministrator(t *testing.T) {
	t.Parallel()
	register := func(t *testing.T, w *world, email, token string) (auth.Tokens, error) {
		t.Helper()
		return w.Register(t.Context(), stranger(), auth.Registration{Email: email, Password: password, Name: "Root", SetupToken: &token})
	}
	link := func(t *testing.T, w *world) string {
		t.Helper()
		token, err := w.MakeSetupLink(t.Context())
		require.NoError(t, err)
		return token
	}
	t.Run("a set-up link makes a new account administrator, though sign-ups are closed", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.signups = app.SignupsByInvitation
		needed, err := w.NeedsSetup(t.Context())
		require.NoError(t, err)
		require.True(t, needed)
		got, err := register(t, w, "root@example.org", link(t, w))
		require.NoError(t, err)
		require.Equal(t, app.RoleAdmin, got.User.Role)
		require.Equal(t, app.RoleAdmin, w.actor(t, got).Role)
		needed, err = w.NeedsSetup(t.Context())
		require.NoError(t, err)
		require.False(t, needed)
		require.Equal(t, 1, w.did(audit.FirstAdminMade))
	})
	t.Run("every link that is out is good, but only one makes an administrator", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		first, second := link(t, w), link(t, w)
		_, err := register(t, w, "root@example.org", second)
		require.NoError(t, err)
		_, err = register(t, w, "other@example.org", first)
		requireCode(t, err, app.CodeConflict)
		require.Len(t, w.store.users, 1)
		_, err = w.MakeSetupLink(t.Context())
		requireCode(t, err, app.CodeConflict)
	})
	t.Run("a link runs out after 30 minutes, and makes no account then", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		token := link(t, w)
		w.later(30 * time.Minute)
		_, err := register(t, w, "root@example.org", token)
		requireCode(t, err, app.CodeForbidden)
		require.Empty(t, w.store.users)
	})
	t.Run("a taken address does not use the link up", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.signUp(t, "ada@example.org")
		token := link(t, w)
		_, err := register(t, w, "ada@example.org", token)
		requireCode(t, err, app.CodeConflict, "email")
		_, err = register(t, w, "root@example.org", token)
		require.NoError(t, err)
	})
	t.Run("an empty token is no token", func(t *testing.T) {
		t.Parallel()
		_, err := register(t, newWorld(t), "root@example.org", "")
		requireCode(t, err, app.CodeInvalidInput, "setup_token")
	})
	t.Run("a signed-in account becomes administrator at once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, actor := w.signUp(t, "ada@example.org")
		user, err := w.Setup(t.Context(), actor, link(t, w))
		require.NoError(t, err)
		require.Equal(t, app.RoleAdmin, user.Role)
		require.Equal(t, app.RoleAdmin, w.actor(t, tokens).Role, "what was cached must be forgotten")
		_, err = w.Setup(t.Context(), actor, strings.Repeat("A", 43))
		requireCode(t, err, app.CodeConflict)
	})
	t.Run("a stranger, an empty and a made-up token set nothing up", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, actor := w.signUp(t, "ada@example.org")
		_, err := w.Setup(t.Context(), stranger(), link(t, w))
		requireCode(t, err, app.CodeUnauthorized)
		_, err = w.Setup(t.Context(), actor, "")
		requireCode(t, err, app.CodeInvalidInput, "setup_token")
		for _, token := range []string{"x", strings.Repeat("A", 43)} {
			_, err = w.Setup(t.Context(), actor, token)
			requireCode(t, err, app.CodeForbidden)
		}
	})
}

func TestAdministratorOfTheConfiguration(t *testing.T) {
	t.Parallel()
	t.Run("is made while there is none, and only then", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		made, err := w.EnsureAdmin(t.Context(), "root@example.org", password)
		require.NoError(t, err)
		require.True(t, made)
		made, err = w.EnsureAdmin(t.Context(), "other@example.org", password)
		require.NoError(t, err)
		require.False(t, made)
		got, _ := w.logIn(t, "root@example.org")
		require.Equal(t, app.RoleAdmin, got.User.Role)
	})
	t.Run("an address of an ordinary account stops the start with a sentence", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.signUp(t, "ada@example.org")
		made, err := w.EnsureAdmin(t.Context(), "Ada@example.org", password)
		requireCode(t, err, app.CodeConflict)
		require.False(t, made)
		require.Contains(t, app.AsError(err).Message, "ADMIN_EMAIL")
		got, _ := w.logIn(t, "ada@example.org")
		require.Equal(t, app.RoleUser, got.User.Role)
	})
	t.Run("a weak password does, too", func(t *testing.T) {
		t.Parallel()
		_, err := newWorld(t).EnsureAdmin(t.Context(), "root@example.org", "password123")
		requireCode(t, err, app.CodeInvalidInput, "password")
	})
	t.Run("a database that is away is an error", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.store.fail = errors.New("away")
		_, err := w.EnsureAdmin(t.Context(), "root@example.org", password)
		require.Error(t, err)
	})
}
