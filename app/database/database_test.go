package database

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// soon is how long something may take that takes milliseconds on an idle
// machine.
const soon = 30 * time.Second

func TestLife(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	// What a killed start left behind is no cluster.
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "postgres"), 0o700))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "postgres", "data.init", "base"), 0o700))
	server := start(t, optionsFor(t, dir))

	t.Run("the first start makes a cluster and a database", func(t *testing.T) {
		require.NoDirExists(t, filepath.Join(dir, "postgres", "data.init"))
		require.NoFileExists(t, filepath.Join(dir, "postgres", "password.init"))
		require.Equal(t, filepath.Join(dir, "postgres"), server.DataDir())
		require.Equal(t, "quillium", ask[string](t, server.URL(), "select current_database()"))
		execute(t, server, "create table kept as select 7 as n")
	})
	t.Run("the role owns its database and is no superuser", func(t *testing.T) {
		require.False(t, ask[bool](t, server.URL(), "select rolsuper or rolcreatedb or rolcreaterole from pg_roles where rolname = current_user"))
		require.Equal(t, "quillium", ask[string](t, server.URL(), "select pg_get_userbyid(datdba)::text from pg_database where datname = current_database()"))
	})
	t.Run("nothing listens on a network, and only the password opens", func(t *testing.T) {
		require.Empty(t, ask[string](t, server.URL(), "show listen_addresses"))
		require.Zero(t, ask[int](t, server.AdminURL(), "select count(*) from pg_hba_file_rules where auth_method <> 'scram-sha-256'"))
		info, err := os.Stat(server.socket)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	})
	t.Run("letters of all languages are known", func(t *testing.T) {
		require.True(t, ask[bool](t, server.URL(), "select 'ÄÖÉЖ' ilike 'äöéж'"))
		require.Equal(t, "a Ä b z", ask[string](t, server.URL(),
			`select string_agg(x, ' ' order by x collate "und-x-icu") from unnest(array['z','Ä','b','a']) x`))
		execute(t, server, "create extension pg_trgm")
		require.Positive(t, ask[int](t, server.URL(), "select cardinality(show_trgm('Ж'))"))
	})
	t.Run("its log tells nothing of what people wrote", func(t *testing.T) {
		_, err := connect(t, server.URL()).Exec(t.Context(), "select 'a secret letter'::int")
		require.Error(t, err)
		log, err := os.ReadFile(filepath.Join(server.DataDir(), "postgres.log"))
		require.NoError(t, err)
		require.NotContains(t, string(log), "secret letter")
	})
	t.Run("a second serve is refused and told by whom", func(t *testing.T) {
		_, err := Start(t.Context(), optionsFor(t, dir))
		require.ErrorIs(t, err, app.ErrConflict)
		require.ErrorContains(t, err, "pid "+strconv.Itoa(os.Getpid()))
	})
	t.Run("a command-line tool uses the server and leaves it running", func(t *testing.T) {
		o := optionsFor(t, dir)
		o.Adopt = true
		tool, err := Start(t.Context(), o)
		require.NoError(t, err)
		require.Equal(t, server.URL(), tool.URL())
		require.Equal(t, 7, ask[int](t, tool.URL(), "select n from kept"))
		require.NoError(t, tool.Stop(t.Context()))
		require.Equal(t, 7, ask[int](t, server.URL(), "select n from kept"))
	})
	t.Run("with another password it is a conflict", func(t *testing.T) {
		o := optionsFor(t, dir)
		o.Adopt, o.Password = true, "another"
		_, err := Start(t.Context(), o)
		require.ErrorIs(t, err, app.ErrConflict)
		require.NotContains(t, err.Error(), "another\"")
	})
	t.Run("stopping ends it, and twice is once", func(t *testing.T) {
		require.NoError(t, server.Stop(t.Context()))
		require.NoError(t, server.Stop(t.Context()))
		<-server.Exited()
		require.True(t, gone(server.PID()))
	})
	t.Run("where it does not run, nobody finds it", func(t *testing.T) {
		_, err := Running(t.Context(), optionsFor(t, dir))
		require.ErrorIs(t, err, app.ErrUnavailable)
	})
	t.Run("a start with another password changes nothing and stops again", func(t *testing.T) {
		o := optionsFor(t, dir)
		o.Password = "another"
		_, err := Start(t.Context(), o)
		require.ErrorIs(t, err, app.ErrConflict)
	})
	t.Run("a later start finds what was stored, a tool's too", func(t *testing.T) {
		o := optionsFor(t, dir)
		o.Adopt = true
		o.Settings = map[string]string{"max_connections": "11"}
		tool := start(t, o)
		require.Equal(t, 7, ask[int](t, tool.URL(), "select n from kept"))
		require.Equal(t, "11", ask[string](t, tool.URL(), "show max_connections"))
	})
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	o := optionsFor(t, dir)
	o.Adopt = true
	p, err := locate(o)
	require.NoError(t, err)

	t.Run("a tool that waits in vain gives up with its context", func(t *testing.T) {
		release, _, err := p.claim(false)
		require.NoError(t, err)
		defer release()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err = Start(ctx, o)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("a tool waits while somebody starts, and starts it where he gave up", func(t *testing.T) {
		release, _, err := p.claim(false)
		require.NoError(t, err)
		started := make(chan error, 1)
		go func() {
			server, err := Start(t.Context(), o)
			if err == nil {
				err = server.Stop(t.Context())
			}
			started <- err
		}()
		release()
		require.NoError(t, <-started)
	})
}

func TestLoss(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)

	t.Run("a postmaster that is killed is noticed", func(t *testing.T) {
		server := start(t, optionsFor(t, dir))
		execute(t, server, "create table kept as select 7 as n")
		require.NoError(t, syscall.Kill(server.PID(), syscall.SIGKILL))
		<-server.Exited()
		require.NoError(t, server.Stop(t.Context()))
	})
	t.Run("the next start recovers all of it", func(t *testing.T) {
		server := start(t, optionsFor(t, dir))
		require.Equal(t, 7, ask[int](t, server.URL(), "select n from kept"))
	})
	t.Run("who has no time stops it at once", func(t *testing.T) {
		server := start(t, optionsFor(t, dir))
		execute(t, server, "insert into kept values (8)")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, server.Stop(ctx))
		require.True(t, gone(server.PID()))
	})
	t.Run("a number that belongs to somebody else by now keeps nobody out", func(t *testing.T) {
		server := start(t, optionsFor(t, dir))
		text, err := os.ReadFile(server.place.pidPath())
		require.NoError(t, err)
		require.NoError(t, server.Stop(t.Context()))
		_, rest, _ := strings.Cut(string(text), "\n")
		stranger := strconv.Itoa(os.Getpid())
		require.NoError(t, server.place.writeFor(server.place.pidPath(), stranger+"\n"+rest))
		require.NoError(t, server.place.writeFor(filepath.Join(server.socket, socketFile+".lock"), stranger+"\n"+rest))
		server = start(t, optionsFor(t, dir))
		require.Equal(t, 2, ask[int](t, server.URL(), "select count(*) from kept"))
	})
	t.Run("a start that is called off leaves nothing running", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		enough := errors.New("enough")
		cancel(enough)
		_, err := Start(ctx, optionsFor(t, dir))
		require.Error(t, err)
		require.Equal(t, 2, ask[int](t, start(t, optionsFor(t, dir)).URL(), "select count(*) from kept"))
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()

	t.Run("another major version is refused and left alone", func(t *testing.T) {
		t.Parallel()
		o := optionsFor(t, openFolder(t))
		p, err := locate(o)
		require.NoError(t, err)
		require.NoError(t, os.Mkdir(p.data(), 0o700))
		version := filepath.Join(p.data(), "PG_VERSION")
		require.NoError(t, os.WriteFile(version, []byte("9\n"), 0o600))
		_, err = Start(t.Context(), o)
		require.ErrorIs(t, err, app.ErrConflict)
		require.ErrorContains(t, err, "PostgreSQL 9")
		require.FileExists(t, version)
	})
	t.Run("a folder that is no cluster is left alone", func(t *testing.T) {
		t.Parallel()
		o := optionsFor(t, openFolder(t))
		p, err := locate(o)
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Join(p.data(), "letters"), 0o700))
		_, err = Start(t.Context(), o)
		require.ErrorIs(t, err, app.ErrConflict)
		require.DirExists(t, filepath.Join(p.data(), "letters"))
	})
	t.Run("a version that cannot be read is refused", func(t *testing.T) {
		t.Parallel()
		o := optionsFor(t, openFolder(t))
		p, err := locate(o)
		require.NoError(t, err)
		require.NoError(t, os.Mkdir(p.data(), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(p.data(), "PG_VERSION"), []byte("new\n"), 0o600))
		_, err = Start(t.Context(), o)
		require.ErrorIs(t, err, app.ErrConflict)
	})
	t.Run("a user id without a name is explained", func(t *testing.T) {
		t.Parallel()
		dir := openFolder(t)
		o := optionsFor(t, filepath.Join(dir, "data"))
		o.BinDir = fakePrograms(t, filepath.Join(dir, "bin"), "17.1", "initdb: error: could not look up effective user ID 4711: user does not exist")
		_, err := Start(t.Context(), o)
		require.ErrorIs(t, err, app.ErrUnavailable)
		require.ErrorContains(t, err, "/etc/passwd")
	})
	t.Run("without programs it says what to do", func(t *testing.T) {
		t.Parallel()
		o := optionsFor(t, openFolder(t))
		o.BinDir = t.TempDir()
		_, err := Start(t.Context(), o)
		require.ErrorIs(t, err, app.ErrUnavailable)
		require.ErrorContains(t, err, "QUILLIUM_PG_BIN")
	})
	t.Run("a password has to be one line", func(t *testing.T) {
		t.Parallel()
		for _, bad := range []string{"", "two\nlines"} {
			_, err := Start(t.Context(), Options{DataDir: t.TempDir(), Password: bad})
			require.ErrorIs(t, err, app.ErrInvalidInput)
		}
	})
	t.Run("what PostgreSQL says before it fails is told", func(t *testing.T) {
		t.Parallel()
		o := optionsFor(t, openFolder(t))
		o.Settings = map[string]string{"shared_buffers": "a lot"}
		_, err := Start(t.Context(), o)
		require.ErrorIs(t, err, app.ErrUnavailable)
		require.ErrorContains(t, err, "shared_buffers")
		o.Settings = nil
		start(t, o)
	})
}

func TestPathWithAComma(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openFolder(t), `a, "b" and c`)
	server := start(t, optionsFor(t, dir))
	require.Equal(t, 1, ask[int](t, server.URL(), "select 1"))
	require.NotContains(t, server.socket, ",", "a comma would be the end of a folder")
}

func TestLongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openFolder(t), strings.Repeat("a-long-name/", 12))
	server := start(t, optionsFor(t, dir))
	first := server.socket
	require.True(t, fits(first))
	require.True(t, isPrivate(first, server.place.account.id()))

	t.Run("the folder of a killed server is used again", func(t *testing.T) {
		require.NoError(t, syscall.Kill(server.PID(), syscall.SIGKILL))
		<-server.Exited()
		again, err := server.place.socketFolder()
		require.NoError(t, err)
		require.Equal(t, first, again)
	})
	t.Run("a link in its place is not followed", func(t *testing.T) {
		require.NoError(t, os.RemoveAll(first))
		require.NoError(t, os.Symlink(server.place.root, first))
		again, err := server.place.socketFolder()
		require.NoError(t, err)
		require.NotEqual(t, first, again)
		require.NoError(t, os.Remove(first))
		server.place.forgetSocket(again)
		require.NoDirExists(t, again)
	})
	t.Run("it goes with the server", func(t *testing.T) {
		require.NoError(t, server.Stop(t.Context()))
		server = start(t, optionsFor(t, dir))
		require.NoError(t, server.Stop(t.Context()))
		require.NoDirExists(t, server.socket)
	})
}
