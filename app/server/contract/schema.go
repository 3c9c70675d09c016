package contract

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// documentURL names the document for the compiler; nothing is fetched.
const documentURL = "https://quillium.invalid/openapi.json"

// schemas compiles parts of the document by their place in it, under the
// rules of JSON Schema 2020-12, which OpenAPI 3.1 uses as they are.
type schemas struct {
	compiler *jsonschema.Compiler
}

func newSchemas(document io.Reader) (*schemas, error) {
	tree, err := jsonschema.UnmarshalJSON(document)
	if err != nil {
		return nil, fmt.Errorf("contract: schemas: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource(documentURL, tree); err != nil {
		return nil, fmt.Errorf("contract: schemas: %w", err)
	}
	return &schemas{compiler: compiler}, nil
}

// at compiles the schema at a JSON pointer (RFC 6901), given as its unescaped
// tokens.
func (s *schemas) at(tokens ...string) (*jsonschema.Schema, error) {
	var pointer strings.Builder
	for _, token := range tokens {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
		pointer.WriteString("/" + url.PathEscape(token))
	}
	return s.compiler.Compile(documentURL + "#" + pointer.String())
}

// judge reads one JSON value and holds it against a schema.
func judge(schema *jsonschema.Schema, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("no JSON: %w", err)
	}
	return schema.Validate(value)
}
