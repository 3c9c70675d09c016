package rule

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/quillium/quillium/app"
)

// Name checks a person's name: 1 to 80 characters on one line.
func Name(text string) (string, error) { return Check(FieldName, text) }

// Email checks an address, which is a name and no proof: it is kept as typed.
// See EmailKey for what makes it unique.
func Email(text string) (string, error) { return Check(FieldEmail, text) }

// EmailKey is what two addresses have in common that are the same account.
func EmailKey(email string) string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(strings.TrimSpace(email))))
}

// Title checks a chat's title: 1 to 255 characters on one line.
func Title(text string) (string, error) { return Check(FieldTitle, text) }

// SystemPrompt checks a chat's instructions: up to 32 KiB, or nothing. More
// is too_large.
func SystemPrompt(text string) (string, error) { return Check(FieldSystemPrompt, text) }

// Content checks a message: 1 to maxBytes bytes after NFC, not trimmed. More
// is too_large.
func Content(text string, maxBytes int) (string, error) {
	// NFC may make text longer or shorter, but not by more than a factor of
	// three; far too much is refused before any work is put into it.
	if len(text) > 3*maxBytes {
		return "", tooLarge(string(FieldContent), maxBytes)
	}
	r := compiled[FieldContent]
	r.Max = maxBytes
	return r.check(string(FieldContent), text)
}

// Token checks the length alone of a secret that a client hands back, 1 to
// 200 characters; whether it is one of ours is another matter.
func Token(field Field, token string) (string, error) {
	return compiled[FieldToken].check(string(field), token)
}

// Query checks what is searched for: up to 200 characters, or nothing.
func Query(text string) (string, error) { return Check(FieldQuery, text) }

// ClientID checks the name a client gave its own message: 1 to 64 characters.
func ClientID(text string) (string, error) { return Check(FieldClientID, text) }

// Model checks a model's id. Empty stands for whatever is the default.
func Model(text string) (string, error) { return Check(FieldModel, text) }

// Reason checks why somebody does something: 1 to 500 characters on one line.
func Reason(text string) (string, error) { return Check(FieldReason, text) }

// DefaultModel checks the model of a user's settings; empty is none.
func DefaultModel(text string) (string, error) { return Check(FieldDefaultModel, text) }

// ModelCall checks an id or alias that a model is to have, under the name of
// the field that it came in.
func ModelCall(field, text string) error {
	_, err := compiled[FieldModelCall].check(field, text)
	return err
}

// ModelName checks how a model is shown: 1 to 200 characters on one line.
func ModelName(text string) (string, error) { return compiled[FieldModelName].check("name", text) }

// Upstream checks a model's name at its provider: 1 to 200 characters.
func Upstream(text string) (string, error) { return Check(FieldUpstream, text) }

// ReplyPolicy checks when a chat's model answers unasked.
func ReplyPolicy(text string) (app.ReplyPolicy, error) {
	policy, err := Check(FieldReplyPolicy, text)
	return app.ReplyPolicy(policy), err
}

// MemberRole checks what somebody shall be in a chat.
func MemberRole(text string) (app.MemberRole, error) {
	role, err := Check(FieldMemberRole, text)
	return app.MemberRole(role), err
}

// Theme checks which colours a user wants: system, light or dark.
func Theme(text string) (string, error) { return Check(FieldTheme, text) }

// Language checks a language tag: well formed by BCP 47, known or not.
func Language(text string) (string, error) { return Check(FieldLanguage, text) }
