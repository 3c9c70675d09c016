package reference

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const schemas = "#/components/schemas/"

// shape is a named schema.
func (r *reader) shape(name string, schema *yaml.Node) Shape {
	return Shape{Name: name, Description: r.html(r.text(schema, "description")), Type: r.kind(schema), Fields: r.fields(schema)}
}

// fields are those of an object, and of all that it is made of.
func (r *reader) fields(schema *yaml.Node) []Field {
	var list []Field
	for _, part := range items(r.get(schema, "allOf")) {
		list = append(list, r.fields(part)...)
	}
	var required []string
	for _, name := range items(r.get(schema, "required")) {
		required = append(required, name.Value)
	}
	for name, property := range pairs(r.get(schema, "properties")) {
		list = append(list, Field{
			Name: name, Description: r.html(r.text(property, "description")),
			Required: slices.Contains(required, name), Type: r.kind(property),
		})
	}
	return list
}

// kind says in words what a schema takes.
func (r *reader) kind(schema *yaml.Node) Type {
	for key, value := range pairs(schema) {
		if key == "$ref" {
			if name, named := strings.CutPrefix(value.Value, schemas); named {
				r.refer(value.Value)
				return Type{Shape: name}
			}
		}
	}
	if parts := items(r.get(schema, "allOf")); len(parts) > 0 {
		return r.kind(parts[0])
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		if ways := items(r.get(schema, key)); len(ways) > 0 {
			return r.either(ways)
		}
	}
	kind := Type{Words: r.words(schema), Rule: r.rule(schema)}
	if each := r.get(schema, "items"); each != nil && kind.Words == "array" {
		of := r.kind(each)
		return Type{Words: strings.TrimSpace("list of " + of.Words), Shape: of.Shape, Rule: kind.Rule}
	}
	return kind
}

// either is one of several; the last that has a name leads to it.
func (r *reader) either(ways []*yaml.Node) Type {
	var words []string
	shape := ""
	for _, way := range ways {
		of := r.kind(way)
		if of.Shape != "" && shape == "" {
			shape = of.Shape
			continue
		}
		words = append(words, strings.TrimSpace(of.Words+" "+of.Shape))
	}
	if shape != "" && len(words) > 0 {
		words = append(words, "")
	}
	return Type{Words: strings.TrimSpace(strings.Join(words, " or ")), Shape: shape}
}

func (r *reader) words(schema *yaml.Node) string {
	if constant := r.get(schema, "const"); constant != nil {
		return constant.Value
	}
	var words []string
	for _, value := range items(r.get(schema, "enum")) {
		words = append(words, value.Value)
	}
	if len(words) > 0 {
		return strings.Join(words, " | ")
	}
	kind := r.get(schema, "type")
	for _, value := range items(kind) {
		words = append(words, value.Value)
	}
	switch {
	case len(words) > 0:
		return strings.Join(words, " or ")
	case kind != nil:
		return kind.Value
	case r.get(schema, "properties") != nil:
		return "object"
	}
	return ""
}

// rule is what else holds of a value.
func (r *reader) rule(schema *yaml.Node) string {
	var rules []string
	for _, bound := range []struct{ least, most, of string }{
		{"minLength", "maxLength", " characters"}, {"minimum", "maximum", ""}, {"minItems", "maxItems", " items"},
	} {
		least, most := r.text(schema, bound.least), r.text(schema, bound.most)
		switch {
		case least != "" && most != "":
			rules = append(rules, fmt.Sprintf("%s to %s%s", least, most, bound.of))
		case least != "":
			rules = append(rules, fmt.Sprintf("at least %s%s", least, bound.of))
		case most != "":
			rules = append(rules, fmt.Sprintf("at most %s%s", most, bound.of))
		}
	}
	if value := r.get(schema, "default"); value != nil {
		rules = append(rules, "default "+value.Value)
	}
	return strings.Join(rules, ", ")
}
