package auth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
)

func TestLogIn(t *testing.T) {
	t.Parallel()
	try := func(t *testing.T, w *world, email, password string) error {
		t.Helper()
		_, err := w.LogIn(t.Context(), stranger(), auth.Credentials{Email: email, Password: password})
		return err
	}
	t.Run("the address in any case and the password open a new session", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		first, _ := w.signUp(t, "ada@example.org")
		second, actor := w.logIn(t, "ADA@example.org")
		require.Equal(t, first.User, second.User)
		require.Len(t, w.store.sessions, 2)
		require.Equal(t, 2, w.did(audit.SessionStarted))
		require.Equal(t, "Firefox on Linux", w.store.sessions[actor.SessionID].Device)
		require.Equal(t, "192.0.2.7", w.store.sessions[actor.SessionID].IP)
	})
	t.Run("a wrong address and a wrong password are told alike", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.signUp(t, "ada@example.org")
		wrong, unknown := try(t, w, "ada@example.org", "wrong horse battery"), try(t, w, "eve@example.org", password)
		requireCode(t, wrong, app.CodeUnauthorized)
		require.Equal(t, wrong, unknown)
		require.NotContains(t, w.log.String(), "eve@")
	})
	t.Run("a wrong address takes as long as a wrong password", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.signUp(t, "ada@example.org")
		took := func(email string) time.Duration {
			start := time.Now()
			_ = try(t, w, email, "wrong horse battery")
			return time.Since(start)
		}
		// The quickest of several, taken in turn: what else the machine does
		// only slows down, and slows both.
		known, unknown := time.Hour, time.Hour
		for range 7 {
			known, unknown = min(known, took("ada@example.org")), min(unknown, took("eve@example.org"))
		}
		require.Greater(t, unknown, known/3, "an unknown address answers too soon")
	})
	t.Run("what cannot be right is told as such", func(t *testing.T) {
		t.Parallel()
		requireCode(t, try(t, newWorld(t), "ada", ""), app.CodeInvalidInput, "email", "password")
		requireCode(t, try(t, newWorld(t), "a\x00@b", "x"), app.CodeInvalidInput, "email")
	})
	t.Run("a disabled account is told only after the right password", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		tokens, _ := w.signUp(t, "ada@example.org")
		_, err := w.SetStatus(t.Context(), auth.CommandLine(), tokens.User.ID, app.UserDisabled)
		require.NoError(t, err)
		requireCode(t, try(t, w, "ada@example.org", "wrong horse battery"), app.CodeUnauthorized)
		requireCode(t, try(t, w, "ada@example.org", password), app.CodeForbidden)
		require.Len(t, w.store.sessions, 1)
	})
	t.Run("too many tries have to wait, whoever else signs in", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.signUp(t, "ada@example.org")
		w.signUp(t, "eve@example.org")
		limit := &limiter{left: map[string]int{}, most: 2}
		w.parts.Limiter = limit
		w.Service = auth.NewService(w.parts, w.options)
		for _, email := range []string{"ada@example.org", "ADA@example.org"} {
			requireCode(t, try(t, w, email, "wrong horse battery"), app.CodeUnauthorized)
		}
		err := try(t, w, "ada@example.org", password)
		requireCode(t, err, app.CodeRateLimited)
		require.Equal(t, time.Minute, app.AsError(err).RetryAfter)
		require.NoError(t, try(t, w, "eve@example.org", password))
		far := stranger()
		far.IP = "198.51.100.1"
		_, err = w.LogIn(t.Context(), far, auth.Credentials{Email: "ada@example.org", Password: password})
		require.NoError(t, err, "another address has tries of its own")
	})
	t.Run("one household in IPv6 is one address", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		limit := &limiter{left: map[string]int{}, most: 100}
		w.parts.Limiter = limit
		w.Service = auth.NewService(w.parts, w.options)
		for _, ip := range []string{"2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1", "::ffff:192.0.2.1", "192.0.2.1", "nonsense"} {
			actor := stranger()
			actor.IP = ip
			_, _ = w.LogIn(t.Context(), actor, auth.Credentials{Email: "a@b", Password: "x"})
		}
		require.Len(t, limit.left, 4)
	})
	t.Run("a password that changes while it is checked opens nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, actor := w.signUp(t, "ada@example.org")
		w.parts.Tx = before{w.store, func() {
			require.NoError(t, auth.NewService(replaced(w.parts, w.store), w.options).
				ChangePassword(context.Background(), actor, password, "another long one"))
		}}
		w.Service = auth.NewService(w.parts, w.options)
		requireCode(t, try(t, w, "ada@example.org", password), app.CodeUnauthorized)
		require.Len(t, w.store.sessions, 1)
	})
	t.Run("a database that is away is not a wrong password", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.store.fail = errors.New("away")
		err := try(t, w, "ada@example.org", password)
		require.Error(t, err)
		require.NotErrorIs(t, err, app.ErrUnauthorized)
	})
}

// before does something first, once, when a transaction begins.
type before struct {
	*store
	first func()
}

func (b before) InTx(ctx context.Context, work func(context.Context) error) error {
	b.first()
	return b.store.InTx(ctx, work)
}

func replaced(parts auth.Parts, tx auth.Transactor) auth.Parts {
	parts.Tx = tx
	return parts
}

type limiter struct {
	left map[string]int
	most int
}

func (l *limiter) Allow(key string) (bool, time.Duration) {
	l.left[key]++
	return l.left[key] <= l.most, time.Minute
}
