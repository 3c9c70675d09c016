package pgtest

import (
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func ask[T any](t *testing.T, address, question string, args ...any) (answer T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	require.NoError(t, conn.QueryRow(t.Context(), question, args...).Scan(&answer))
	return answer
}

func TestNew(t *testing.T) {
	t.Parallel()
	for range 3 {
		t.Run("every test has a migrated database of its own", func(t *testing.T) {
			t.Parallel()
			db := New(t)
			require.NoError(t, db.Ping(t.Context()))
			address := db.ConnConfig().ConnString()
			require.Zero(t, ask[int](t, address, "select count(*) from users"))
			require.NoError(t, execute(t.Context(), address, "create table mine ()"))
		})
	}
	t.Run("it works there as a role that is no superuser", func(t *testing.T) {
		t.Parallel()
		require.False(t, ask[bool](t, URL(t), "select rolsuper from pg_roles where rolname = current_user"))
	})
	t.Run("an empty one has no tables", func(t *testing.T) {
		t.Parallel()
		require.Zero(t, ask[int](t, Empty(t), "select count(*) from pg_tables where schemaname = 'public'"))
	})
}

func TestDrop(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("with somebody still connected", func(t *testing.T) {
		address := URL(t)
		name = ask[string](t, address, "select current_database()")
		conn, err := pgx.Connect(t.Context(), address)
		require.NoError(t, err)
		require.NoError(t, conn.Ping(t.Context()))
	})
	found, err := join(t.Context())
	require.NoError(t, err)
	require.False(t, ask[bool](t, found.admin, "select exists (select from pg_database where datname = $1)", name))
}

func TestTemplateName(t *testing.T) {
	t.Parallel()
	name := func(files fstest.MapFS) string {
		found, err := templateName(files)
		require.NoError(t, err)
		return found
	}
	one := name(fstest.MapFS{"1.sql": {Data: []byte("create table a ()")}})

	t.Run("the same migrations have the same name", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, one, name(fstest.MapFS{"1.sql": {Data: []byte("create table a ()")}}))
	})
	t.Run("any change of a text or a name is another", func(t *testing.T) {
		t.Parallel()
		require.NotEqual(t, one, name(fstest.MapFS{"1.sql": {Data: []byte("create table b ()")}}))
		require.NotEqual(t, one, name(fstest.MapFS{"2.sql": {Data: []byte("create table a ()")}}))
		require.NotEqual(t, one, name(fstest.MapFS{"1.sql": {Data: []byte("create table a ()")}, "2.sql": {}}))
	})
}
