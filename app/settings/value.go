package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// Source is where a value came from.
type Source string

// The sources, the stronger ones last.
const (
	SourceDefault     Source = "default"
	SourceDatabase    Source = "database"
	SourceEnvironment Source = "environment"
)

// Value is a setting as it stands. Who changed it when is known where it was
// changed here and stands.
type Value struct {
	Definition
	Value     any         `json:"value"`
	Source    Source      `json:"source"`
	UpdatedAt *time.Time  `json:"updated_at"`
	UpdatedBy *app.Person `json:"updated_by"`
}

// parse reads a value of the definition's kind; its errors are for people.
func (d Definition) parse(raw json.RawMessage) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, d.expected()
	}
	switch value := value.(type) {
	case json.Number:
		whole, err := value.Int64()
		if err != nil || d.Kind != Int {
			return nil, d.expected()
		}
		return whole, d.fits(whole)
	case string:
		if d.Kind != Text {
			return value, d.fits(value)
		}
		return d.text(value)
	case []any:
		return d.list(value)
	}
	return nil, d.expected()
}

// fits tells whether a value is of the kind and within its bounds.
func (d Definition) fits(value any) error {
	right := false
	switch value := value.(type) {
	case int64:
		right = d.Kind == Int && value >= d.Min && value <= d.Max
	case string:
		right = d.Kind == Text || d.Kind == Enum && slices.Contains(d.Options, value)
	case []string:
		right = d.Kind == List && int64(len(value)) <= d.Max
	}
	if !right {
		return d.expected()
	}
	return nil
}

func (d Definition) text(text string) (string, error) {
	text, err := rule.Check(d.Rule, text)
	if err != nil {
		return "", errors.New(app.AsError(err).Details[0].Message)
	}
	return text, nil
}

// list keeps the order of who wrote it, and each entry once.
func (d Definition) list(entries []any) (any, error) {
	list := []string{}
	for _, entry := range entries {
		text, is := entry.(string)
		if !is || d.Kind != List {
			return nil, d.expected()
		}
		text, err := d.text(strings.ToLower(strings.TrimPrefix(strings.TrimSpace(text), "@")))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list, d.fits(list)
}

func (d Definition) expected() error {
	switch d.Kind {
	case Int:
		return fmt.Errorf("a whole number from %d to %d is expected", d.Min, d.Max)
	case Enum:
		return fmt.Errorf("one of %s is expected", strings.Join(d.Options, ", "))
	case List:
		return fmt.Errorf("a list of at most %d texts is expected", d.Max)
	case Picture:
		return errors.New("a picture is sent to /api/v1/admin/settings/logo; null takes it away")
	default:
		return errors.New("a text is expected")
	}
}

// is tells whether a setting has this value already; nil is the default.
func (v Value) is(value any) bool {
	if value == nil {
		return v.Source == SourceDefault
	}
	return reflect.DeepEqual(v.Value, value)
}

// restore reads what was stored.
func (d Definition) restore(raw json.RawMessage) (any, error) {
	if d.Kind != Picture {
		return d.parse(raw)
	}
	var hash string
	err := json.Unmarshal(raw, &hash)
	return hash, err
}

// longestTold bounds what is recorded of a value, in bytes.
const longestTold = 480

// told is a value as its history has it.
func told(value any) string {
	text := fmt.Sprint(value)
	if list, is := value.([]string); is {
		text = strings.Join(list, ", ")
	}
	if len(text) > longestTold {
		text = strings.ToValidUTF8(text[:longestTold], "") + "…"
	}
	return text
}
