package repositories_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/repositories"
)

// cable is a connection to the database that can be cut.
type cable struct {
	listener net.Listener
	mu       sync.Mutex
	open     []net.Conn
}

func newCable(t *testing.T, config *pgconn.Config) *cable {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &cable{listener: listener}
	network, address := pgconn.NetworkAddress(config.Host, config.Port)
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial(network, address)
			if err != nil {
				_ = near.Close()
				continue
			}
			c.mu.Lock()
			c.open = append(c.open, near, far)
			c.mu.Unlock()
			for from, to := range map[net.Conn]net.Conn{near: far, far: near} {
				wait.Go(func() {
					_, _ = io.Copy(to, from)
					_ = to.Close()
				})
			}
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		c.cut()
		wait.Wait()
	})
	return c
}

func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.open {
		_ = conn.Close()
	}
	c.open = nil
}

func TestLostConnection(t *testing.T) {
	t.Parallel()
	for name, work := range map[string]func(db *repositories.DB, user app.UserID, id app.ChatID) error{
		"in the middle of a transaction": func(db *repositories.DB, _ app.UserID, id app.ChatID) error {
			_, err := repositories.NewChatRepository(db).Update(t.Context(), id, chat.Settings{Title: ptr("x")})
			return err
		},
		"in the middle of a group of posts": func(db *repositories.DB, user app.UserID, id app.ChatID) error {
			_, err := repositories.NewMessageRepository(db).Create(t.Context(), app.Owner{Node: app.NewID[app.NodeID]()}, []chat.Posting{question(id, user, "x")})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newRooms(t)
			user, id := w.pair()
			config := w.db.ConnConfig()
			c := newCable(t, &config.Config)
			address := url.URL{
				Scheme: "postgres", User: url.UserPassword(config.User, config.Password), Host: c.listener.Addr().String(),
				Path: config.Database, RawQuery: "sslmode=disable",
			}
			db, err := repositories.Open(t.Context(), address.String(), 2)
			require.NoError(t, err)
			t.Cleanup(db.Close)
			tx, err := w.raw.Begin(t.Context())
			require.NoError(t, err)
			_, err = tx.Exec(t.Context(), `select from chats where id = $1 for update`, id)
			require.NoError(t, err)
			failed := make(chan error, 1)
			go func() { failed <- work(db, user, id) }()
			w.requireWaiting()
			c.cut()
			require.ErrorIs(t, <-failed, app.ErrUnavailable)
			require.NoError(t, tx.Rollback(t.Context()))
			require.Eventually(t, func() bool { return db.Ping(t.Context()) == nil }, 10*time.Second, time.Millisecond, "and it works again")
			require.NoError(t, c.listener.Close())
			c.cut()
			require.ErrorIs(t, db.Ping(t.Context()), app.ErrUnavailable, "with nobody there too")
		})
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	_, err := repositories.Open(t.Context(), "postgres://%zz", 1)
	require.ErrorContains(t, err, "the address cannot be read")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	_, err = repositories.Open(t.Context(), "postgres://someone:hidden@"+listener.Addr().String()+"/x?sslmode=disable", 1)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hidden")
}

func TestInTx(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	rename := func(t *testing.T, then error) error {
		return w.db.InTx(t.Context(), func(ctx context.Context) error {
			_, err := w.chats.Update(ctx, id, chat.Settings{Title: ptr("x")})
			require.NoError(t, err)
			return then
		})
	}
	require.ErrorIs(t, rename(t, app.ErrConflict), app.ErrConflict)
	require.EqualValues(t, 1, w.rev(id), "what fails burns no number")
	require.NoError(t, rename(t, nil))
	got, err := w.chats.GetByID(t.Context(), user, id)
	require.NoError(t, err)
	require.Equal(t, "x", got.Title)
}
