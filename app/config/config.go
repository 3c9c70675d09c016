// Package config reads what an operator chose, once, at the start: from the
// environment and an .env file into one struct, with complaints in full
// sentences. Below it constructors take plain values. It is the only door to
// godotenv and caarlos0/env, and imports nothing else of Quillium.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"
)

// Config is what an operator can choose. Each field has a variable, a default
// and a line in .env.example; secret ones are never shown, and those of the
// console can be set there where nobody sets them here.
type Config struct {
	Host      string `env:"HOST" envDefault:"127.0.0.1"`
	Port      int    `env:"PORT" envDefault:"8787"`
	PublicURL string `env:"PUBLIC_URL"`
	DataDir   string `env:"QUILLIUM_DATA" envDefault:"./data"`

	DatabaseURL string `env:"DATABASE_URL" secret:"true"`
	// NotifyDatabaseURL is where nodes hear of each other; empty is DatabaseURL.
	NotifyDatabaseURL string `env:"NOTIFY_DATABASE_URL" secret:"true"`
	DBMaxConns        int    `env:"DB_MAX_CONNS" envDefault:"10"`
	PGBin             string `env:"QUILLIUM_PG_BIN"`

	JWTSecret             string        `env:"JWT_SECRET" secret:"true"`
	JWTSecretPrevious     string        `env:"JWT_SECRET_PREVIOUS" secret:"true"`
	EncryptionKey         string        `env:"ENCRYPTION_KEY" secret:"true"`
	EncryptionKeyPrevious string        `env:"ENCRYPTION_KEY_PREVIOUS" secret:"true"`
	AccessTokenExp        time.Duration `env:"ACCESS_TOKEN_EXPIRY" envDefault:"15m"`
	RefreshTokenExp       time.Duration `env:"REFRESH_TOKEN_EXPIRY" envDefault:"168h" console:"true"`

	EnableSignups     bool   `env:"ENABLE_SIGNUPS" envDefault:"true" console:"true"`
	AdminEmail        string `env:"ADMIN_EMAIL"`
	AdminPassword     string `env:"ADMIN_PASSWORD" secret:"true"`
	AdminPasswordFile string `env:"ADMIN_PASSWORD_FILE"`

	OpenAIBaseURL string `env:"OPENAI_BASE_URL"`
	OpenAIAPIKey  string `env:"OPENAI_API_KEY" secret:"true"`
	DefaultModel  string `env:"DEFAULT_MODEL" console:"true"`
	Autodetect    string `env:"QUILLIUM_AUTODETECT" envDefault:"offer"`

	MaxMessageBytes   int  `env:"MAX_MESSAGE_BYTES" envDefault:"131072" console:"true"`
	MaxAnswerBytes    int  `env:"MAX_ANSWER_BYTES" envDefault:"262144" console:"true"`
	MaxSocketsPerUser int  `env:"MAX_SOCKETS_PER_USER" envDefault:"50" console:"true"`
	RateLimit         bool `env:"RATE_LIMIT" envDefault:"on"`

	CORSAllowedOrigins []string       `env:"CORS_ALLOWED_ORIGINS"`
	TrustedProxies     []netip.Prefix `env:"TRUSTED_PROXIES"`

	LogLevel      string        `env:"LOG_LEVEL" envDefault:"info" console:"true"`
	LogFormat     string        `env:"LOG_FORMAT" envDefault:"text"`
	EnableMetrics bool          `env:"ENABLE_METRICS" envDefault:"false"`
	MetricsAddr   string        `env:"METRICS_ADDR" envDefault:"127.0.0.1:9090"`
	DrainTimeout  time.Duration `env:"DRAIN_TIMEOUT" envDefault:"30s"`

	given map[string]string
}

// Lookup finds the value of a variable, as os.LookupEnv does.
type Lookup func(name string) (string, bool)

// WithFile looks into a file of NAME=value lines for what the environment
// does not have. A file that is not there is no mistake.
func WithFile(environment Lookup, path string) (Lookup, error) {
	file, err := godotenv.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return environment, nil
	}
	if err != nil {
		// The parser's own words may quote a line, and with it a secret.
		return nil, fmt.Errorf("%s cannot be read; each line must be NAME=value or a comment after #", path)
	}
	return func(name string) (string, bool) {
		if value, found := environment(name); found {
			return value, true
		}
		value, found := file[name]
		return value, found
	}, nil
}

// Load reads every variable; an empty one has its default. All that is wrong
// comes back in one error, a sentence a line, without the value of a secret.
func Load(lookup Lookup) (Config, error) {
	given := map[string]string{}
	for _, field := range fields() {
		if value, _ := lookup(field.variable); strings.TrimSpace(value) != "" {
			given[field.variable] = strings.TrimSpace(value)
		}
	}
	config := Config{given: given}
	unread, sentences := unreadable(parse(&config, given))
	if len(unread) > 0 {
		// Their defaults stand in, so that one mistake is told once.
		readable := maps.Clone(given)
		maps.DeleteFunc(readable, func(variable, _ string) bool { return slices.Contains(unread, variable) })
		_ = parse(&config, readable)
	}
	config.CORSAllowedOrigins = trimmed(config.CORSAllowedOrigins)
	return config, problems(append(sentences, config.wrong()...))
}

func parse(config *Config, given map[string]string) error {
	return env.ParseWithOptions(config, env.Options{Environment: given, FuncMap: parsers()})
}

// Address is where the server listens: host and port.
func (c Config) Address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

// Given tells whether somebody set this variable, or it has its default.
func (c Config) Given(variable string) bool { return c.given[variable] != "" }

// Embedded tells whether the server runs a database of its own.
func (c Config) Embedded() bool { return c.DatabaseURL == "" }

type field struct {
	name, variable, standard string
	secret, console          bool
}

// fields are the variables in the order of the struct.
func fields() []field {
	shape := reflect.TypeFor[Config]()
	list := make([]field, 0, shape.NumField())
	for i := range shape.NumField() {
		if of := shape.Field(i); of.IsExported() {
			list = append(list, field{of.Name, of.Tag.Get("env"), of.Tag.Get("envDefault"), of.Tag.Get("secret") == "true", of.Tag.Get("console") == "true"})
		}
	}
	return list
}

func parsers() map[reflect.Type]env.ParserFunc {
	return map[reflect.Type]env.ParserFunc{
		reflect.TypeFor[[]netip.Prefix](): func(text string) (any, error) { return parsePrefixes(text) },
		reflect.TypeFor[bool]():           func(text string) (any, error) { return parseSwitch(text) },
	}
}

func parsePrefixes(text string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, item := range trimmed(strings.Split(text, ",")) {
		prefix, err := parsePrefix(item)
		if err != nil {
			return nil, err
		}
		list = append(list, prefix)
	}
	return list, nil
}

// parsePrefix also takes a single address.
func parsePrefix(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	return prefix.Masked(), err
}

func parseSwitch(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "on", "yes", "1":
		return true, nil
	case "false", "off", "no", "0":
		return false, nil
	}
	return false, errors.New("neither on nor off")
}

func trimmed(list []string) []string {
	var kept []string
	for _, item := range list {
		if item = strings.TrimSpace(item); item != "" {
			kept = append(kept, item)
		}
	}
	return kept
}
