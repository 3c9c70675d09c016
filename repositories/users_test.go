package repositories_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/app/rule"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

// moment is the present as PostgreSQL keeps it.
func moment() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// signUp stores an account.
func signUp(t *testing.T, db *repositories.DB, email string) auth.Account {
	t.Helper()
	account := auth.Account{
		User: app.User{
			ID: app.NewID[app.UserID](), Email: email, Name: "Ada", Role: app.RoleUser, Status: app.UserActive, CreatedAt: moment(),
		},
		EmailKey: rule.EmailKey(email), PasswordHash: "a hash",
	}
	require.NoError(t, repositories.NewUserRepository(db).Create(t.Context(), account))
	return account
}

func TestUsers(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	users := repositories.NewUserRepository(db)
	t.Run("an account comes back as it was stored, by id and by address", func(t *testing.T) {
		t.Parallel()
		ada := signUp(t, db, "Ada@Example.org")
		got, err := users.GetByID(t.Context(), ada.ID)
		require.NoError(t, err)
		require.Equal(t, ada, got)
		got, err = users.GetByEmail(t.Context(), "ada@example.org")
		require.NoError(t, err)
		require.Equal(t, ada, got)
	})
	t.Run("an address is one account's", func(t *testing.T) {
		t.Parallel()
		eve := signUp(t, db, "eve@example.org")
		eve.ID = app.NewID[app.UserID]()
		require.ErrorIs(t, users.Create(t.Context(), eve), app.ErrConflict)
	})
	t.Run("who is unknown is not found", func(t *testing.T) {
		t.Parallel()
		_, err := users.GetByID(t.Context(), app.NewID[app.UserID]())
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = users.GetByEmail(t.Context(), "nobody@example.org")
		require.ErrorIs(t, err, app.ErrNotFound)
		require.ErrorIs(t, users.Update(t.Context(), auth.Account{User: app.User{ID: app.NewID[app.UserID](), Role: app.RoleUser, Status: app.UserActive}}), app.ErrNotFound)
	})
	t.Run("a change is all of it", func(t *testing.T) {
		t.Parallel()
		bob := signUp(t, db, "bob@example.org")
		bob.Email, bob.EmailKey, bob.Name, bob.PasswordHash = "Rob@x", "rob@x", "Rob", "another"
		bob.Role, bob.Status = app.RoleAdmin, app.UserDisabled
		require.NoError(t, users.Update(t.Context(), bob))
		got, err := users.GetByID(t.Context(), bob.ID)
		require.NoError(t, err)
		require.Equal(t, bob, got)
	})
	t.Run("a role that there is not is refused", func(t *testing.T) {
		t.Parallel()
		cat := signUp(t, db, "cat@example.org")
		cat.Role = "queen"
		require.ErrorIs(t, users.Update(t.Context(), cat), app.ErrInvalidInput)
	})
	t.Run("an account that is being deleted is not there any more", func(t *testing.T) {
		t.Parallel()
		dan := signUp(t, db, "dan@example.org")
		require.NoError(t, repositories.NewDeletionRepository(db).Create(t.Context(), auth.Deletion{UserID: dan.ID}))
		_, err := users.GetByID(t.Context(), dan.ID)
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = users.Lock(t.Context(), dan.ID)
		require.ErrorIs(t, err, app.ErrNotFound)
		_, err = users.GetByEmail(t.Context(), dan.EmailKey)
		require.ErrorIs(t, err, app.ErrNotFound)
	})
	t.Run("a locked account waits for nobody to change it", func(t *testing.T) {
		t.Parallel()
		finn := signUp(t, db, "finn@example.org")
		locked, done := make(chan struct{}), make(chan error)
		go func() {
			done <- db.InTx(context.Background(), func(ctx context.Context) error {
				held, err := users.Lock(ctx, finn.ID)
				close(locked)
				if err != nil {
					return err
				}
				held.Name = "first"
				return users.Update(ctx, held)
			})
		}()
		<-locked
		require.NoError(t, db.InTx(t.Context(), func(ctx context.Context) error {
			held, err := users.Lock(ctx, finn.ID)
			require.Equal(t, "first", held.Name)
			return err
		}))
		require.NoError(t, <-done)
	})
}

func TestAdmins(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	users := repositories.NewUserRepository(db)
	count := func() int {
		var n int
		require.NoError(t, db.InTx(t.Context(), func(ctx context.Context) error {
			var err error
			n, err = users.LockAdmins(ctx)
			return err
		}))
		return n
	}
	ada, eve := signUp(t, db, "ada@example.org"), signUp(t, db, "eve@example.org")
	require.Zero(t, count())
	ada.Role = app.RoleAdmin
	require.NoError(t, users.Update(t.Context(), ada))
	require.Equal(t, 1, count())
	eve.Role, eve.Status = app.RoleAdmin, app.UserDisabled
	require.NoError(t, users.Update(t.Context(), eve))
	require.Equal(t, 1, count(), "a disabled one does not count")
}

// Of many that want to be the first administrator at once, one is.
func TestOneFirstAdministrator(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	users := repositories.NewUserRepository(db)
	taken := errors.New("there is one")
	var all sync.WaitGroup
	results := make(chan error, 10)
	for _, email := range []string{"a@x", "b@x", "c@x", "d@x", "e@x", "f@x", "g@x", "h@x", "i@x", "j@x"} {
		account := signUp(t, db, email)
		account.Role = app.RoleAdmin
		all.Go(func() {
			results <- db.InTx(context.Background(), func(ctx context.Context) error {
				if n, err := users.LockAdmins(ctx); err != nil || n > 0 {
					return errors.Join(err, taken)
				}
				return users.Update(ctx, account)
			})
		})
	}
	all.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, taken)
	}
	require.Equal(t, 1, won)
}
