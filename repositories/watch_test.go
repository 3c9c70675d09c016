package repositories_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/repositories"
)

func TestWhichSessionsAreOver(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, disabled := w.user("Ada"), w.user("Bob")
	w.do(`update users set status = 'disabled' where id = $1`, disabled)
	session := func(user app.UserID, expires, ended string) app.SessionID {
		id := app.NewID[app.SessionID]()
		w.do(`insert into sessions (id, user_id, expires_at, ended_at) values ($1, $2, now() + $3::interval, now() + $4::interval)`, id, user, expires, nilIfEmpty(ended))
		return id
	}
	lives, expired, ended := session(user, "1 hour", ""), session(user, "-1 second", ""), session(user, "1 hour", "0")
	of, unknown := session(disabled, "1 hour", ""), app.NewID[app.SessionID]()
	over, err := repositories.NewSessionRepository(w.db).Over(t.Context(), []app.SessionID{lives, expired, ended, of, unknown})
	require.NoError(t, err)
	require.Equal(t, map[app.SessionID]app.EndReason{
		expired: app.EndSignedOut, ended: app.EndSignedOut, of: app.EndDisabled, unknown: app.EndDisabled,
	}, over, "one whose account is gone is over like one of a disabled account")
}

func nilIfEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
