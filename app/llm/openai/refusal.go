package openai

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

// refusal is what an endpoint said instead of an answer. Its text holds
// nothing of the body, which has been logged and is only looked at.
type refusal struct {
	status int
	after  time.Duration
	body   string
}

func (r *refusal) Error() string { return fmt.Sprintf("the endpoint answered %d", r.status) }

// refused reads and logs the body of an answer that is none.
func (c *Client) refused(response *http.Response) *refusal {
	body := readSome(response.Body, maxErrorBytes)
	c.logBody("model endpoint: refused", response.StatusCode, body)
	return &refusal{
		status: response.StatusCode,
		after:  retryAfter(response.Header.Get("Retry-After"), time.Now()),
		body:   strings.ToLower(string(body)),
	}
}

func (c *Client) logBody(what string, status int, body []byte) {
	c.log.Warn(what, "host", c.host, "status", status, "body", masked(string(body), c.options.Key))
}

// reported finds the error object that some endpoints send with status 200,
// alone or in the middle of a stream; nil where there is none.
func reported(body []byte) *refusal {
	var report struct {
		Error json.RawMessage `json:"error"`
	}
	_ = json.Unmarshal(body, &report) // what is no object has no error in it
	if !isSet(report.Error) {
		return nil
	}
	var detail struct {
		Code   json.RawMessage `json:"code"`
		Status json.RawMessage `json:"status"`
	}
	_ = json.Unmarshal(report.Error, &detail) // where it is only a text there is no number in it
	status := http.StatusInternalServerError
	for _, field := range []json.RawMessage{detail.Status, detail.Code} {
		if number, err := strconv.Atoi(strings.Trim(string(field), `"`)); err == nil && number >= 400 && number < 600 {
			status = number
		}
	}
	return &refusal{status: status, body: strings.ToLower(string(report.Error))}
}

// passing tells whether the same question may be answered a moment later.
func (r *refusal) passing() bool {
	switch r.status {
	case http.StatusTooManyRequests:
		return !r.says("insufficient_quota")
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return !r.tooLong()
	}
	return false
}

func (r *refusal) says(word string) bool { return strings.Contains(r.body, word) }

// sentence tells people what the refusal means. The status decides, and the
// words where endpoints use one status for different things.
func (r *refusal) sentence() *app.Error {
	switch {
	case r.status >= 300 && r.status < 400:
		return llm.Elsewhere(r)
	case r.status == http.StatusUnauthorized || r.status == http.StatusForbidden || r.says("invalid_api_key"):
		return llm.RefusedKey(r)
	case r.status == http.StatusTooManyRequests || r.status == http.StatusPaymentRequired ||
		r.says("insufficient_quota") || r.says("rate_limit_exceeded"):
		return llm.RateLimited(r, r.after)
	case r.status == http.StatusRequestEntityTooLarge || r.tooLong():
		return llm.TooLong(r)
	case r.unknownModel():
		return llm.UnknownModel(r)
	case r.status == http.StatusNotFound || r.status == http.StatusMethodNotAllowed || r.status < 300:
		return llm.NothingHere(r)
	case r.status >= 500 || r.status == http.StatusRequestTimeout:
		return llm.Broken(r)
	}
	return llm.Rejected(r)
}

func (r *refusal) tooLong() bool {
	for _, words := range []string{
		"context_length", "context length", "maximum context", "context size", "context window",
		"too many tokens", "prompt is too long", "input is too long", "max_model_len",
	} {
		if r.says(words) {
			return true
		}
	}
	return false
}

func (r *refusal) unknownModel() bool {
	if !r.says("model") || r.status >= 500 && !r.says("model_not_found") {
		return false
	}
	for _, words := range []string{
		"model_not_found", "not found", "does not exist", "not a valid model", "invalid model", "unknown model", "no such model", "no endpoints",
	} {
		if r.says(words) {
			return true
		}
	}
	return r.status == http.StatusNotFound
}

// retryAfter reads seconds or a date (RFC 9110, 10.2.3); 0 where it is none.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 && seconds < 1e6 {
		return time.Duration(seconds * float64(time.Second))
	}
	if date, err := http.ParseTime(value); err == nil && date.After(now) {
		return date.Sub(now)
	}
	return 0
}
