package server_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/backup"
	"github.com/quillium/quillium/app/database"
	"github.com/quillium/quillium/app/server"
	"github.com/quillium/quillium/migrations"
	"github.com/quillium/quillium/repositories/pgtest"
)

// furnish fills a house with people, chats and everything that is odd.
func furnish(t *testing.T, h *house) (s *server.Server, stop func()) {
	t.Helper()
	s, stop = h.start(t)
	status, text := call(t, s, "POST", "/api/v1/auth/register", `{"email":"ada@example.org","password":"correct horse battery","name":"Ada ☕ \\N |"}`, "")
	require.Equal(t, 201, status, text)
	var signedIn struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(t, json.Unmarshal([]byte(text), &signedIn))
	for _, title := range []string{"first", "漢字\\n", "third, \"quoted\""} {
		body, err := json.Marshal(map[string]any{"title": title, "reply_policy": "never"})
		require.NoError(t, err)
		status, text := call(t, s, "POST", "/api/v1/chats", string(body), signedIn.AccessToken)
		require.Equal(t, 201, status, text)
		var chat struct{ ID string }
		require.NoError(t, json.Unmarshal([]byte(text), &chat))
		status, text = call(t, s, "POST", "/api/v1/chats/"+chat.ID+"/messages", `{"content":"a\ttab, a \\. and a\nline"}`, signedIn.AccessToken)
		require.Equal(t, 201, status, text)
	}
	execute(t, h.variables["DATABASE_URL"], `insert into providers (id, name, base_url, key_id, key_nonce, key_ciphertext)
		values (gen_random_uuid(), 'odd', 'http://127.0.0.1:1', 'k', '\x00ff0a5c'::bytea, null); update messages set content = content || E'\r\x01'`)
	return s, stop
}

func execute(t *testing.T, address, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), statement)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
}

// contents is every row of every table, but for what a restore changes on
// purpose, and what a server counts and seals until its end.
func contents(t *testing.T, address string) map[string]string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), "select tablename from pg_tables where schemaname = 'public' and tablename not in ('one_time_tokens', 'usage_counts', 'usage_hours', 'chat_figures', 'log_entries') and not starts_with(tablename, 'river_')")
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	except := map[string]string{"instance": " - 'store' - 'created_at'", "sessions": " - 'ended_at'", "goose_db_version": " - 'tstamp'", "nodes": " - 'beat' - 'seen_at'", "audit_events": " - 'seq' - 'mac' - 'key_id'"}
	all := map[string]string{}
	for _, name := range names {
		var text string
		require.NoError(t, conn.QueryRow(t.Context(),
			"select coalesce(jsonb_agg(row order by row::text), '[]')::text from (select to_jsonb(t)"+except[name]+" as row from "+name+" t) r").Scan(&text))
		all[name] = text
	}
	require.Contains(t, all, "messages")
	return all
}

func value(t *testing.T, address, question string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	var text string
	require.NoError(t, conn.QueryRow(t.Context(), question).Scan(&text))
	return text
}

func (h *house) backup(t *testing.T, path string, wants server.BackupOptions) (backup.Manifest, error) {
	t.Helper()
	c, options := h.settings(t)
	return server.Backup(t.Context(), c, options, path, wants)
}

func (h *house) restore(t *testing.T, path string, withSecrets bool) (server.Restored, error) {
	t.Helper()
	c, options := h.settings(t)
	return server.Restore(t.Context(), c, options, path, withSecrets)
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, stop := furnish(t, h)
	source := h.variables["DATABASE_URL"]
	// The way with pg_dump is the first choice where there is one.
	first := backup.WayCopy
	if database.Tool(t.Context(), "", "pg_dump", majorOf(t, source)) != "" {
		first = backup.WayDump
	}
	dumped, copied := filepath.Join(t.TempDir(), "a.quillium"), filepath.Join(t.TempDir(), "b.quillium")
	for path, want := range map[string]backup.Way{dumped: first, copied: backup.WayCopy} {
		manifest, err := h.backup(t, path, server.BackupOptions{Copy: path == copied})
		require.NoError(t, err, "while the server runs")
		require.Equal(t, want, manifest.Way)
		require.Equal(t, server.SchemaVersion(), manifest.Schema)
		require.False(t, manifest.HasSecrets())
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	_, err := h.backup(t, copied, server.BackupOptions{})
	require.ErrorContains(t, err, "is there already")
	_, err = h.restore(t, copied, false)
	require.ErrorContains(t, err, "A server uses the database")
	stop()
	before := contents(t, source)

	for _, path := range []string{dumped, copied} {
		t.Run("into an empty database", func(t *testing.T) {
			other := newHouse(t)
			target := other.variables["DATABASE_URL"]
			done, err := other.restore(t, path, false)
			require.NoError(t, err)
			require.False(t, done.Unreadable)
			after := contents(t, target)
			for name, rows := range before {
				require.JSONEq(t, rows, after[name], name)
			}
			require.Len(t, after, len(before))
			require.NotEqual(t, value(t, source, "select store::text from instance"), value(t, target, "select store::text from instance"))
			require.Equal(t, "0", value(t, target, "select count(*)::text from sessions where ended_at is null"), "everybody signs in anew")
			require.Equal(t, "0", value(t, target, "select count(*)::text from one_time_tokens"))

			s, _ := other.start(t)
			status, text := call(t, s, "POST", "/api/v1/auth/login", `{"email":"ada@example.org","password":"correct horse battery"}`, "")
			require.Equal(t, 200, status, text)
		})
	}
	t.Run("not into one with somebody in it", func(t *testing.T) {
		_, err := h.restore(t, copied, false)
		require.ErrorContains(t, err, "The database is not empty (there are rows in ")
		require.ErrorContains(t, err, "chats, members")
		require.Equal(t, before, contents(t, source))
	})
	t.Run("into one that a server has only been started on", func(t *testing.T) {
		other := newHouse(t)
		_, stop := other.start(t)
		stop()
		execute(t, other.variables["DATABASE_URL"], "create function leftover() returns int language sql as 'select 1'")
		_, err := other.restore(t, dumped, false)
		require.NoError(t, err)
		require.Equal(t, "true", value(t, other.variables["DATABASE_URL"], "select (to_regproc('leftover') is null)::text"), "nothing of before is left")
		require.JSONEq(t, before["messages"], contents(t, other.variables["DATABASE_URL"])["messages"])
	})
	t.Run("over what a restore left that was cut off, which no server starts on", func(t *testing.T) {
		other := newHouse(t)
		_, err := other.restore(t, copied, false)
		require.NoError(t, err)
		execute(t, other.variables["DATABASE_URL"], "delete from instance")
		c, options := other.settings(t)
		_, err = server.New(t.Context(), c, options)
		require.ErrorContains(t, err, "run `quillium restore` again")
		_, err = other.restore(t, copied, false)
		require.NoError(t, err)
		require.JSONEq(t, before["messages"], contents(t, other.variables["DATABASE_URL"])["messages"])
	})
	t.Run("with another ENCRYPTION_KEY, which is told", func(t *testing.T) {
		other := newHouse(t, "ENCRYPTION_KEY", "another one, and long enough for it")
		done, err := other.restore(t, copied, false)
		require.NoError(t, err)
		require.True(t, done.Unreadable)
	})
	t.Run("a failure leaves the database empty", func(t *testing.T) {
		other := newHouse(t)
		c, options := other.settings(t)
		ctx, cancel := context.WithCancel(t.Context())
		conn, err := pgx.Connect(t.Context(), other.variables["DATABASE_URL"])
		require.NoError(t, err)
		defer func() { _ = conn.Close(context.Background()) }()
		// A table that belongs to somebody who will not let it go.
		_, err = conn.Exec(t.Context(), "create table messages (id int)")
		require.NoError(t, err)
		tx, err := conn.Begin(t.Context())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), "lock table messages in access share mode")
		require.NoError(t, err)
		ended := make(chan error, 1)
		go func() {
			_, err := server.Restore(ctx, c, options, copied, false)
			ended <- err
		}()
		waiting := "select count(*)::text from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
		for value(t, other.variables["DATABASE_URL"], waiting) == "0" {
		}
		cancel()
		require.NoError(t, tx.Rollback(t.Context()))
		require.Error(t, <-ended)
		require.Equal(t, "0", value(t, other.variables["DATABASE_URL"], "select count(*)::text from pg_tables where schemaname = 'public'"))
	})
}

func majorOf(t *testing.T, address string) int {
	t.Helper()
	var major int
	require.NoError(t, json.Unmarshal([]byte(value(t, address, "select (current_setting('server_version_num')::int / 10000)::text")), &major))
	return major
}

func TestBackupOfAnOlderSchema(t *testing.T) {
	t.Parallel()
	for _, way := range []bool{false, true} {
		h := newHouse(t)
		config, err := pgx.ParseConfig(h.variables["DATABASE_URL"])
		require.NoError(t, err)
		require.NoError(t, migrations.UpTo(t.Context(), config, 2))
		execute(t, h.variables["DATABASE_URL"], `insert into users (id, email, email_key, name, password_hash)
			values (gen_random_uuid(), 'ada@example.org', 'ada@example.org', 'Ada', 'x')`)
		path := filepath.Join(t.TempDir(), "old.quillium")
		manifest, err := h.backup(t, path, server.BackupOptions{Copy: way})
		require.NoError(t, err)
		require.EqualValues(t, 2, manifest.Schema)
		require.Equal(t, "2", value(t, h.variables["DATABASE_URL"], "select max(version_id)::text from goose_db_version"), "a backup changes nothing")

		other := newHouse(t)
		_, err = other.restore(t, path, false)
		require.NoError(t, err)
		status, err := migrations.Status(t.Context(), pgxConfig(t, other.variables["DATABASE_URL"]))
		require.NoError(t, err)
		require.False(t, slices.ContainsFunc(status, func(s *migrations.State) bool { return s.AppliedAt.IsZero() }), "it is brought up to date")
		require.Equal(t, "Ada", value(t, other.variables["DATABASE_URL"], "select name from users"))
	}
}

func pgxConfig(t *testing.T, address string) *pgx.ConnConfig {
	t.Helper()
	config, err := pgx.ParseConfig(address)
	require.NoError(t, err)
	return config
}

func TestBackupOfADatabaseOfOurOwn(t *testing.T) {
	t.Parallel()
	own := []string{"DATABASE_URL", "", "JWT_SECRET", "", "ENCRYPTION_KEY", ""}
	path := filepath.Join(t.TempDir(), "own.quillium")
	h := newHouse(t, own...)
	t.Run("there is nothing to back up before the first start, and nothing is made", func(t *testing.T) {
		_, err := h.backup(t, path, server.BackupOptions{})
		require.ErrorContains(t, err, "There is no database in")
		left, err := os.ReadDir(h.variables["QUILLIUM_DATA"])
		require.NoError(t, err)
		require.Empty(t, left)
	})
	s, stop := h.start(t)
	status, text := call(t, s, "POST", "/api/v1/auth/register", `{"email":"ada@example.org","password":"correct horse battery","name":"Ada"}`, "")
	require.Equal(t, 201, status, text)
	manifest, err := h.backup(t, path, server.BackupOptions{Secrets: true})
	require.NoError(t, err, "beside the server")
	require.True(t, manifest.HasSecrets())
	t.Run("no restore while the server runs", func(t *testing.T) {
		_, err := h.restore(t, path, false)
		require.ErrorContains(t, err, "already running")
	})
	stop()
	t.Run("a backup works without a server too", func(t *testing.T) {
		_, err := h.backup(t, filepath.Join(t.TempDir(), "alone.quillium"), server.BackupOptions{})
		require.NoError(t, err)
	})
	t.Run("a new machine has data and secrets of the old one", func(t *testing.T) {
		other := newHouse(t, own...)
		done, err := other.restore(t, path, true)
		require.NoError(t, err)
		require.False(t, done.Unreadable)
		s, _ := other.start(t)
		status, text := call(t, s, "POST", "/api/v1/auth/login", `{"email":"ada@example.org","password":"correct horse battery"}`, "")
		require.Equal(t, 200, status, text)
		require.NotContains(t, other.log.String(), "is another than before")
	})
	t.Run("without the secrets, what that means is told", func(t *testing.T) {
		other := newHouse(t, own...)
		done, err := other.restore(t, path, false)
		require.NoError(t, err)
		require.True(t, done.Unreadable)
	})
	t.Run("secrets that are set win, so those of the backup are not taken", func(t *testing.T) {
		other := newHouse(t, "DATABASE_URL", pgtest.Empty(t))
		_, err := other.restore(t, path, true)
		require.ErrorContains(t, err, "are set, and win over those of the backup")
	})
}
