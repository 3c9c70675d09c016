package contract

import (
	"slices"
	"strings"
)

// Differences compares the contract with a table of routes, each given as
// "METHOD /path/:parameter", both ways. Routes outside the API that the
// contract does not know are pages and none of its business.
func (c *Contract) Differences(routes []string) []string {
	documented := map[string]bool{}
	for _, op := range c.operations {
		documented[op.Method+" "+op.Path] = true
	}
	served := map[string]bool{}
	var differences []string
	for _, route := range routes {
		route = braced(route)
		served[route] = true
		if _, path, _ := strings.Cut(route, " "); strings.HasPrefix(path, "/api/") && !documented[route] {
			differences = append(differences, "not documented: "+route)
		}
	}
	for route := range documented {
		if !served[route] {
			differences = append(differences, "not served: "+route)
		}
	}
	slices.Sort(differences)
	return differences
}

// braced writes the parameters of a path as OpenAPI does.
func braced(route string) string {
	parts := strings.Split(route, "/")
	for i, part := range parts {
		if name, is := strings.CutPrefix(part, ":"); is {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}
