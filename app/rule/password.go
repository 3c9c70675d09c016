package rule

import (
	_ "embed" // for the list of common passwords
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/quillium/quillium/app"
)

// common is the commonest passwords of ten characters and more, in lower
// case, a line each, with a line break before the first; shorter ones are too
// short anyway. It stays in the binary's read-only pages.
//
//go:embed passwords.txt
var common string

// Password checks a new password: 10 to 128 of any characters, none of the
// commonest, and not the account's address. The field of the error is the
// one given, since calls name it differently. The form that is hashed is
// PasswordText's.
func Password(field Field, password, email string) (string, error) {
	text, err := compiled[FieldPassword].check(string(field), password)
	if err != nil {
		return "", err
	}
	folded := strings.ToLower(text)
	if strings.TrimSpace(folded) == EmailKey(email) {
		return "", app.Invalid(string(field), "must not be the e-mail address")
	}
	if !strings.Contains(folded, "\n") && strings.Contains(common, "\n"+folded+"\n") {
		return "", app.Invalid(string(field), "is one of the commonest passwords; choose another")
	}
	return text, nil
}

// PresentPassword checks the length alone of a password that is to be
// compared with the account's: 1 to 128 characters.
func PresentPassword(field Field, password string) (string, error) {
	return compiled[FieldPresentPassword].check(string(field), password)
}

// PasswordText is the form of a password that is hashed and compared: NFC, so
// that keyboards which write an accent differently open the same account.
func PasswordText(password string) string { return norm.NFC.String(password) }
