package auth_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// tally is who was refused, and from where.
type tally [][2]string

func (c *tally) Refused(account app.UserID, network string) {
	*c = append(*c, [2]string{string(account), network})
}

func TestRefusedSignIns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tokens, ada := w.signUp(t, "ada@example.org")
	parts, counted := w.parts, tally{}
	parts.Refusals = &counted
	service := auth.NewService(parts, w.options)
	id := string(tokens.User.ID)
	from := func(ip string) app.Actor {
		actor := stranger()
		actor.IP = ip
		return actor
	}
	try := func(t *testing.T, actor app.Actor, email, password string) {
		t.Helper()
		counted = nil
		_, _ = service.LogIn(t.Context(), actor, auth.Credentials{Email: email, Password: password})
	}
	t.Run("a wrong password counts for the account", func(t *testing.T) {
		try(t, from("192.0.2.9"), "ada@example.org", "wrong horse battery")
		require.Equal(t, tally{{id, "192.0.2.9"}}, counted)
	})
	t.Run("an unknown address counts for nobody, and its network in IPv6", func(t *testing.T) {
		try(t, from("2001:db8:1:2:3:4:5:6"), "eve@example.org", "wrong horse battery")
		require.Equal(t, tally{{"", "2001:db8:1:2::/64"}}, counted)
	})
	t.Run("the right password counts not", func(t *testing.T) {
		try(t, from("192.0.2.9"), "ada@example.org", password)
		require.Empty(t, counted)
	})
	t.Run("what nobody typed wrong counts not", func(t *testing.T) {
		try(t, from("192.0.2.9"), "no address", password)
		require.Empty(t, counted)
		w.store.fail = errors.New("the database is away")
		try(t, from("192.0.2.9"), "ada@example.org", password)
		w.store.fail = nil
		require.Empty(t, counted)
	})
	t.Run("a wrong password of somebody who is signed in counts too", func(t *testing.T) {
		counted = nil
		_, err := service.Confirm(t.Context(), ada, "wrong horse battery")
		requireCode(t, err, app.CodeForbidden)
		require.Equal(t, tally{{id, "192.0.2.7"}}, counted)
	})
	t.Run("a disabled account counts with the right password", func(t *testing.T) {
		_, err := service.SetStatus(t.Context(), auth.CommandLine(), tokens.User.ID, app.UserDisabled)
		require.NoError(t, err)
		try(t, from("192.0.2.9"), "ada@example.org", password)
		require.Equal(t, tally{{id, "192.0.2.9"}}, counted)
	})
}
