package contract

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// answer is what one status of one operation must look like.
type answer struct {
	// contentType is empty where the body must be.
	contentType string
	schema      *jsonschema.Schema
	headers     map[string]header
}

type header struct {
	required, number bool
	schema           *jsonschema.Schema
}

func newAnswer(s *schemas, place []string, response *openapi3.Response) (*answer, error) {
	a := &answer{headers: map[string]header{}}
	for name, ref := range response.Headers {
		here := append(append([]string{}, place...), "headers", name)
		if ref.Ref != "" {
			here = strings.Split(strings.TrimPrefix(ref.Ref, "#/"), "/")
		}
		schema, err := s.at(append(here, "schema")...)
		if err != nil {
			return nil, err
		}
		a.headers[http.CanonicalHeaderKey(name)] = header{
			required: ref.Value.Required,
			number:   ref.Value.Schema.Value.Type.Is(openapi3.TypeInteger),
			schema:   schema,
		}
	}
	if len(response.Content) > 1 {
		return nil, errors.New("an answer has more than one content type")
	}
	for contentType := range response.Content {
		schema, err := s.at(append(append([]string{}, place...), "content", contentType, "schema")...)
		if err != nil {
			return nil, err
		}
		a.contentType, a.schema = contentType, schema
	}
	return a, nil
}

// newFailure is what a request must be answered with that the contract knows
// no operation for.
func newFailure(s *schemas) (*answer, error) {
	schema, err := s.at("components", "responses", "NotFound", "content", jsonType, "schema")
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	return &answer{contentType: jsonType, schema: schema}, nil
}

// check holds headers and body of an answer against what is documented.
func (a *answer) check(head http.Header, body []byte) error {
	for name, h := range a.headers {
		if err := h.check(head.Values(name)); err != nil {
			return fmt.Errorf("header %s: %w", name, err)
		}
	}
	if _, documented := a.headers["Set-Cookie"]; !documented && head.Get("Set-Cookie") != "" {
		return errors.New("it sets a cookie that is not documented")
	}
	if a.contentType == "" {
		if len(body) > 0 {
			return fmt.Errorf("a body of %d bytes where none is documented", len(body))
		}
		return nil
	}
	kind, parameters, err := mime.ParseMediaType(head.Get("Content-Type"))
	charset, said := parameters["charset"]
	if err != nil || kind != a.contentType || (said && !strings.EqualFold(charset, "utf-8")) {
		return fmt.Errorf("content type %q where %s is documented", head.Get("Content-Type"), a.contentType)
	}
	if a.contentType != jsonType {
		return nil
	}
	return judge(a.schema, body)
}

func (h header) check(values []string) error {
	if len(values) == 0 {
		if h.required {
			return errors.New("it is missing")
		}
		return nil
	}
	for _, value := range values {
		var typed any = value
		if h.number {
			number, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return fmt.Errorf("%q is no whole number", value)
			}
			typed = number
		}
		if err := h.schema.Validate(typed); err != nil {
			return err
		}
	}
	return nil
}
