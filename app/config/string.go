package config

import (
	"fmt"
	"log/slog"
	"reflect"
	"strings"
)

// hidden stands for a secret that is set.
const hidden = "(hidden)"

// String shows every variable as NAME=value, a line each, secrets masked.
func (c Config) String() string {
	var text strings.Builder
	for _, field := range fields() {
		_, _ = fmt.Fprintf(&text, "%s=%s\n", field.variable, c.shown(field))
	}
	return text.String()
}

// GoString, LogValue and MarshalText keep secrets out of %#v, logs and JSON.
func (c Config) GoString() string { return c.String() }

// LogValue is what a log shows.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText is what an encoder shows.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Entry is one variable as it is in force. Source is default, environment or
// file.
type Entry struct {
	Variable, Value, Source string
	Secret                  bool
}

// Entries are all variables in the order of the struct, secrets masked. What was
// given and is not in the environment came from a file.
func (c Config) Entries(environment Lookup) []Entry {
	var list []Entry
	for _, field := range fields() {
		e := Entry{Variable: field.variable, Value: c.shown(field), Source: "default", Secret: field.secret}
		if c.Given(field.variable) {
			e.Source = "file"
			if value, _ := environment(field.variable); strings.TrimSpace(value) != "" {
				e.Source = "environment"
			}
		}
		list = append(list, e)
	}
	return list
}

// Secrets are the values that must be shown nowhere.
func (c Config) Secrets() (values []string) {
	for _, field := range fields() {
		if value := reflect.ValueOf(c).FieldByName(field.name); field.secret && !value.IsZero() {
			values = append(values, value.String())
		}
	}
	return values
}

func (c Config) shown(of field) string {
	value := reflect.ValueOf(c).FieldByName(of.name)
	switch {
	case of.secret && value.IsZero():
		return ""
	case of.secret:
		return hidden
	case value.Kind() == reflect.Slice:
		return strings.Join(strings.Fields(strings.Trim(fmt.Sprint(value.Interface()), "[]")), ",")
	}
	return fmt.Sprint(value.Interface())
}
