// Package reference makes the page of the API from its contract: operations by
// tag, what each takes and answers, and the shapes of both. It works when the
// source is generated, and its test writes public/reference.html; no server
// links it. It may import a YAML reader, goldmark and templ.
package reference

// Reference is the whole contract. It never changes once it is read.
type Reference struct {
	Title string
	// Intro is safe HTML, as are all descriptions below.
	Intro  string
	Groups []Group
	// Shapes are what operations take and answer, by name.
	Shapes []Shape
}

// Group is the operations of one tag.
type Group struct {
	Name, Description string
	Operations        []Operation
}

// Operation is one call.
type Operation struct {
	ID, Method, Path     string
	Summary, Description string
	// Secured calls need an access token; Socket ones become a WebSocket.
	Secured, Socket bool
	Parameters      []Field
	// Body is what the call takes as JSON; nil for nothing. Example is such a
	// body, to begin with.
	Body         *Type
	BodyRequired bool
	Example      string
	Answers      []Answer
}

// Answer is what one status means, and the shape of its body.
type Answer struct {
	Status, Description string
	// Media is the content type; empty where there is no body.
	Media string
	Type  Type
}

// Field is a parameter, or a field of an object. In says where a parameter
// goes: path, query or header.
type Field struct {
	Name, In, Description string
	Required              bool
	Type                  Type
}

// Type is what a value may be, in words: those of Words, then the name of a
// Shape, where it is one.
type Type struct {
	Words, Shape string
	// Rule is what else holds, such as its length.
	Rule string
}

// Shape is a named type. One without fields is described by its Type.
type Shape struct {
	Name, Description string
	Type              Type
	Fields            []Field
}

// FieldsOf are the fields of what a type names; none where it names no object.
func (r *Reference) FieldsOf(of Type) []Field {
	for _, shape := range r.Shapes {
		if shape.Name == of.Shape {
			return shape.Fields
		}
	}
	return nil
}
