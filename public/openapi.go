package public

import _ "embed" // both are files beside this one

//go:embed openapi.yaml
var openAPI string

// OpenAPI is the contract of the JSON API: an OpenAPI 3.1 document in YAML,
// served at /api/openapi.yaml.
func OpenAPI() string { return openAPI }

//go:embed reference.html
var reference string

// Reference is the contract as a part of a page, made from OpenAPI by `make
// generate`: safe HTML.
func Reference() string { return reference }
