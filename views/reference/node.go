package reference

import (
	"iter"
	"strings"

	"go.yaml.in/yaml/v3"
)

// pairs goes through an object in the order written.
func pairs(object *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		if object == nil || object.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(object.Content); i += 2 {
			if !yield(object.Content[i].Value, object.Content[i+1]) {
				return
			}
		}
	}
}

// items are the values of a list.
func items(list *yaml.Node) []*yaml.Node {
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	return list.Content
}

// get follows names from an object inwards; nil where there is nothing. A
// reference is followed, but what stands beside it comes first.
func (r *reader) get(node *yaml.Node, names ...string) *yaml.Node {
	for _, name := range names {
		node = r.field(node, name)
	}
	return node
}

func (r *reader) field(node *yaml.Node, name string) *yaml.Node {
	// A reference to a reference is as far as contracts go.
	for range 4 {
		var reference string
		for key, value := range pairs(node) {
			switch key {
			case name:
				return value
			case "$ref":
				reference = value.Value
			}
		}
		if reference == "" {
			return nil
		}
		node = r.refer(reference)
	}
	return nil
}

// refer finds what a reference names in this document.
func (r *reader) refer(reference string) *yaml.Node {
	path, local := strings.CutPrefix(reference, "#/")
	node := r.root
	for name := range strings.SplitSeq(path, "/") {
		var next *yaml.Node
		for key, value := range pairs(node) {
			if key == name {
				next = value
			}
		}
		node = next
	}
	if !local || node == nil {
		r.fail("%s is not there", reference)
	}
	return node
}

func (r *reader) text(node *yaml.Node, names ...string) string {
	if found := r.get(node, names...); found != nil {
		return found.Value
	}
	return ""
}
