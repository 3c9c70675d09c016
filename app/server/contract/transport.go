package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Transport is an http.RoundTripper that fails a request whose answer breaks
// the contract, and counts the others. Pages, which the contract does not
// describe, pass unseen.
type Transport struct {
	Contract *Contract
	Next     http.RoundTripper
}

// RoundTrip sends a request on, reads the whole answer and judges both.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	sent, err := bodyOf(request)
	if err != nil {
		return nil, fmt.Errorf("contract: request: %w", err)
	}
	response, err := t.Next.RoundTrip(request)
	if err != nil || response.StatusCode == http.StatusSwitchingProtocols {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	if closed := response.Body.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, fmt.Errorf("contract: answer: %w", err)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if err := t.Contract.Check(request, sent, response.StatusCode, response.Header, body); err != nil {
		return nil, err
	}
	return response, nil
}

// Check judges one exchange and counts it where it holds: the status is
// documented, headers, content type and body are as described, and a request
// that was accepted is one that the contract allows.
func (c *Contract) Check(request *http.Request, sent []byte, status int, head http.Header, body []byte) error {
	path := request.URL.EscapedPath()
	op := c.Find(request.Method, path)
	if op == nil {
		if !strings.HasPrefix(path, "/api/") || request.Method == http.MethodOptions || request.Method == http.MethodHead {
			return nil
		}
		if status != http.StatusNotFound {
			return fmt.Errorf("contract: %s %s is not documented and answers %d", request.Method, path, status)
		}
		return wrap(request, status, body, c.failure.check(head, body))
	}
	expected := op.answers[status]
	if expected == nil {
		return wrap(request, status, body, fmt.Errorf("the status is not documented"))
	}
	if err := expected.check(head, body); err != nil {
		return wrap(request, status, body, err)
	}
	if status < http.StatusMultipleChoices {
		if err := op.allows(request, sent); err != nil {
			return wrap(request, status, sent, fmt.Errorf("it was accepted: %w", err))
		}
	}
	c.record(op, status)
	return nil
}

// allows tells whether the contract allows a request.
func (o *Operation) allows(request *http.Request, sent []byte) error {
	switch {
	case len(sent) == 0 && o.BodyRequired:
		return fmt.Errorf("the required body is missing")
	case len(sent) > 0 && o.body != nil:
		return judge(o.body, asRead(sent))
	}
	return nil
}

// asRead is a request as the server reads it: what is null is left out, and
// texts are trimmed. The contract says so.
func asRead(sent []byte) []byte {
	var fields map[string]any
	if json.Unmarshal(sent, &fields) != nil || fields == nil {
		return sent
	}
	for name, value := range fields {
		switch value := value.(type) {
		case nil:
			delete(fields, name)
		case string:
			if name != "content" && !strings.Contains(name, "password") {
				fields[name] = strings.TrimSpace(value)
			}
		}
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return sent
	}
	return text
}

// Opened counts a WebSocket that was opened, which no RoundTripper sees.
func (c *Contract) Opened(path string) error {
	op := c.Find(http.MethodGet, path)
	if op == nil || !op.Documents(http.StatusSwitchingProtocols) {
		return fmt.Errorf("contract: %s opens a socket and is not documented", path)
	}
	c.record(op, http.StatusSwitchingProtocols)
	return nil
}

func wrap(request *http.Request, status int, body []byte, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("contract: %s %s answers %d: %w\n%.2000s", request.Method, request.URL, status, err, body)
}

func bodyOf(request *http.Request) ([]byte, error) {
	if request.Body == nil || request.Body == http.NoBody || request.GetBody == nil {
		return nil, nil
	}
	copied, err := request.GetBody()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(copied)
	if closed := copied.Close(); err == nil {
		err = closed
	}
	return body, err
}
