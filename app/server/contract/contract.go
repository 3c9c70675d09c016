// Package contract holds the answers of a running server against the document
// that describes them, public/openapi.yaml. It is test support: only tests
// import it. It may import kin-openapi, which reads the document, and
// jsonschema, which judges values by it, and nothing else of Quillium.
package contract

import (
	"bytes"
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// Contract is the document, ready to judge answers, and a tally of what was
// judged. It may be used by many goroutines at once.
type Contract struct {
	operations []*Operation
	failure    *answer

	mu   sync.Mutex
	seen map[Case]int
}

// Case is one documented status of one operation.
type Case struct {
	OperationID string
	Status      int
}

func (c Case) String() string { return c.OperationID + " " + strconv.Itoa(c.Status) }

// Load reads an OpenAPI 3.1 document, checks it, its examples too, and
// compiles every schema an answer or a request can meet.
func Load(document []byte) (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("contract: load: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("contract: validate: %w", err)
	}
	text, err := doc.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("contract: marshal: %w", err)
	}
	schemas, err := newSchemas(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := &Contract{seen: map[Case]int{}}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			operation, err := newOperation(schemas, method, path, item, op)
			if err != nil {
				return nil, fmt.Errorf("contract: %s %s: %w", method, path, err)
			}
			c.operations = append(c.operations, operation)
		}
	}
	sort.Slice(c.operations, func(i, j int) bool { return c.operations[i].String() < c.operations[j].String() })
	c.failure, err = newFailure(schemas)
	return c, err
}

// Operations lists everything the contract describes, by path and method.
func (c *Contract) Operations() []*Operation { return c.operations }

// Find is the operation of a request, or nil where the contract has none.
func (c *Contract) Find(method, path string) *Operation {
	if rest, unversioned := strings.CutPrefix(path, "/api/"); unversioned && path != contractPath && path != docsPath && !strings.HasPrefix(path, "/api/v1/") {
		path = "/api/v1/" + rest
	}
	for _, op := range c.operations {
		if op.Method == method && op.matches(path) {
			return op
		}
	}
	return nil
}

// contractPath and docsPath are the paths of the API that have no version.
const (
	contractPath = "/api/openapi.yaml"
	docsPath     = "/api/docs"
)

// Missing lists, in order, the documented cases that no answer has met, but
// for the excused ones.
func (c *Contract) Missing(excused func(Case) bool) []Case {
	c.mu.Lock()
	defer c.mu.Unlock()
	var missing []Case
	for _, op := range c.operations {
		for _, status := range op.Statuses() {
			seen := Case{OperationID: op.ID, Status: status}
			if c.seen[seen] == 0 && !excused(seen) {
				missing = append(missing, seen)
			}
		}
	}
	return missing
}

func (c *Contract) record(op *Operation, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[Case{OperationID: op.ID, Status: status}]++
}
