package config

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/caarlos0/env/v11"
)

// minSecret is how long a secret must at least be, in characters.
const minSecret = 32

// Validate tells all that is wrong with the values, a sentence a line; nil
// where a server can start with them.
func (c Config) Validate() error { return problems(c.wrong()) }

// Warnings are sentences about values that work and that an operator should
// think about.
func (c Config) Warnings() []string {
	var list []string
	if c.EnableSignups && !loopback(c.Host) {
		list = append(list, "Anybody who reaches "+c.Address()+" can make an account; set ENABLE_SIGNUPS=false if that is not meant.")
	}
	if !c.RateLimit {
		list = append(list, "RATE_LIMIT=off: nothing slows down who guesses passwords; use it for load tests only.")
	}
	if host, _, err := net.SplitHostPort(c.MetricsAddr); c.EnableMetrics && err == nil && !loopback(host) {
		list = append(list, "METRICS_ADDR can be reached from other machines, and metrics ask for no password.")
	}
	return list
}

func problems(sentences []string) error {
	if len(sentences) == 0 {
		return nil
	}
	return errors.New(strings.Join(sentences, "\n"))
}

// unreadable tells the variables that could not even be parsed, and a sentence
// about each.
func unreadable(err error) (variables, sentences []string) {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return nil, nil
	}
	for _, one := range all.Errors {
		var parse env.ParseError
		if errors.As(one, &parse) {
			variables = append(variables, variableOf(parse.Name))
			sentences = append(sentences, variableOf(parse.Name)+" must be "+wanted(parse.Type)+".")
		}
	}
	return variables, sentences
}

func variableOf(name string) string {
	all := fields()
	return all[slices.IndexFunc(all, func(f field) bool { return f.name == name })].variable
}

func wanted(shape reflect.Type) string {
	switch shape {
	case reflect.TypeFor[time.Duration]():
		return "a duration, such as 90s, 15m or 168h"
	case reflect.TypeFor[bool]():
		return "on or off (or true or false)"
	case reflect.TypeFor[[]netip.Prefix]():
		return "a list of networks or addresses with commas between them, such as 10.0.0.0/8,192.168.1.5"
	}
	return "a whole number"
}

// wrong looks at every value.
func (c Config) wrong() []string {
	var list []string
	must := func(holds bool, sentence string) {
		if !holds {
			list = append(list, sentence)
		}
	}
	c.checkPlaces(must)
	c.checkSecrets(must)
	c.checkPeople(must)
	c.checkLimits(must)
	return list
}

type check func(holds bool, sentence string)

func (c Config) checkPlaces(must check) {
	must(c.Host != "" && !strings.ContainsAny(c.Host, "/ "), "HOST must be an address or a name to listen on, such as 127.0.0.1.")
	must(c.Port >= 0 && c.Port <= 65535, "PORT must be from 0 to 65535 (0 takes any free one).")
	must(c.PublicURL == "" || isOrigin(c.PublicURL), "PUBLIC_URL must be http:// or https:// with a host and nothing behind it, such as https://chat.example.org.")
	must(c.DatabaseURL == "" || isPostgres(c.DatabaseURL), "DATABASE_URL must look like postgres://user:password@host:5432/name.")
	must(c.NotifyDatabaseURL == "" || isPostgres(c.NotifyDatabaseURL), "NOTIFY_DATABASE_URL must look like postgres://user:password@host:5432/name.")
	must(c.NotifyDatabaseURL == "" || !c.Embedded(), "NOTIFY_DATABASE_URL is set without DATABASE_URL; it must lead to the same database.")
	must(c.OpenAIBaseURL == "" || isHTTP(c.OpenAIBaseURL), "OPENAI_BASE_URL must be an http:// or https:// address without a name or password in it, such as http://127.0.0.1:11434/v1.")
	must(slices.Contains([]string{"offer", "use", "off"}, c.Autodetect), "QUILLIUM_AUTODETECT must be offer, use or off.")
	must(c.OpenAIAPIKey == "" || c.OpenAIBaseURL != "", "OPENAI_API_KEY is set without OPENAI_BASE_URL; say where the key belongs.")
	for _, origin := range c.CORSAllowedOrigins {
		must(origin != "*", "CORS_ALLOWED_ORIGINS must name origins; * would let every site on the web in.")
		must(origin == "*" || isOrigin(origin), "CORS_ALLOWED_ORIGINS must be origins with commas between them, such as https://app.example.org.")
	}
	_, port, err := net.SplitHostPort(c.MetricsAddr)
	number, bad := strconv.Atoi(port)
	must(err == nil && bad == nil && number >= 0 && number <= 65535, "METRICS_ADDR must be an address and a port, such as 127.0.0.1:9090.")
}

func (c Config) checkSecrets(must check) {
	for _, secret := range []struct{ name, value string }{
		{"JWT_SECRET", c.JWTSecret}, {"JWT_SECRET_PREVIOUS", c.JWTSecretPrevious},
		{"ENCRYPTION_KEY", c.EncryptionKey}, {"ENCRYPTION_KEY_PREVIOUS", c.EncryptionKeyPrevious},
	} {
		must(secret.value == "" || utf8.RuneCountInString(secret.value) >= minSecret, secret.name+" must be 32 characters or longer; `openssl rand -base64 32` makes a good one.")
	}
	must(c.Embedded() || c.JWTSecret != "", "JWT_SECRET must be set when DATABASE_URL is; every node that shares a database needs the same one.")
	must(c.Embedded() || c.EncryptionKey != "", "ENCRYPTION_KEY must be set when DATABASE_URL is; every node that shares a database needs the same one.")
	must(c.JWTSecretPrevious == "" || c.JWTSecretPrevious != c.JWTSecret, "JWT_SECRET_PREVIOUS is the same as JWT_SECRET; it must be the one before.")
	must(c.EncryptionKeyPrevious == "" || c.EncryptionKeyPrevious != c.EncryptionKey, "ENCRYPTION_KEY_PREVIOUS is the same as ENCRYPTION_KEY; it must be the one before.")
}

func (c Config) checkPeople(must check) {
	hasPassword := c.AdminPassword != "" || c.AdminPasswordFile != ""
	must(c.AdminPassword == "" || c.AdminPasswordFile == "", "Set ADMIN_PASSWORD or ADMIN_PASSWORD_FILE, not both.")
	must((c.AdminEmail != "") == hasPassword, "ADMIN_EMAIL and ADMIN_PASSWORD (or ADMIN_PASSWORD_FILE) must be set together.")
	must(c.AdminEmail == "" || strings.Contains(c.AdminEmail, "@"), "ADMIN_EMAIL must be an e-mail address.")
	must(within(c.AccessTokenExp, time.Minute, 24*time.Hour), "ACCESS_TOKEN_EXPIRY must be from 1m to 24h.")
	must(within(c.RefreshTokenExp, time.Hour, 90*24*time.Hour) && c.RefreshTokenExp%time.Hour == 0, "REFRESH_TOKEN_EXPIRY must be from 1h to 2160h (90 days), in whole hours.")
	must(c.RefreshTokenExp > c.AccessTokenExp, "REFRESH_TOKEN_EXPIRY must be longer than ACCESS_TOKEN_EXPIRY.")
}

func (c Config) checkLimits(must check) {
	must(within(c.DBMaxConns, 2, 1000), "DB_MAX_CONNS must be from 2 to 1000.")
	must(within(c.MaxMessageBytes, 1024, 1<<20), "MAX_MESSAGE_BYTES must be from 1024 to 1048576.")
	must(within(c.MaxAnswerBytes, 1024, 16<<20), "MAX_ANSWER_BYTES must be from 1024 to 16777216.")
	must(within(c.MaxSocketsPerUser, 1, 10_000), "MAX_SOCKETS_PER_USER must be from 1 to 10000.")
	must(within(c.DrainTimeout, 0, 5*time.Minute), "DRAIN_TIMEOUT must be from 0s to 5m.")
	must(slices.Contains([]string{"debug", "info", "warn", "error"}, c.LogLevel), "LOG_LEVEL must be debug, info, warn or error.")
	must(slices.Contains([]string{"text", "json"}, c.LogFormat), "LOG_FORMAT must be text or json.")
}

func within[T int | time.Duration](value, least, most T) bool { return value >= least && value <= most }

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.Unmap().IsLoopback()
}

func isHTTP(text string) bool {
	at, err := url.Parse(text)
	return err == nil && (at.Scheme == "http" || at.Scheme == "https") && at.Hostname() != "" && at.User == nil && at.Fragment == "" && at.RawQuery == ""
}

func isOrigin(text string) bool {
	at, err := url.Parse(text)
	return err == nil && isHTTP(text) && at.Path == "" && !strings.HasSuffix(text, "?") && !strings.HasSuffix(text, "#")
}

func isPostgres(text string) bool {
	at, err := url.Parse(text)
	return err == nil && (at.Scheme == "postgres" || at.Scheme == "postgresql")
}
