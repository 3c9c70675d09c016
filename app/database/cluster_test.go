package database

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLocales(t *testing.T) {
	t.Parallel()

	t.Run("plain C is never among them", func(t *testing.T) {
		t.Parallel()
		for _, major := range []int{15, 16, 17, 18} {
			for _, args := range locales(major) {
				all := strings.Join(args, " ")
				require.True(t, strings.Contains(all, "C.UTF-8") || strings.Contains(all, "icu"), all)
			}
		}
	})
	t.Run("the builtin one comes first where there is one", func(t *testing.T) {
		t.Parallel()
		require.Contains(t, locales(17)[0], "--locale-provider=builtin")
		require.Equal(t, []string{"--locale=C.UTF-8"}, locales(16)[0])
	})
	t.Run("a system without C.UTF-8 gets ICU, which knows letters too", func(t *testing.T) {
		t.Parallel()
		o := optionsFor(t, openFolder(t))
		p, err := locate(o)
		require.NoError(t, err)
		found, err := find(t.Context(), o, 0)
		require.NoError(t, err)
		found, err = p.within(o, found)
		require.NoError(t, err)
		list := append([][]string{{"--locale=xx_XX.UTF-8"}}, locales(15)[1:]...)
		require.NoError(t, p.createCluster(t.Context(), found, password, list))
		server := start(t, o)
		require.Equal(t, "i", ask[string](t, server.URL(), "select datlocprovider::text from pg_database where datname = 'quillium'"))
		require.True(t, ask[bool](t, server.URL(), "select 'ÄÖÉЖ' ilike 'äöéж'"))
		require.NoFileExists(t, filepath.Join(p.root, "password.init"))
	})
}

func TestExplain(t *testing.T) {
	t.Parallel()
	cause := errors.New("exit status 1")
	for said, want := range map[string]string{
		"initdb: error: could not look up effective user ID 9: no": "/etc/passwd",
		"write: No space left on device":                           "The disk is full",
		"":                                                         "did not start",
		"LOG: a\nFATAL: the reason\nLOG: shut down": "FATAL: the reason",
		"one\nlast": "last",
	} {
		err := explain("initdb", said, cause)
		require.ErrorContains(t, err, want)
		require.ErrorIs(t, err, cause)
	}
}
