package auth_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
)

func TestMe(t *testing.T) {
	t.Parallel()
	t.Run("one reads and renames oneself", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, actor := w.signUp(t, "ada@example.org")
		me, err := w.GetMe(t.Context(), actor)
		require.NoError(t, err)
		require.Equal(t, tokens.User, me)
		name := "  Ada L. "
		me, err = w.UpdateMe(t.Context(), actor, &name)
		require.NoError(t, err)
		require.Equal(t, "Ada L.", me.Name)
		require.Equal(t, "Ada L.", w.actor(t, tokens).Name, "what was cached must be forgotten")
		same, err := w.UpdateMe(t.Context(), actor, nil)
		require.NoError(t, err)
		require.Equal(t, me, same)
		require.Equal(t, 1, w.did(audit.UserRenamed))
	})
	t.Run("a name has rules, and strangers have none", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, actor := w.signUp(t, "ada@example.org")
		bad := "\n"
		_, err := w.UpdateMe(t.Context(), actor, &bad)
		requireCode(t, err, app.CodeInvalidInput, "name")
		_, err = w.UpdateMe(t.Context(), stranger(), &bad)
		requireCode(t, err, app.CodeUnauthorized)
		_, err = w.GetMe(t.Context(), stranger())
		requireCode(t, err, app.CodeUnauthorized)
	})
}

func TestDeleteMe(t *testing.T) {
	t.Parallel()
	t.Run("address, name, password and sessions go at once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, actor := w.signUp(t, "ada@example.org")
		other, _ := w.logIn(t, "ada@example.org")
		require.NoError(t, w.DeleteMe(t.Context(), actor, auth.Farewell{Password: password, EraseMessages: true}))
		require.False(t, w.isIn(t, tokens))
		require.False(t, w.isIn(t, other))
		require.Equal(t, app.EndDisabled, w.ended[actor.SessionID])
		_, err := w.LogIn(t.Context(), stranger(), auth.Credentials{Email: "ada@example.org", Password: password})
		requireCode(t, err, app.CodeUnauthorized)
		kept := w.store.users[actor.UserID]
		require.Empty(t, kept.Email)
		require.Empty(t, kept.PasswordHash)
		require.NotEqual(t, "Ada", kept.Name)
		require.Equal(t, []auth.Deletion{{UserID: actor.UserID, EraseMessages: true}}, w.store.deletions)
		require.Equal(t, 1, w.woken)
		w.signUp(t, "ada@example.org")
	})
	t.Run("it takes the password", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, actor := w.signUp(t, "ada@example.org")
		requireCode(t, w.DeleteMe(t.Context(), actor, auth.Farewell{Password: "wrong horse battery"}), app.CodeForbidden, "password")
		requireCode(t, w.DeleteMe(t.Context(), actor, auth.Farewell{}), app.CodeInvalidInput, "password")
		requireCode(t, w.DeleteMe(t.Context(), stranger(), auth.Farewell{Password: password}), app.CodeUnauthorized)
		require.True(t, w.isIn(t, tokens))
	})
	t.Run("the last active administrator stays", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, root := w.admin(t, "root@example.org")
		requireCode(t, w.DeleteMe(t.Context(), root, auth.Farewell{Password: password}), app.CodeConflict)
		other, _ := w.signUp(t, "ada@example.org")
		_, err := w.SetRole(t.Context(), root, other.User.ID, app.RoleAdmin)
		require.NoError(t, err)
		require.NoError(t, w.DeleteMe(t.Context(), root, auth.Farewell{Password: password}))
	})
}

// leaver is the chat service's part of a deletion.
type leaver struct {
	fail  error
	left  map[app.UserID]bool
	found chan struct{}
}

func (l *leaver) LeaveAll(_ context.Context, user app.UserID, erase bool) error {
	if l.fail != nil {
		return l.fail
	}
	l.left[user] = erase
	if l.found != nil {
		l.found <- struct{}{}
	}
	return nil
}

type sweeper struct {
	over   []app.SessionID
	before time.Time
}

func (s *sweeper) EndExpired(context.Context, time.Time) ([]app.SessionID, error) {
	over := s.over
	s.over = nil
	return over, nil
}

func (s *sweeper) Purge(_ context.Context, before time.Time) error {
	s.before = before
	return nil
}

func TestJanitor(t *testing.T) {
	t.Parallel()
	setting := func(t *testing.T) (*world, *leaver, *sweeper, *auth.Janitor, app.Actor) {
		t.Helper()
		w := newWorld(t)
		_, actor := w.signUp(t, "ada@example.org")
		require.NoError(t, w.DeleteMe(t.Context(), actor, auth.Farewell{Password: password, EraseMessages: true}))
		chats, sweep := &leaver{left: map[app.UserID]bool{}}, &sweeper{}
		return w, chats, sweep, auth.NewJanitor(deletions{w.store}, chats, sweep, signals{w: w}, slog.New(slog.NewTextHandler(w, nil)), w.now), actor
	}
	t.Run("a deleted account leaves its chats, then it is gone", func(t *testing.T) {
		t.Parallel()
		w, chats, _, janitor, actor := setting(t)
		require.NoError(t, janitor.DeleteAccounts(t.Context()))
		require.Equal(t, map[app.UserID]bool{actor.UserID: true}, chats.left)
		require.NotContains(t, w.store.users, actor.UserID)
		require.Empty(t, w.store.deletions)
	})
	t.Run("what fails half-way is taken up again", func(t *testing.T) {
		t.Parallel()
		w, chats, _, janitor, actor := setting(t)
		chats.fail = errors.New("away")
		require.Error(t, janitor.DeleteAccounts(t.Context()))
		require.Contains(t, w.store.users, actor.UserID)
		chats.fail = nil
		require.NoError(t, janitor.DeleteAccounts(t.Context()))
		require.NotContains(t, w.store.users, actor.UserID)
	})
	t.Run("sessions that ran out end, and everybody hears of it", func(t *testing.T) {
		t.Parallel()
		w, _, sweep, janitor, _ := setting(t)
		sweep.over = []app.SessionID{"s1"}
		require.NoError(t, janitor.EndSessions(t.Context()))
		require.Equal(t, app.EndSignedOut, w.ended["s1"])
		require.Equal(t, w.now().UTC().Add(-24*time.Hour), sweep.before)
	})
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
