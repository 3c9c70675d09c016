package llm

import (
	"context"
	"errors"
	"time"

	"github.com/quillium/quillium/app"
)

// Failure is what a failed answer tells its readers: code and sentence of the
// domain error in the chain. Whatever is none says nothing of its cause.
func Failure(err error) app.Failure {
	domain := app.AsError(err)
	if domain.Code != app.CodeInternal {
		return app.Failure{Code: domain.Code, Message: domain.Message}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Failure(TooSlow(err))
	}
	if errors.Is(err, context.Canceled) {
		return Failure(BrokeOff(err))
	}
	return app.Failure{Code: app.CodeInternal, Message: "The answer failed for a reason on this server. The log has it."}
}

// Unreachable: nothing answers at the endpoint's address.
func Unreachable(cause error) *app.Error {
	return because(cause, app.CodeUnavailable,
		"The model's endpoint cannot be reached. Try again in a moment; if it stays so, an administrator should check its address.")
}

// Broken: the endpoint answered, with a fault of its own.
func Broken(cause error) *app.Error {
	return because(cause, app.CodeUnavailable,
		"The model's endpoint reports a fault of its own. Try again in a moment.")
}

// BadAddress: the provider's address is none that may be asked.
func BadAddress(cause error) *app.Error {
	return because(cause, app.CodeUnavailable,
		"The model's endpoint has an address that may not be used. An administrator should check it.")
}

// RefusedKey: the endpoint does not accept the key.
func RefusedKey(cause error) *app.Error {
	return because(cause, app.CodeForbidden,
		"The model's endpoint refused the key. An administrator should enter a valid one.")
}

// UnknownModel: the endpoint does not know the model.
func UnknownModel(cause error) *app.Error {
	return because(cause, app.CodeNotFound,
		"The model's endpoint does not know this model (any more). Choose another one.")
}

// TooLong: the conversation is longer than the model can take.
func TooLong(cause error) *app.Error {
	return because(cause, app.CodeTooLarge,
		"The conversation is too long for this model. Begin a new chat, or choose a model with a larger context.")
}

// RateLimited: the endpoint wants a pause, of the given length where it said so.
func RateLimited(cause error, after time.Duration) *app.Error {
	limited := because(cause, app.CodeRateLimited,
		"The model's endpoint is answering too many requests, or its quota is used up. Wait a little and try again.")
	limited.RetryAfter = after
	return limited
}

// Rejected: the endpoint did not like the request, and said nothing we know.
func Rejected(cause error) *app.Error {
	return because(cause, app.CodeInvalidInput,
		"The model's endpoint did not accept the request. Choose another model; the server's log has the details.")
}

// BrokeOff: the stream ended before the answer did.
func BrokeOff(cause error) *app.Error {
	return because(cause, app.CodeUnavailable,
		"The model's endpoint broke off before the answer was complete. Try again, or continue the answer.")
}

// Garbled: the stream carried something that is no answer.
func Garbled(cause error) *app.Error {
	return because(cause, app.CodeUnavailable,
		"The model's endpoint sent something that could not be understood. Try again, or choose another model.")
}

// TooSlow: no first word, no next word, or no end came in time.
func TooSlow(cause error) *app.Error {
	return because(cause, app.CodeUnavailable,
		"The model's endpoint took too long to answer. Try again, or choose another model.")
}

// Elsewhere: the endpoint redirects, which is not followed.
func Elsewhere(cause error) *app.Error {
	return because(cause, app.CodeUnavailable,
		"The model's endpoint points to another address, which is not followed. An administrator should enter the final one.")
}

// NoList: there is no list of models at this address; asking may work still.
func NoList(cause error) *app.Error {
	return because(cause, app.CodeNotFound, "The model's endpoint has no list of models.")
}

// NothingHere: the address leads to a server, but not to one for chats.
func NothingHere(cause error) *app.Error {
	return because(cause, app.CodeNotFound,
		"There is no model at the endpoint's address. An administrator should check it; it often ends in /v1.")
}

// Withheld: the endpoint's own filter ended the answer.
func Withheld(cause error) *app.Error {
	return because(cause, app.CodeForbidden,
		"The model's endpoint withheld the rest of the answer. Put the question differently, or choose another model.")
}

// Cut: the answer reached the most that the model may write at once.
func Cut(cause error) *app.Error {
	return because(cause, app.CodeTooLarge,
		"The answer reached the most this model may write at once. You can continue it.")
}

func because(cause error, code app.Code, sentence string) *app.Error {
	return &app.Error{Code: code, Message: sentence, Cause: cause}
}
