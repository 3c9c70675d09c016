package server_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/config"
	"github.com/quillium/quillium/app/model"
	"github.com/quillium/quillium/app/server"
	"github.com/quillium/quillium/app/server/contract"
	"github.com/quillium/quillium/repositories/pgtest"
)

// boot starts the whole program on a free port, with a database of its own.
// env holds names and values of its environment in turn; without any it has no
// rate limits.
func boot(t testing.TB, c *contract.Contract, env ...string) *world {
	t.Helper()
	return bootBeside(t, c, nil, env...)
}

// bootBeside is boot where model servers are looked for in these places; nil
// is the usual ones.
func bootBeside(t testing.TB, c *contract.Contract, places []model.Place, env ...string) *world {
	t.Helper()
	return bootOn(t, c, pgtest.URL(t), places, env...)
}

// bootOn starts one of the servers that share a database.
func bootOn(t testing.TB, c *contract.Contract, database string, places []model.Place, env ...string) *world {
	t.Helper()
	variables := map[string]string{
		"DATABASE_URL": database, "HOST": "127.0.0.1", "PORT": "0", "QUILLIUM_DATA": t.TempDir(), "RATE_LIMIT": "off",
		"JWT_SECRET": strings.Repeat("jwt secret ", 4), "ENCRYPTION_KEY": strings.Repeat("encryption key ", 4),
		"DRAIN_TIMEOUT": "1s",
	}
	for i := 0; i+1 < len(env); i += 2 {
		variables[env[i]] = env[i+1]
	}
	configuration, err := config.Load(func(name string) (string, bool) {
		value, found := variables[name]
		return value, found
	})
	require.NoError(t, err)
	log := &watchedLog{}
	options := server.Options{Log: slog.New(slog.NewTextHandler(log, nil)), Out: io.Discard, Version: "test", ModelPlaces: places}
	running, err := server.New(t.Context(), configuration, options)
	require.NoError(t, err)
	pool, err := pgxpool.New(t.Context(), database)
	require.NoError(t, err)
	transport := &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true, ExpectContinueTimeout: 10 * time.Second}
	w := &world{
		log: log, url: running.URL(), contract: c, db: pool, close: running.Close, database: database,
		client: &http.Client{
			Transport:     &contract.Transport{Contract: c, Next: transport},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		pool.Close()
		require.NoError(t, running.Close())
		log.check(t)
	})
	return w
}

// watchedLog keeps the log's worst lines, and looks for what must not be in it.
type watchedLog struct {
	mu     sync.Mutex
	worst  []string
	leaked []string
	tallies
}

func (l *watchedLog) Write(line []byte) (int, error) {
	l.note(line)
	for _, secret := range []string{password, "another long one", "eyJ", "jwt secret", "encryption key", "sk-secret", "Once upon"} {
		if bytes.Contains(line, []byte(secret)) {
			l.keep(&l.leaked, line)
		}
	}
	if bytes.Contains(line, []byte("panic=")) || bytes.Contains(line, []byte("code=internal")) {
		l.keep(&l.worst, line)
	}
	return len(line), nil
}

func (l *watchedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.worst, "")
}

func (l *watchedLog) keep(list *[]string, line []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(*list) < 5 {
		*list = append(*list, string(line))
	}
}

func (l *watchedLog) check(t testing.TB) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	require.Empty(t, l.worst, "the server met something it did not expect")
	require.Empty(t, l.leaked, "the log tells secrets")
}

// cutDatabase makes the world's database unreachable, until it is told to give
// it back.
func (w *world) cutDatabase(t testing.TB) (restore func()) {
	t.Helper()
	aside, err := pgx.ParseConfig(w.database)
	require.NoError(t, err)
	name := aside.Database
	aside.Database = "postgres"
	conn, err := pgx.ConnectConfig(t.Context(), aside)
	require.NoError(t, err)
	run := func(text string, args ...any) {
		_, err := conn.Exec(context.WithoutCancel(t.Context()), text, args...)
		require.NoError(t, err)
	}
	quoted := pgx.Identifier{name}.Sanitize()
	run("alter database " + quoted + " with allow_connections false")
	run("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
	var once sync.Once
	return func() {
		once.Do(func() {
			run("alter database " + quoted + " with allow_connections true")
			require.NoError(t, conn.Close(context.WithoutCancel(t.Context())))
		})
	}
}
