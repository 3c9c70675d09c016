package repositories_test

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/auth"
	"github.com/quillium/quillium/repositories"
	"github.com/quillium/quillium/repositories/pgtest"
)

const password = "correct horse battery"

// deaf hears no signals, wakes nobody, and leaves sign-ups open.
type deaf struct{}

func (deaf) ChatChanged(app.Changes)                          {}
func (deaf) ChatStale(app.ChatID)                             {}
func (deaf) ChatRead(app.ChatID, app.UserID, int64)           {}
func (deaf) ChatLost(app.ChatID, app.UserID)                  {}
func (deaf) MineChanged(app.ChatID, app.UserID)               {}
func (deaf) SessionEnded(app.EndReason, ...app.SessionID)     {}
func (deaf) UserChanged(app.UserID)                           {}
func (deaf) SettingChanged(string)                            {}
func (deaf) Wake()                                            {}
func (deaf) Signups() app.Signups                             { return app.SignupsOpen }
func (deaf) Admits(string) ([]string, bool)                   { return nil, true }
func (deaf) SessionUnused() time.Duration                     { return 7 * 24 * time.Hour }
func (deaf) SessionLongest() time.Duration                    { return 90 * 24 * time.Hour }
func (deaf) LeaveAll(context.Context, app.UserID, bool) error { return nil }

// accounts is the service as the program wires it, on a real database.
func accounts(t *testing.T, db *repositories.DB) *auth.Service {
	t.Helper()
	sessions := repositories.NewSessionRepository(db)
	hasher := auth.NewHasher()
	t.Cleanup(hasher.Close)
	return auth.NewService(auth.Parts{
		Tx: db, Users: repositories.NewUserRepository(db), Sessions: sessions, Presence: sessions,
		Tokens: repositories.NewTokenRepository(db), Links: repositories.NewLinkRepository(db),
		Settings: repositories.NewUserSettingsRepository(db), Deletions: repositories.NewDeletionRepository(db),
		Audit:  audit.NewRecorder(repositories.NewAuditRepository(db), time.Now),
		Policy: deaf{}, Signals: deaf{}, Waker: deaf{}, Hasher: hasher,
		Signer: auth.NewSigner([]byte("the key that signs access tokens"), nil),
		Log:    slog.New(slog.NewTextHandler(io.Discard, nil)),
	}, auth.Options{AccessLasts: 15 * time.Minute, RefreshKey: []byte("the key of successors")})
}

func register(t *testing.T, service *auth.Service, email string) auth.Tokens {
	t.Helper()
	tokens, err := service.Register(t.Context(), app.Actor{UserAgent: "\xff\x00"}, auth.Registration{Email: email, Password: password, Name: "Ada"})
	require.NoError(t, err)
	return tokens
}

// together does something many times at once.
func together[T any](many int, do func() (T, error)) ([]T, []error) {
	results, errs := make([]T, many), make([]error, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() { results[i], errs[i] = do() })
	}
	all.Wait()
	return results, errs
}

func TestRotation(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	service := accounts(t, db)
	refresh := func(token string, byCookie bool) func() (auth.Tokens, error) {
		return func() (auth.Tokens, error) {
			return service.Refresh(context.Background(), app.Actor{}, auth.Presented{Token: token, ByCookie: byCookie})
		}
	}
	t.Run("tabs at the same moment get one successor", func(t *testing.T) {
		t.Parallel()
		token := register(t, service, "tabs@example.org").RefreshToken
		for range 5 {
			all, errs := together(6, refresh(token, true))
			for i := range all {
				require.NoError(t, errs[i])
				require.Equal(t, all[0].RefreshToken, all[i].RefreshToken)
			}
			token = all[0].RefreshToken
		}
	})
	t.Run("two programs with one token are a theft", func(t *testing.T) {
		t.Parallel()
		first := register(t, service, "theft@example.org")
		all, errs := together(6, refresh(first.RefreshToken, false))
		won := 0
		for i, err := range errs {
			if err != nil {
				require.ErrorIs(t, err, app.ErrUnauthorized)
				continue
			}
			won++
			_, err = refresh(all[i].RefreshToken, false)()
			require.ErrorIs(t, err, app.ErrUnauthorized)
		}
		require.LessOrEqual(t, won, 1)
	})
}

func TestAccountsOnADatabase(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	service := accounts(t, db)
	t.Run("of many that take one address one gets it", func(t *testing.T) {
		t.Parallel()
		_, errs := together(4, func() (auth.Tokens, error) {
			return service.Register(context.Background(), app.Actor{}, auth.Registration{Email: "race@example.org", Password: password, Name: "Ada"})
		})
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			require.ErrorIs(t, err, app.ErrConflict)
		}
		require.Equal(t, 1, won)
	})
	t.Run("of two administrators that go at once one stays", func(t *testing.T) {
		t.Parallel()
		root := auth.CommandLine()
		var actors []app.Actor
		for _, email := range []string{"one@example.org", "two@example.org"} {
			user, _, err := service.CreateUser(t.Context(), root, auth.NewUser{Email: email, Password: password, Name: "Root", Role: app.RoleAdmin})
			require.NoError(t, err)
			actors = append(actors, app.Actor{UserID: user.ID, Role: app.RoleAdmin})
		}
		next := make(chan app.Actor, 2)
		next <- actors[0]
		next <- actors[1]
		_, errs := together(2, func() (struct{}, error) {
			return struct{}{}, service.DeleteMe(context.Background(), <-next, auth.Farewell{Password: password})
		})
		if errs[0] != nil {
			errs[0], errs[1] = errs[1], errs[0]
		}
		require.NoError(t, errs[0])
		require.ErrorIs(t, errs[1], app.ErrConflict)
		needed, err := service.NeedsSetup(t.Context())
		require.NoError(t, err)
		require.False(t, needed)
	})
	t.Run("a life: in, out, in, away", func(t *testing.T) {
		t.Parallel()
		tokens := register(t, service, "life@example.org")
		require.NoError(t, service.LogOut(t.Context(), app.Actor{}, auth.Presented{Token: tokens.RefreshToken}))
		tokens, err := service.LogIn(t.Context(), app.Actor{}, auth.Credentials{Email: "LIFE@example.org", Password: password})
		require.NoError(t, err)
		actor := app.Actor{UserID: tokens.User.ID}
		page, err := service.GetSessions(t.Context(), actor, app.PageRequest{Limit: 20})
		require.NoError(t, err)
		require.Len(t, page.Data, 1)
		require.NoError(t, service.DeleteMe(t.Context(), actor, auth.Farewell{Password: password}))
		janitor := auth.NewJanitor(repositories.NewDeletionRepository(db), deaf{}, repositories.NewSweepRepository(db), deaf{},
			slog.New(slog.NewTextHandler(io.Discard, nil)), time.Now)
		require.NoError(t, janitor.DeleteAccounts(t.Context()))
		pending, err := repositories.NewDeletionRepository(db).GetPending(t.Context())
		require.NoError(t, err)
		for _, deletion := range pending {
			require.NotEqual(t, actor.UserID, deletion.UserID)
		}
		register(t, service, "life@example.org")
	})
}
