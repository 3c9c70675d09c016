package views

import (
	"strconv"

	"github.com/a-h/templ"
)

// Field is one field of a form. Kind is that of an input, or select, textarea,
// checkbox. Disabled says why it cannot be changed.
type Field struct {
	Name, Label, Kind, Value string
	Hint, Error, Disabled    string
	Autocomplete             string
	Options                  []Option
	// MaxLength bounds texts, Min and Max numbers; 0 is no bound.
	MaxLength, Min, Max, Rows int
	Required, Focus           bool
	// ID keeps two fields of one name on a page apart; empty is the name.
	ID string
}

// Option is a choice of a select.
type Option struct{ Value, Label string }

// In is the field with what was wrong with it.
func (f Field) In(refusal Refusal) Field {
	f.Error = refusal.Fields[f.Name]
	return f
}

func (f Field) id() string {
	if f.ID != "" {
		return "f-" + f.ID
	}
	return "f-" + f.Name
}

// attributes are what all kinds of fields have.
func (f Field) attributes() templ.Attributes {
	a := templ.Attributes{"id": f.id(), "name": f.Name, "required": f.Required && f.Disabled == "", "autofocus": f.Focus, "disabled": f.Disabled != ""}
	if f.Autocomplete != "" {
		a["autocomplete"] = f.Autocomplete
	}
	if f.MaxLength > 0 {
		a["maxlength"] = strconv.Itoa(f.MaxLength)
	}
	if f.Kind == "number" && f.Max > 0 {
		a["min"], a["max"] = strconv.Itoa(f.Min), strconv.Itoa(f.Max)
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	if f.Hint != "" || f.Error != "" || f.Disabled != "" {
		a["aria-describedby"] = f.id() + "-hint"
	}
	return a
}

func (f Field) kind() string {
	if f.Kind == "" {
		return "text"
	}
	return f.Kind
}

// Confirmation asks once before what cannot be undone. Fields are asked for
// along with it; Hidden goes along.
type Confirmation struct {
	Title, Text string
	// Verb is on the button and names what is destroyed.
	Action, Verb, Back string
	Hidden             []Hidden
	Fields             []Field
	Refusal            Refusal
}
