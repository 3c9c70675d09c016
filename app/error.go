package app

import (
	"errors"
	"fmt"
	"time"
)

// Code names a kind of failure. Clients branch on it; it never changes.
type Code string

// The codes of the API. controllers/errors.go maps each to one HTTP status.
const (
	CodeInvalidInput Code = "invalid_input"
	CodeUnauthorized Code = "unauthorized"
	CodeForbidden    Code = "forbidden"
	CodeNotFound     Code = "not_found"
	CodeConflict     Code = "conflict"
	CodeTooLarge     Code = "too_large"
	CodeUnsupported  Code = "unsupported"
	CodeRateLimited  Code = "rate_limited"
	CodeInternal     Code = "internal"
	CodeUnavailable  Code = "unavailable"
)

// Error is what a service answers with when it refuses: a code for programs,
// a sentence for people, and the cause for the log alone.
type Error struct {
	Code       Code          `json:"code"`
	Message    string        `json:"message"`
	Details    []Detail      `json:"details,omitempty"`
	RetryAfter time.Duration `json:"-"`
	// Cause is logged and never sent.
	Cause error `json:"-"`
}

// Detail says what is wrong with one field of the input.
type Detail struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// One value a code, for errors.Is: it holds for every error of that code,
// whatever sentence the error carries.
var (
	ErrInvalidInput = &Error{Code: CodeInvalidInput, Message: "Some of the values are not valid."}
	ErrUnauthorized = &Error{Code: CodeUnauthorized, Message: "Sign in to do this."}
	ErrForbidden    = &Error{Code: CodeForbidden, Message: "You may not do this."}
	ErrNotFound     = &Error{Code: CodeNotFound, Message: "There is nothing here, or you may not see it."}
	ErrConflict     = &Error{Code: CodeConflict, Message: "This is not possible in the present state."}
	ErrTooLarge     = &Error{Code: CodeTooLarge, Message: "This is too large."}
	ErrUnsupported  = &Error{Code: CodeUnsupported, Message: "Send application/json."}
	ErrRateLimited  = &Error{Code: CodeRateLimited, Message: "Too many requests; wait a little."}
	ErrInternal     = &Error{Code: CodeInternal, Message: "Something went wrong here. The log has it under the request id."}
	ErrUnavailable  = &Error{Code: CodeUnavailable, Message: "Quillium is not ready; try again in a moment."}
)

// ErrConfirm asks for the password once more. It is this very value, so that
// the console knows it from what is forbidden for good.
var ErrConfirm = &Error{
	Code: CodeForbidden, Message: "Type your password once more to do this.",
	Details: []Detail{{Field: "password", Message: "it was typed more than 15 minutes ago"}},
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s (%v)", e.Code, e.Message, e.Cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

func (e *Error) Unwrap() error { return e.Cause }

// Is holds for any error of the same code.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code
}

// Errorf makes an error with a sentence for people.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid makes an invalid_input error about one field.
func Invalid(field, format string, args ...any) *Error {
	text := fmt.Sprintf(format, args...)
	return &Error{Code: CodeInvalidInput, Message: sentence(field, text), Details: []Detail{{Field: field, Message: text}}}
}

// AsError finds the domain error in a chain; whatever is none is internal,
// with the chain kept as its cause.
func AsError(err error) *Error {
	var domain *Error
	if errors.As(err, &domain) {
		return domain
	}
	return &Error{Code: CodeInternal, Message: ErrInternal.Message, Cause: err}
}

func sentence(field, text string) string {
	return "The field " + field + " is not valid: " + text + "."
}
