package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/config"
)

func TestEntries(t *testing.T) {
	t.Parallel()
	environment := map[string]string{"PORT": "81", "JWT_SECRET": "0123456789abcdef0123456789abcdef", "LOG_LEVEL": " "}
	both := map[string]string{"PORT": "81", "JWT_SECRET": "0123456789abcdef0123456789abcdef", "HOST": "0.0.0.0", "ENCRYPTION_KEY": ""}
	from := func(values map[string]string) config.Lookup {
		return func(name string) (string, bool) { value, is := values[name]; return value, is }
	}
	c, err := config.Load(from(both))
	require.NoError(t, err)
	entries := map[string]config.Entry{}
	for _, e := range c.Entries(from(environment)) {
		entries[e.Variable] = e
	}
	require.Equal(t, config.Entry{Variable: "PORT", Value: "81", Source: "environment"}, entries["PORT"])
	require.Equal(t, config.Entry{Variable: "HOST", Value: "0.0.0.0", Source: "file"}, entries["HOST"])
	require.Equal(t, config.Entry{Variable: "LOG_LEVEL", Value: "info", Source: "default"}, entries["LOG_LEVEL"])
	require.Equal(t, config.Entry{Variable: "JWT_SECRET", Value: "(hidden)", Source: "environment", Secret: true}, entries["JWT_SECRET"])
	require.Equal(t, config.Entry{Variable: "ENCRYPTION_KEY", Source: "default", Secret: true}, entries["ENCRYPTION_KEY"])
	require.Equal(t, []string{"0123456789abcdef0123456789abcdef"}, c.Secrets())
}
