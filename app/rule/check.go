package rule

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/quillium/quillium/app"
)

// Check holds text against the rule of a field and answers the form in which
// it is kept: NFC (Unicode Standard Annex 15), trimmed where the rule says so.
// The error is invalid_input, or too_large where bytes are counted, with the
// field in its details.
func Check(field Field, text string) (string, error) {
	return compiled[field].check(string(field), text)
}

func (r entry) check(field, text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", app.Invalid(field, "not valid UTF-8")
	}
	text = norm.NFC.String(text)
	if r.Trim {
		text = strings.TrimSpace(text)
	}
	if len(r.OneOf) > 0 && !slices.Contains(r.OneOf, text) {
		return "", app.Invalid(field, "one of %s", strings.Join(r.OneOf, ", "))
	}
	if err := r.checkLength(field, text); err != nil {
		return "", err
	}
	if text == "" {
		return "", nil
	}
	if err := r.checkCharacters(field, text); err != nil {
		return "", err
	}
	if r.pattern != nil && !r.pattern.MatchString(text) {
		return "", app.Invalid(field, "%s is expected", r.Form)
	}
	return text, nil
}

func (r entry) checkLength(field, text string) error {
	length := len(text)
	if r.Unit == Characters {
		length = utf8.RuneCountInString(text)
	}
	switch {
	case length == 0 && r.Min > 0:
		return app.Invalid(field, "must not be empty")
	case length < r.Min:
		return app.Invalid(field, "at least %d %s", r.Min, r.Unit)
	case r.Max > 0 && length > r.Max && r.Unit == Bytes:
		return tooLarge(field, r.Max)
	case r.Max > 0 && length > r.Max:
		return app.Invalid(field, "at most %d %s", r.Max, r.Unit)
	}
	return nil
}

func (r entry) checkCharacters(field, text string) error {
	visible := false
	for _, c := range text {
		switch {
		case c == 0:
			return app.Invalid(field, "must not hold U+0000")
		case unicode.IsControl(c) && !r.allows(c):
			return app.Invalid(field, "must not hold control characters")
		case r.Plain && (isOverride(c) || c == '\u2028' || c == '\u2029'):
			return app.Invalid(field, "must not hold line separators or characters that turn the direction of text")
		}
		visible = visible || unicode.IsGraphic(c) && !unicode.IsSpace(c)
	}
	if r.Plain && !visible {
		return app.Invalid(field, "must hold something that can be seen")
	}
	return nil
}

func (r entry) allows(control rune) bool {
	return r.Controls == AnyControls || r.Controls == LineControls && (control == '\n' || control == '\t')
}

// isOverride finds the embeddings, overrides and isolates of UAX 9, with
// which one name could be made to read as another.
func isOverride(c rune) bool {
	return c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069'
}

func tooLarge(field string, limit int) error {
	err := app.Errorf(app.CodeTooLarge, "The field %s is too long: at most %d bytes.", field, limit)
	err.Details = []app.Detail{{Field: field, Message: app.Errorf(app.CodeTooLarge, "at most %d bytes", limit).Message}}
	return err
}
