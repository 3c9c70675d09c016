package contract

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// jsonType is the one content type of the API.
const jsonType = "application/json"

// Operation is one method of one path.
type Operation struct {
	ID, Method, Path string
	// Secured tells whether it takes an access token.
	Secured bool
	// Body is the schema of its JSON body, nil where it takes none.
	Body *openapi3.Schema
	// BodyRequired tells whether it refuses to work without one.
	BodyRequired bool
	// Query holds the names of its query parameters.
	Query []string

	body    *jsonschema.Schema
	answers map[int]*answer
}

func (o *Operation) String() string { return o.Path + " " + o.Method }

// Statuses lists the documented statuses, ascending.
func (o *Operation) Statuses() []int {
	statuses := make([]int, 0, len(o.answers))
	for status := range o.answers {
		statuses = append(statuses, status)
	}
	slices.Sort(statuses)
	return statuses
}

// Documents tells whether the operation can answer with a status.
func (o *Operation) Documents(status int) bool { return o.answers[status] != nil }

func (o *Operation) matches(path string) bool {
	want, got := strings.Split(o.Path, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if !strings.HasPrefix(want[i], "{") && want[i] != got[i] {
			return false
		}
	}
	return true
}

func newOperation(s *schemas, method, path string, item *openapi3.PathItem, op *openapi3.Operation) (*Operation, error) {
	o := &Operation{ID: op.OperationID, Method: method, Path: path, Secured: op.Security == nil, answers: map[int]*answer{}}
	if o.ID == "" {
		return nil, fmt.Errorf("it has no operationId")
	}
	for _, parameters := range []openapi3.Parameters{item.Parameters, op.Parameters} {
		for _, parameter := range parameters {
			if parameter.Value.In == openapi3.ParameterInQuery {
				o.Query = append(o.Query, parameter.Value.Name)
			}
		}
	}
	place := []string{"paths", path, strings.ToLower(method)}
	if op.RequestBody != nil {
		media := op.RequestBody.Value.Content[jsonType]
		if media == nil {
			return nil, fmt.Errorf("its body is not %s", jsonType)
		}
		var err error
		if o.body, err = s.at(append(place, "requestBody", "content", jsonType, "schema")...); err != nil {
			return nil, err
		}
		o.Body, o.BodyRequired = media.Schema.Value, op.RequestBody.Value.Required
	}
	for status, ref := range op.Responses.Map() {
		number, err := strconv.Atoi(status)
		if err != nil {
			return nil, fmt.Errorf("%q is no status", status)
		}
		here := append(slices.Clone(place), "responses", status)
		if ref.Ref != "" {
			here = strings.Split(strings.TrimPrefix(ref.Ref, "#/"), "/")
		}
		if o.answers[number], err = newAnswer(s, here, ref.Value); err != nil {
			return nil, err
		}
	}
	return o, nil
}
