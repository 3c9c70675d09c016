package controllers

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/quillium/quillium/app"
)

// maxNesting is how many levels of objects and arrays a client may send.
const maxNesting = 32

// decodeJSON reads exactly one JSON value (RFC 8259) from a client into a
// pointer to a struct, strictly: UTF-8 only, no U+0000 and no half of a
// surrogate pair in a string, at most 32 levels, no key twice, no unknown
// field, field names in their exact case, nothing after the value. Whatever it
// refuses is invalid_input with a sentence that names the field where one is
// known.
func decodeJSON(body []byte, into any) error {
	start := bytes.TrimSpace(body)
	if len(start) == 0 {
		return app.Errorf(app.CodeInvalidInput, "The body is empty; send a JSON object.")
	}
	// encoding/json would take null for an object with nothing in it.
	if start[0] == 'n' {
		return app.Errorf(app.CodeInvalidInput, "The body is no JSON object.")
	}
	if err := checkText(body); err != nil {
		return err
	}
	if err := checkKeys(body, fieldNames(into)); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return decodeError(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return app.Errorf(app.CodeInvalidInput, "There is something after the JSON object.")
	}
	return nil
}

// checkText looks at the bytes before encoding/json does, because that turns
// bad UTF-8 and lone surrogates into U+FFFD in silence and recurses as deep
// as it is told to.
func checkText(body []byte) error {
	if !utf8.Valid(body) {
		return app.Errorf(app.CodeInvalidInput, "The body is not valid UTF-8.")
	}
	depth := 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '{', '[':
			if depth++; depth > maxNesting {
				return app.Errorf(app.CodeInvalidInput, "The JSON is nested too deeply: at most %d levels.", maxNesting)
			}
		case '}', ']':
			depth--
		case '"':
			end, err := checkString(body, i+1)
			if err != nil {
				return err
			}
			i = end
		}
	}
	return nil
}

// checkString walks a string from behind its opening quote and tells where its
// closing quote is. A string that never ends is left to the decoder.
func checkString(body []byte, i int) (int, error) {
	for ; i < len(body) && body[i] != '"'; i++ {
		if body[i] != '\\' {
			continue
		}
		i++
		if i >= len(body) || body[i] != 'u' {
			continue
		}
		first, known := escapedUnit(body, i-1)
		if !known {
			continue
		}
		if first == 0 {
			return i, app.Errorf(app.CodeInvalidInput, "The character U+0000 is not allowed in a text.")
		}
		i += 4
		if !utf16.IsSurrogate(first) {
			continue
		}
		second, known := escapedUnit(body, i+1)
		if !known || utf16.DecodeRune(first, second) == utf8.RuneError {
			return i, app.Errorf(app.CodeInvalidInput, "A text holds half of a surrogate pair.")
		}
		i += 6
	}
	return i, nil
}

// escapedUnit reads \uXXXX at a place.
func escapedUnit(body []byte, at int) (rune, bool) {
	if at+6 > len(body) || body[at] != '\\' || body[at+1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(body[at+2:at+6]), 16, 16)
	return rune(unit), err == nil
}

// checkKeys refuses a key that is there twice in one object, and at the top
// one that is not among the known names (encoding/json would take "TITLE" for
// "title"). Without known names any key goes.
func checkKeys(body []byte, known map[string]bool) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var open []map[string]bool // one set of keys for each open object, nil for an array
	wantKey := false
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil //nolint:nilerr // the decoder proper says it better
		}
		if delim, is := token.(json.Delim); is {
			open = step(open, delim)
			if len(open) == 0 {
				return nil
			}
			wantKey = open[len(open)-1] != nil
			continue
		}
		if len(open) == 0 {
			return nil
		}
		keys := open[len(open)-1]
		if keys == nil || !wantKey {
			wantKey = keys != nil
			continue
		}
		if err := checkKey(keys, token, len(open) == 1, known); err != nil {
			return err
		}
		wantKey = false
	}
}

func step(open []map[string]bool, delim json.Delim) []map[string]bool {
	switch delim {
	case '{':
		return append(open, map[string]bool{})
	case '[':
		return append(open, nil)
	}
	return open[:len(open)-1]
}

func checkKey(seen map[string]bool, token json.Token, top bool, known map[string]bool) error {
	key, _ := token.(string)
	if seen[key] {
		return app.Invalid(shown(key), "it is there twice")
	}
	seen[key] = true
	if top && known != nil && !known[key] {
		return app.Invalid(shown(key), "there is no such field")
	}
	return nil
}

// fieldNames are the JSON names of a struct's fields; nil for anything else.
func fieldNames(into any) map[string]bool {
	shape := reflect.TypeOf(into)
	for shape != nil && shape.Kind() == reflect.Pointer {
		shape = shape.Elem()
	}
	if shape == nil || shape.Kind() != reflect.Struct {
		return nil
	}
	names := make(map[string]bool, shape.NumField())
	for _, field := range reflect.VisibleFields(shape) {
		if !field.IsExported() || field.Anonymous {
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" {
			name = field.Name
		}
		names[name] = name != "-"
	}
	return names
}

func decodeError(err error) error {
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return app.Invalid(shown(wrongType.Field), "%s is expected", kindName(wrongType.Type))
	case errors.As(err, &wrongType):
		return app.Errorf(app.CodeInvalidInput, "The body must be a JSON object.")
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return app.Invalid(shown(strings.Trim(name, `"`)), "there is no such field")
	}
	return app.Errorf(app.CodeInvalidInput, "The body is not valid JSON.")
}

// kindName says in words what JSON a Go type wants.
func kindName(of reflect.Type) string {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	switch of.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		return "a whole number in range"
	}
}

// shown makes a name that a client chose fit for a sentence.
func shown(name string) string {
	const longest = 64
	cleaned := strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
	if runes := []rune(cleaned); len(runes) > longest {
		return string(runes[:longest]) + "..."
	}
	return cleaned
}
