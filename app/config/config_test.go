package config

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// from looks into a map.
func from(values map[string]string) Lookup {
	return func(name string) (string, bool) {
		value, found := values[name]
		return value, found
	}
}

var long = strings.Repeat("s", 32)

func TestLoad(t *testing.T) {
	t.Parallel()
	t.Run("nothing set starts a server for this machine alone", func(t *testing.T) {
		t.Parallel()
		config, err := Load(from(nil))
		require.NoError(t, err)
		require.Equal(t, "127.0.0.1:8787", config.Address())
		require.True(t, config.Embedded())
		require.True(t, config.EnableSignups)
		require.True(t, config.RateLimit)
		require.Equal(t, 15*time.Minute, config.AccessTokenExp)
		require.Empty(t, config.Warnings())
	})
	t.Run("an empty variable has its default", func(t *testing.T) {
		t.Parallel()
		config, err := Load(from(map[string]string{"PORT": "", "HOST": " "}))
		require.NoError(t, err)
		require.Equal(t, "127.0.0.1:8787", config.Address())
	})
	t.Run("values are read", func(t *testing.T) {
		t.Parallel()
		config, err := Load(from(map[string]string{
			"DATABASE_URL": "postgres://u:p@db/q", "JWT_SECRET": long, "ENCRYPTION_KEY": long, "HOST": "::1", "PORT": "0",
			"TRUSTED_PROXIES": "10.1.2.3/8, 192.168.1.5,2001:db8::/32", "CORS_ALLOWED_ORIGINS": "https://a.example, http://b.example:81",
			"RATE_LIMIT": "off", "DRAIN_TIMEOUT": "250ms", "PUBLIC_URL": "https://chat.example.org",
		}))
		require.NoError(t, err)
		require.Equal(t, "[::1]:0", config.Address())
		require.False(t, config.Embedded())
		require.False(t, config.RateLimit)
		require.True(t, config.Given("RATE_LIMIT"))
		require.False(t, config.Given("LOG_LEVEL"))
		require.Equal(t, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.168.1.5/32"), netip.MustParsePrefix("2001:db8::/32")}, config.TrustedProxies)
		require.Equal(t, []string{"https://a.example", "http://b.example:81"}, config.CORSAllowedOrigins)
	})
	t.Run("all that is wrong is named at once", func(t *testing.T) {
		t.Parallel()
		_, err := Load(from(map[string]string{"PORT": "http", "LOG_LEVEL": "loud", "DRAIN_TIMEOUT": "soon", "ENABLE_SIGNUPS": "maybe", "JWT_SECRET": "short", "TRUSTED_PROXIES": "all"}))
		require.Error(t, err)
		lines := strings.Split(err.Error(), "\n")
		require.Len(t, lines, 6)
		for _, name := range []string{"PORT", "LOG_LEVEL", "DRAIN_TIMEOUT", "ENABLE_SIGNUPS", "JWT_SECRET", "TRUSTED_PROXIES"} {
			require.Regexp(t, `(?m)^`+name+` must be .*\.$`, err.Error())
		}
	})
}

func TestWhatStopsTheStart(t *testing.T) {
	t.Parallel()
	tries := []struct {
		name     string
		set      map[string]string
		sentence string
	}{
		{"another way to look for models", map[string]string{"QUILLIUM_AUTODETECT": "on"}, "QUILLIUM_AUTODETECT must be offer, use or off."},
		{"a port beyond the last", map[string]string{"PORT": "65536"}, "PORT must be"},
		{"a host with a path", map[string]string{"HOST": "http://x"}, "HOST must be"},
		{"a public address with a path", map[string]string{"PUBLIC_URL": "https://x.example/chat"}, "PUBLIC_URL must be"},
		{"a public address without a scheme", map[string]string{"PUBLIC_URL": "x.example"}, "PUBLIC_URL must be"},
		{"another database", map[string]string{"DATABASE_URL": "mysql://x", "JWT_SECRET": long, "ENCRYPTION_KEY": long}, "DATABASE_URL must"},
		{"a database without secrets", map[string]string{"DATABASE_URL": "postgres://x/y"}, "JWT_SECRET must be set when DATABASE_URL is"},
		{"a short key", map[string]string{"ENCRYPTION_KEY": "äöü"}, "ENCRYPTION_KEY must be 32"},
		{"31 characters in more bytes", map[string]string{"ENCRYPTION_KEY": strings.Repeat("ä", 31)}, "ENCRYPTION_KEY must be 32"},
		{"the same key before", map[string]string{"ENCRYPTION_KEY": long, "ENCRYPTION_KEY_PREVIOUS": long}, "it must be the one before"},
		{"every origin", map[string]string{"CORS_ALLOWED_ORIGINS": "https://a.example,*"}, "every site on the web"},
		{"an origin with a slash", map[string]string{"CORS_ALLOWED_ORIGINS": "https://a.example/"}, "CORS_ALLOWED_ORIGINS must be"},
		{"the null origin", map[string]string{"CORS_ALLOWED_ORIGINS": "null"}, "CORS_ALLOWED_ORIGINS must be"},
		{"a password of nobody", map[string]string{"ADMIN_PASSWORD": "x"}, "must be set together"},
		{"an administrator without a password", map[string]string{"ADMIN_EMAIL": "a@b"}, "must be set together"},
		{"two passwords", map[string]string{"ADMIN_EMAIL": "a@b", "ADMIN_PASSWORD": "x", "ADMIN_PASSWORD_FILE": "y"}, "not both"},
		{"a model key for nowhere", map[string]string{"OPENAI_API_KEY": "k"}, "without OPENAI_BASE_URL"},
		{"a model address with a password", map[string]string{"OPENAI_BASE_URL": "http://u:p@x/v1"}, "OPENAI_BASE_URL must be"},
		{"a model address of another kind", map[string]string{"OPENAI_BASE_URL": "file:///etc/passwd"}, "OPENAI_BASE_URL must be"},
		{"tokens that outlive the session", map[string]string{"ACCESS_TOKEN_EXPIRY": "2h", "REFRESH_TOKEN_EXPIRY": "1h"}, "must be longer than"},
		{"one connection", map[string]string{"DB_MAX_CONNS": "1"}, "DB_MAX_CONNS must be"},
		{"no connections", map[string]string{"DB_MAX_CONNS": "0"}, "DB_MAX_CONNS must be from"},
		{"no sockets", map[string]string{"MAX_SOCKETS_PER_USER": "0"}, "MAX_SOCKETS_PER_USER must be from"},
		{"messages of nothing", map[string]string{"MAX_MESSAGE_BYTES": "0"}, "MAX_MESSAGE_BYTES must be from"},
		{"answers of nothing", map[string]string{"MAX_ANSWER_BYTES": "0"}, "MAX_ANSWER_BYTES must be from"},
		{"tokens that are never good", map[string]string{"ACCESS_TOKEN_EXPIRY": "0s"}, "ACCESS_TOKEN_EXPIRY must be from"},
		{"sessions of half an hour more", map[string]string{"REFRESH_TOKEN_EXPIRY": "90m"}, "in whole hours"},
		{"sessions that never last", map[string]string{"REFRESH_TOKEN_EXPIRY": "0s"}, "REFRESH_TOKEN_EXPIRY must be from"},
		{"tiny messages", map[string]string{"MAX_MESSAGE_BYTES": "10"}, "MAX_MESSAGE_BYTES must be"},
		{"an endless drain", map[string]string{"DRAIN_TIMEOUT": "1h"}, "DRAIN_TIMEOUT must be"},
		{"metrics without a port", map[string]string{"METRICS_ADDR": "localhost"}, "METRICS_ADDR must be"},
	}
	for _, try := range tries {
		t.Run(try.name, func(t *testing.T) {
			t.Parallel()
			config, err := Load(from(try.set))
			require.ErrorContains(t, err, try.sentence)
			require.ErrorContains(t, config.Validate(), try.sentence)
		})
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	config, err := Load(from(map[string]string{"HOST": "0.0.0.0", "RATE_LIMIT": "off", "ENABLE_METRICS": "true", "METRICS_ADDR": ":9090"}))
	require.NoError(t, err)
	require.Len(t, config.Warnings(), 3)
	require.Contains(t, config.Warnings()[0], "ENABLE_SIGNUPS=false")
	config.EnableSignups, config.RateLimit, config.EnableMetrics = false, true, false
	require.Empty(t, config.Warnings())
}

func TestNoSecretIsShown(t *testing.T) {
	t.Parallel()
	secret := "correct-horse-battery-staple-0001"
	config := Config{
		DatabaseURL: "postgres://u:" + secret + "@h/d", JWTSecret: secret, JWTSecretPrevious: secret, EncryptionKey: secret,
		EncryptionKeyPrevious: secret, AdminPassword: secret, OpenAIAPIKey: secret, Host: "here",
	}
	encoded, err := json.Marshal(config)
	require.NoError(t, err)
	for _, text := range []string{config.String(), fmt.Sprint(config), fmt.Sprintf("%+v %#v", config, config), config.LogValue().String(), string(encoded), config.Validate().Error()} {
		require.NotContains(t, text, "correct-horse")
	}
	require.Contains(t, config.String(), "HOST=here\n")
	require.Contains(t, config.String(), "JWT_SECRET=(hidden)\n")
	require.Contains(t, Config{}.String(), "JWT_SECRET=\n")
}

func TestWithFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), ".env")
	t.Run("no file is no mistake", func(t *testing.T) {
		t.Parallel()
		lookup, err := WithFile(from(map[string]string{"PORT": "1"}), filepath.Join(t.TempDir(), "none"))
		require.NoError(t, err)
		value, _ := lookup("PORT")
		require.Equal(t, "1", value)
	})
	t.Run("the environment wins over the file", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, os.WriteFile(path, []byte("# a note\nPORT=2\nHOST=\"::1\"\n"), 0o600))
		lookup, err := WithFile(from(map[string]string{"PORT": "1"}), path)
		require.NoError(t, err)
		config, err := Load(lookup)
		require.NoError(t, err)
		require.Equal(t, "[::1]:1", config.Address())
	})
	t.Run("a broken file is told without its contents", func(t *testing.T) {
		t.Parallel()
		broken := filepath.Join(t.TempDir(), ".env")
		require.NoError(t, os.WriteFile(broken, []byte("JWT_SECRET \"hunter2"), 0o600))
		_, err := WithFile(from(nil), broken)
		require.ErrorContains(t, err, "cannot be read")
		require.NotContains(t, err.Error(), "hunter2")
	})
}
