package controllers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// fail answers one request with one error through the one handler.
func fail(t *testing.T, err error, path, accept string) (answer *http.Response, text string, log string) {
	t.Helper()
	var logged bytes.Buffer
	handler := NewErrorHandler(slog.New(slog.NewTextHandler(&logged, nil)), func(c *fiber.Ctx, status int, message, requestID string) error {
		return c.Status(status).Type("html").SendString("<p>" + message + "</p>" + requestID)
	})
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.Header.Set("Accept", accept)
	answer, text = send(t, func(c *fiber.Ctx) error {
		SetActor(c, app.Actor{RequestID: "request-1"})
		return err
	}, request, fiber.Config{Immutable: true, ErrorHandler: handler})
	return answer, text, logged.String()
}

func TestErrorTable(t *testing.T) {
	t.Parallel()
	table := map[*app.Error]int{
		app.ErrInvalidInput: 400, app.ErrUnauthorized: 401, app.ErrForbidden: 403, app.ErrNotFound: 404, app.ErrConflict: 409,
		app.ErrTooLarge: 413, app.ErrUnsupported: 415, app.ErrRateLimited: 429, app.ErrInternal: 500, app.ErrUnavailable: 503,
	}
	for failure, status := range table {
		t.Run(string(failure.Code), func(t *testing.T) {
			t.Parallel()
			answer, text, _ := fail(t, fmt.Errorf("chats: %w", failure), "/api/v1/chats", "*/*")
			require.Equal(t, status, answer.StatusCode)
			require.Equal(t, "request-1", answer.Header.Get("X-Request-ID"))
			var got errorBody
			require.NoError(t, json.Unmarshal([]byte(text), &got))
			require.Equal(t, failure.Code, got.Error.Code)
			require.Equal(t, failure.Message, got.Error.Message)
			require.Equal(t, "request-1", got.Error.RequestID)
			require.NotNil(t, got.Error.Details)
		})
	}
}

func TestErrorHandler(t *testing.T) {
	t.Parallel()
	t.Run("the field that is wrong is named", func(t *testing.T) {
		t.Parallel()
		_, text, _ := fail(t, app.Invalid("title", "at most 255 characters"), "/api/v1/chats", "")
		require.Contains(t, text, `"details":[{"field":"title","message":"at most 255 characters"}]`)
	})
	t.Run("an unknown cause is told to the log once and to nobody else", func(t *testing.T) {
		t.Parallel()
		answer, text, log := fail(t, errors.New("disk on fire"), "/api/v1/chats", "")
		require.Equal(t, 500, answer.StatusCode)
		require.NotContains(t, text, "fire")
		require.Equal(t, 1, strings.Count(log, "disk on fire"))
		require.Contains(t, log, "request_id=request-1")
	})
	t.Run("an ordinary refusal leaves the log alone", func(t *testing.T) {
		t.Parallel()
		_, _, log := fail(t, app.ErrNotFound, "/api/v1/chats", "")
		require.Empty(t, log)
	})
	t.Run("a passed deadline is unavailable", func(t *testing.T) {
		t.Parallel()
		answer, _, _ := fail(t, fmt.Errorf("chats: %w", context.DeadlineExceeded), "/api/v1/chats", "")
		require.Equal(t, 503, answer.StatusCode)
	})
	t.Run("when to come back is rounded up to seconds", func(t *testing.T) {
		t.Parallel()
		answer, _, _ := fail(t, &app.Error{Code: app.CodeRateLimited, RetryAfter: 1200 * time.Millisecond}, "/api/v1/chats", "")
		require.Equal(t, "2", answer.Header.Get("Retry-After"))
	})
	t.Run("a browser gets a page outside the API", func(t *testing.T) {
		t.Parallel()
		answer, text, _ := fail(t, app.ErrNotFound, "/nowhere", "text/html,*/*")
		require.Equal(t, 404, answer.StatusCode)
		require.Contains(t, text, "<p>There is nothing here")
	})
	t.Run("a browser gets JSON inside the API", func(t *testing.T) {
		t.Parallel()
		answer, _, _ := fail(t, app.ErrNotFound, "/api/v1/nowhere", "text/html,*/*")
		require.Equal(t, "application/json", answer.Header.Get("Content-Type"))
	})
	t.Run("a program gets JSON everywhere", func(t *testing.T) {
		t.Parallel()
		answer, _, _ := fail(t, app.ErrNotFound, "/nowhere", "*/*")
		require.Equal(t, "application/json", answer.Header.Get("Content-Type"))
	})
}

func TestWhatFiberRefuses(t *testing.T) {
	t.Parallel()
	table := map[int]app.Code{
		400: app.CodeInvalidInput, 401: app.CodeUnauthorized, 403: app.CodeForbidden, 404: app.CodeNotFound, 405: app.CodeNotFound,
		408: app.CodeInvalidInput, 413: app.CodeTooLarge, 414: app.CodeTooLarge, 415: app.CodeUnsupported, 426: app.CodeInvalidInput,
		429: app.CodeRateLimited, 431: app.CodeTooLarge, 500: app.CodeInternal, 502: app.CodeInternal, 503: app.CodeUnavailable,
	}
	for status, code := range table {
		require.Equal(t, code, asFailure(fiber.NewError(status, "fiber's own words")).Code, status)
		require.NotContains(t, asFailure(fiber.NewError(status, "fiber's own words")).Message, "own words")
	}
}

func TestRequestIDBeforeMiddleware(t *testing.T) {
	t.Parallel()
	handler := NewErrorHandler(slog.New(slog.DiscardHandler), nil)
	answer, text := send(t, func(*fiber.Ctx) error { return app.ErrTooLarge }, httptest.NewRequest(http.MethodGet, "/", nil), fiber.Config{ErrorHandler: handler})
	require.Len(t, answer.Header.Get("X-Request-ID"), 36)
	require.Contains(t, text, answer.Header.Get("X-Request-ID"))
}
