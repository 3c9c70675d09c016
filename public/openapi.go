package public

import _ "embed" // the contract is a file beside this one

//go:embed openapi.yaml
var openAPI string

// OpenAPI is the contract of the JSON API: an OpenAPI 3.1 document in YAML,
// served at /api/openapi.yaml.
func OpenAPI() string { return openAPI }
