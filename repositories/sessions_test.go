package repositories_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

// begin stores a session that lives for an hour.
func begin(t *testing.T, db *repositories.DB, account auth.Account) auth.Session {
	t.Helper()
	now := moment()
	session := auth.Session{
		ID: app.NewID[app.SessionID](), User: account.User, Device: "Firefox on Linux", IP: "192.0.2.1",
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour),
	}
	require.NoError(t, repositories.NewSessionRepository(db).Create(t.Context(), session))
	return session
}

func TestSessions(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	sessions := repositories.NewSessionRepository(db)
	t.Run("a session comes back as it was stored, with its user", func(t *testing.T) {
		t.Parallel()
		session := begin(t, db, signUp(t, db, "a@x"))
		got, err := sessions.Lock(t.Context(), session.ID)
		require.NoError(t, err)
		require.Equal(t, session, got)
		_, err = sessions.Lock(t.Context(), app.NewID[app.SessionID]())
		require.ErrorIs(t, err, app.ErrNotFound)
	})
	t.Run("a use changes device, address and times", func(t *testing.T) {
		t.Parallel()
		session := begin(t, db, signUp(t, db, "b@x"))
		session.Device, session.IP = "curl", "2001:db8::1"
		session.SeenAt, session.ExpiresAt = moment().Add(time.Minute), moment().Add(2*time.Hour)
		session.ConfirmedAt = &session.SeenAt
		require.NoError(t, sessions.Touch(t.Context(), session))
		got, err := sessions.Lock(t.Context(), session.ID)
		require.NoError(t, err)
		require.Equal(t, session, got)
		session.ID = app.NewID[app.SessionID]()
		require.ErrorIs(t, sessions.Touch(t.Context(), session), app.ErrNotFound)
	})
	t.Run("the list has the living ones of one user, newest first, in pages", func(t *testing.T) {
		t.Parallel()
		ada := signUp(t, db, "c@x")
		first, second, third := begin(t, db, ada), begin(t, db, ada), begin(t, db, ada)
		over := begin(t, db, ada)
		require.NoError(t, sessions.End(t.Context(), ada.ID, over.ID, moment()))
		begin(t, db, signUp(t, db, "d@x"))
		page, err := sessions.GetByUserID(t.Context(), ada.ID, "", 2, moment())
		require.NoError(t, err)
		require.Equal(t, []auth.Session{third, second}, page)
		page, err = sessions.GetByUserID(t.Context(), ada.ID, second.ID, 2, moment())
		require.NoError(t, err)
		require.Equal(t, []auth.Session{first}, page)
		page, err = sessions.GetByUserID(t.Context(), ada.ID, "", 9, moment().Add(time.Hour))
		require.NoError(t, err)
		require.Empty(t, page, "they have run out")
	})
	t.Run("an actor is a living session of an active user", func(t *testing.T) {
		t.Parallel()
		ada, eve := signUp(t, db, "e@x"), signUp(t, db, "f@x")
		session := begin(t, db, ada)
		actor, err := sessions.GetActor(t.Context(), ada.ID, session.ID, moment())
		require.NoError(t, err)
		require.Equal(t, app.Actor{UserID: ada.ID, SessionID: session.ID, Name: "Ada", Role: app.RoleUser, ConfirmedAt: time.Unix(0, 0).UTC()}, actor)
		refused := func(user app.UserID, now time.Time) {
			t.Helper()
			_, err := sessions.GetActor(t.Context(), user, session.ID, now)
			require.ErrorIs(t, err, app.ErrNotFound)
		}
		refused(eve.ID, moment())
		refused(ada.ID, session.ExpiresAt)
		ada.Status = app.UserDisabled
		require.NoError(t, repositories.NewUserRepository(db).Update(t.Context(), ada))
		refused(ada.ID, moment())
	})
	t.Run("a session ends once, by its own user", func(t *testing.T) {
		t.Parallel()
		ada, eve := signUp(t, db, "g@x"), signUp(t, db, "h@x")
		session := begin(t, db, ada)
		require.ErrorIs(t, sessions.End(t.Context(), eve.ID, session.ID, moment()), app.ErrNotFound)
		require.NoError(t, sessions.End(t.Context(), ada.ID, session.ID, moment()))
		require.ErrorIs(t, sessions.End(t.Context(), ada.ID, session.ID, moment()), app.ErrNotFound)
		_, err := sessions.GetActor(t.Context(), ada.ID, session.ID, moment())
		require.ErrorIs(t, err, app.ErrNotFound)
	})
	t.Run("all but one may end at once", func(t *testing.T) {
		t.Parallel()
		ada := signUp(t, db, "i@x")
		first, second, kept := begin(t, db, ada), begin(t, db, ada), begin(t, db, ada)
		other := begin(t, db, signUp(t, db, "j@x"))
		over, err := sessions.EndByUserID(t.Context(), ada.ID, kept.ID, moment())
		require.NoError(t, err)
		require.ElementsMatch(t, []app.SessionID{first.ID, second.ID}, over)
		over, err = sessions.EndByUserID(t.Context(), ada.ID, "", moment())
		require.NoError(t, err)
		require.Equal(t, []app.SessionID{kept.ID}, over)
		_, err = sessions.GetActor(t.Context(), other.User.ID, other.ID, moment())
		require.NoError(t, err)
	})
}

func TestRefreshTokens(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	tokens := repositories.NewTokenRepository(db)
	session := begin(t, db, signUp(t, db, "a@x"))
	token := auth.RefreshToken{Hash: []byte("h1"), SessionID: session.ID, IssuedAt: moment()}
	require.NoError(t, tokens.Create(t.Context(), token))
	require.ErrorIs(t, tokens.Create(t.Context(), token), app.ErrConflict)
	got, err := tokens.GetByHash(t.Context(), token.Hash)
	require.NoError(t, err)
	require.Equal(t, token, got)
	used := moment()
	require.NoError(t, tokens.MarkUsed(t.Context(), token.Hash, used))
	require.ErrorIs(t, tokens.MarkUsed(t.Context(), token.Hash, used), app.ErrNotFound, "only once")
	got, err = tokens.GetByHash(t.Context(), token.Hash)
	require.NoError(t, err)
	require.Equal(t, used, *got.UsedAt)
	_, err = tokens.GetByHash(t.Context(), []byte("h2"))
	require.ErrorIs(t, err, app.ErrNotFound)
}

func TestLinks(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	links := repositories.NewLinkRepository(db)
	ada := signUp(t, db, "a@x")
	setup := auth.Link{Hash: []byte("s"), Purpose: auth.PurposeSetup, ExpiresAt: moment().Add(time.Hour)}
	reset := auth.Link{Hash: []byte("r"), Purpose: auth.PurposeReset, UserID: ada.ID, ExpiresAt: moment().Add(time.Hour)}
	require.NoError(t, links.Create(t.Context(), setup))
	require.NoError(t, links.Create(t.Context(), reset))
	got, err := links.GetByHash(t.Context(), auth.PurposeSetup, setup.Hash, moment())
	require.NoError(t, err)
	require.Equal(t, setup, got)
	_, err = links.GetByHash(t.Context(), auth.PurposeReset, setup.Hash, moment())
	require.ErrorIs(t, err, app.ErrNotFound, "for another purpose")
	_, err = links.Take(t.Context(), auth.PurposeReset, reset.Hash, reset.ExpiresAt)
	require.ErrorIs(t, err, app.ErrNotFound, "it ran out")
	require.NoError(t, links.DeleteByUserID(t.Context(), ada.ID))
	_, err = links.Take(t.Context(), auth.PurposeReset, reset.Hash, moment())
	require.ErrorIs(t, err, app.ErrNotFound, "it was deleted")

	var all sync.WaitGroup
	taken := make(chan auth.Link, 8)
	for range 8 {
		all.Go(func() {
			if link, err := links.Take(context.Background(), auth.PurposeSetup, setup.Hash, moment()); err == nil {
				taken <- link
			}
		})
	}
	all.Wait()
	require.Len(t, taken, 1, "of many at once one gets it")
	require.Equal(t, setup, <-taken)
}

func TestUserSettings(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	settings := repositories.NewUserSettingsRepository(db)
	ada := signUp(t, db, "a@x")
	_, err := settings.GetByUserID(t.Context(), ada.ID)
	require.ErrorIs(t, err, app.ErrNotFound)
	for _, chosen := range []app.UserSettings{
		{Theme: "dark", Language: "de-AT", NotificationsEnabled: true, DefaultModel: "guide"}, {Theme: "light", Language: "en"},
	} {
		require.NoError(t, settings.Put(t.Context(), ada.ID, chosen))
		got, err := settings.GetByUserID(t.Context(), ada.ID)
		require.NoError(t, err)
		require.Equal(t, chosen, got)
	}
	require.ErrorIs(t, settings.Put(t.Context(), app.NewID[app.UserID](), app.UserSettings{}), app.ErrNotFound)
}

func TestDeletions(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	deletions := repositories.NewDeletionRepository(db)
	ada, eve := signUp(t, db, "a@x"), signUp(t, db, "b@x")
	session := begin(t, db, ada)
	require.NoError(t, deletions.Create(t.Context(), auth.Deletion{UserID: ada.ID, EraseMessages: true}))
	pending, err := deletions.GetPending(t.Context())
	require.NoError(t, err)
	require.Equal(t, []auth.Deletion{{UserID: ada.ID, EraseMessages: true}}, pending)
	require.NoError(t, deletions.Finish(t.Context(), eve.ID))
	_, err = repositories.NewUserRepository(db).GetByID(t.Context(), eve.ID)
	require.NoError(t, err, "who is not being deleted stays")
	for range 2 {
		require.NoError(t, deletions.Finish(t.Context(), ada.ID))
	}
	pending, err = deletions.GetPending(t.Context())
	require.NoError(t, err)
	require.Empty(t, pending)
	_, err = repositories.NewSessionRepository(db).Lock(t.Context(), session.ID)
	require.ErrorIs(t, err, app.ErrNotFound, "all that hangs on the account goes with it")
}

func TestSweep(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	sweep, sessions, links := repositories.NewSweepRepository(db), repositories.NewSessionRepository(db), repositories.NewLinkRepository(db)
	ada := signUp(t, db, "a@x")
	session := begin(t, db, ada)
	link := auth.Link{Hash: []byte("s"), Purpose: auth.PurposeSetup, ExpiresAt: session.ExpiresAt}
	require.NoError(t, links.Create(t.Context(), link))
	over, err := sweep.EndExpired(t.Context(), session.ExpiresAt.Add(-time.Second))
	require.NoError(t, err)
	require.Empty(t, over)
	over, err = sweep.EndExpired(t.Context(), session.ExpiresAt)
	require.NoError(t, err)
	require.Equal(t, []app.SessionID{session.ID}, over)
	require.NoError(t, sweep.Purge(t.Context(), session.ExpiresAt))
	_, err = sessions.Lock(t.Context(), session.ID)
	require.NoError(t, err, "not before its time")
	require.NoError(t, sweep.Purge(t.Context(), session.ExpiresAt.Add(time.Second)))
	_, err = sessions.Lock(t.Context(), session.ID)
	require.ErrorIs(t, err, app.ErrNotFound)
	_, err = links.GetByHash(t.Context(), link.Purpose, link.Hash, moment())
	require.ErrorIs(t, err, app.ErrNotFound)
}
