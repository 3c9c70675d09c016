package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"go.yaml.in/yaml/v3"
)

// Read makes the reference of an OpenAPI 3.1 document in YAML. It fails where
// the document is no YAML, refers to what it does not hold, or has an
// operation without a known tag.
func Read(document []byte) (*Reference, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, fmt.Errorf("reference: read: %w", err)
	}
	if len(root.Content) == 0 {
		return nil, fmt.Errorf("reference: read: the document is empty")
	}
	r := &reader{root: root.Content[0]}
	info := r.get(r.root, "info")
	made := &Reference{Title: r.text(info, "title"), Intro: r.html(r.text(info, "description"))}
	for _, tag := range items(r.get(r.root, "tags")) {
		made.Groups = append(made.Groups, Group{Name: r.text(tag, "name"), Description: r.html(r.text(tag, "description"))})
	}
	for path, item := range pairs(r.get(r.root, "paths")) {
		r.path(made, path, item)
	}
	for name, schema := range pairs(r.get(r.root, "components", "schemas")) {
		made.Shapes = append(made.Shapes, r.shape(name, schema))
	}
	slices.SortFunc(made.Shapes, func(a, b Shape) int { return strings.Compare(a.Name, b.Name) })
	return made, r.failed
}

// reader walks a document and keeps what went wrong first.
type reader struct {
	root   *yaml.Node
	failed error
}

func (r *reader) fail(format string, args ...any) {
	if r.failed == nil {
		r.failed = fmt.Errorf("reference: "+format, args...)
	}
}

var methods = []string{"get", "post", "put", "patch", "delete"}

func (r *reader) path(into *Reference, path string, item *yaml.Node) {
	shared := items(r.get(item, "parameters"))
	for method, node := range pairs(item) {
		if !slices.Contains(methods, method) {
			continue
		}
		op := r.operation(strings.ToUpper(method), path, node, shared)
		tag := ""
		if tags := items(r.get(node, "tags")); len(tags) > 0 {
			tag = tags[0].Value
		}
		at := slices.IndexFunc(into.Groups, func(g Group) bool { return g.Name == tag })
		if at < 0 {
			r.fail("%s %s has no tag that is known", op.Method, path)
			continue
		}
		into.Groups[at].Operations = append(into.Groups[at].Operations, op)
	}
}

func (r *reader) operation(method, path string, node *yaml.Node, shared []*yaml.Node) Operation {
	op := Operation{
		ID: r.text(node, "operationId"), Method: method, Path: path,
		Summary: r.text(node, "summary"), Description: r.html(r.text(node, "description")), Secured: true,
	}
	if security := r.get(node, "security"); security != nil {
		op.Secured = slices.ContainsFunc(items(security), func(way *yaml.Node) bool { return r.get(way, "accessToken") != nil })
	}
	for _, parameter := range append(slices.Clone(shared), items(r.get(node, "parameters"))...) {
		op.Parameters = append(op.Parameters, r.parameter(parameter))
	}
	if body := r.get(node, "requestBody"); body != nil {
		content := r.get(body, "content", "application/json")
		kind := r.kind(r.get(content, "schema"))
		op.Body, op.BodyRequired, op.Example = &kind, r.text(body, "required") == "true", r.example(content)
	}
	for status, answer := range pairs(r.get(node, "responses")) {
		op.Socket = op.Socket || status == "101"
		op.Answers = append(op.Answers, r.answer(status, answer))
	}
	return op
}

func (r *reader) parameter(node *yaml.Node) Field {
	return Field{
		Name: r.text(node, "name"), In: r.text(node, "in"), Description: r.html(r.text(node, "description")),
		Required: r.text(node, "required") == "true", Type: r.kind(r.get(node, "schema")),
	}
}

func (r *reader) answer(status string, node *yaml.Node) Answer {
	a := Answer{Status: status, Description: r.html(r.text(node, "description"))}
	for media, content := range pairs(r.get(node, "content")) {
		a.Media, a.Type = media, r.kind(r.get(content, "schema"))
	}
	return a
}

// example is the first example of a body, as JSON.
func (r *reader) example(content *yaml.Node) string {
	example := r.get(content, "example")
	for _, first := range pairs(r.get(content, "examples")) {
		example = r.get(first, "value")
		break
	}
	if example == nil {
		return "{}"
	}
	var value any
	if err := example.Decode(&value); err != nil {
		r.fail("example: %w", err)
		return ""
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		r.fail("example: %w", err)
	}
	return strings.TrimSpace(text.String())
}

// html makes Markdown safe HTML: goldmark leaves raw HTML out.
func (r *reader) html(markdown string) string {
	var out bytes.Buffer
	if err := goldmark.Convert([]byte(markdown), &out); err != nil {
		r.fail("description: %w", err)
	}
	return out.String()
}
