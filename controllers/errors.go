package controllers

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
)

// StatusOf is the one table from error code to HTTP status.
func StatusOf(code app.Code) int {
	switch code {
	case app.CodeInvalidInput:
		return http.StatusBadRequest
	case app.CodeUnauthorized:
		return http.StatusUnauthorized
	case app.CodeForbidden:
		return http.StatusForbidden
	case app.CodeNotFound:
		return http.StatusNotFound
	case app.CodeConflict:
		return http.StatusConflict
	case app.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case app.CodeUnsupported:
		return http.StatusUnsupportedMediaType
	case app.CodeRateLimited:
		return http.StatusTooManyRequests
	case app.CodeUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// RenderPage answers a browser with a page that says what went wrong.
type RenderPage func(c *fiber.Ctx, status int, message, requestID string) error

// NewErrorHandler makes the one handler in which every error of an HTTP
// request ends: pages, JSON and sockets before their upgrade. A browser that
// asks for HTML outside /api gets a page, everybody else the error object of
// the API. The cause of an internal error goes to the log, once, under the
// request id, and nowhere else.
func NewErrorHandler(log *slog.Logger, render RenderPage) fiber.ErrorHandler {
	return func(c *fiber.Ctx, err error) error {
		failure, requestID := asFailure(err), requestIDOf(c)
		status := StatusOf(failure.Code)
		if status >= http.StatusInternalServerError && failure.Cause != nil {
			log.Error("request failed", "request_id", requestID, "code", string(failure.Code), "cause", failure.Cause.Error())
		}
		c.Set(fiber.HeaderXRequestID, requestID)
		if failure.RetryAfter > 0 {
			c.Set(fiber.HeaderRetryAfter, retrySeconds(failure.RetryAfter))
		}
		if render != nil && wantsPage(c) {
			return render(c, status, failure.Message, requestID)
		}
		return c.Status(status).JSON(body(failure, requestID))
	}
}

// errorBody is the error object as clients see it.
type errorBody struct {
	Error struct {
		Code      app.Code     `json:"code"`
		Message   string       `json:"message"`
		Details   []app.Detail `json:"details"`
		RequestID string       `json:"request_id"`
	} `json:"error"`
}

func body(failure *app.Error, requestID string) errorBody {
	var answer errorBody
	answer.Error.Code = failure.Code
	answer.Error.Message = failure.Message
	answer.Error.Details = failure.Details
	if answer.Error.Details == nil {
		answer.Error.Details = []app.Detail{}
	}
	answer.Error.RequestID = requestID
	return answer
}

// asFailure makes any error one of the domain's. What Fiber itself refuses has
// a status and becomes the nearest code; a deadline that passed is our being
// slow, not the client's fault.
func asFailure(err error) *app.Error {
	var refused *fiber.Error
	var domain *app.Error
	switch {
	case errors.As(err, &domain):
		return domain
	case errors.As(err, &refused):
		return fromStatus(refused)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &app.Error{Code: app.CodeUnavailable, Message: app.ErrUnavailable.Message, Cause: err}
	}
	return app.AsError(err)
}

// fromStatus maps what the web server refuses by itself. A known path with
// another method is as unknown as any other.
func fromStatus(refused *fiber.Error) *app.Error {
	switch refused.Code {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return app.ErrNotFound
	case http.StatusUnauthorized:
		return app.ErrUnauthorized
	case http.StatusForbidden:
		return app.ErrForbidden
	case http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return app.ErrTooLarge
	case http.StatusUnsupportedMediaType:
		return app.ErrUnsupported
	case http.StatusUpgradeRequired:
		return app.Errorf(app.CodeInvalidInput, "This address speaks WebSocket; ask for an upgrade.")
	case http.StatusTooManyRequests:
		return app.ErrRateLimited
	case http.StatusServiceUnavailable:
		return app.ErrUnavailable
	}
	if refused.Code < http.StatusInternalServerError {
		return app.Errorf(app.CodeInvalidInput, "The request cannot be understood.")
	}
	return app.AsError(errors.New(refused.Message))
}

// requestIDOf also serves requests that were refused before any middleware ran.
func requestIDOf(c *fiber.Ctx) string {
	if id := actorOf(c).RequestID; id != "" {
		return id
	}
	return app.NewID[string]()
}

// retrySeconds rounds up: coming back too early would be refused again.
func retrySeconds(wait time.Duration) string {
	return strconv.Itoa(int(math.Ceil(wait.Seconds())))
}

func wantsPage(c *fiber.Ctx) bool {
	path := c.Path()
	if path == "/api" || strings.HasPrefix(path, "/api/") {
		return false
	}
	return strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML)
}
