package views

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// Column is a column of a table. Sort is where its heading leads, where one
// can sort by it, and Sorted how it is sorted: ascending, descending, or "".
type Column struct {
	Title  string
	Number bool
	Sort   string
	Sorted string
}

// Row is a row of a table; Href opens its panel. Pick is the value of its box
// in a table from which one picks.
type Row struct {
	Href  string
	Pick  string
	Name  string
	Open  bool
	Cells []templ.Component
}

// Table is a list of things, one a row. The first cell of a row leads to its
// Href. Pick is the name of the boxes, Form the id of the form they belong to.
type Table struct {
	Caption string
	Columns []Column
	Rows    []Row
	// Total stands in the foot; Next leads to more, First back to the top.
	Total, Next, First string
	Pick, Form         string
	Empty              Empty
}

// Empty says what will be here, and offers the first step.
type Empty struct {
	Title, Text  string
	Action, Href string
}

// Filter is the box above a table.
type Filter struct {
	// Action is the page itself; Query what is searched for.
	Action, Query, Placeholder string
	Choices                    []Field
	// Hidden stays as it is, the order of a table for example.
	Hidden []Hidden
}

// Badge is a state in a word. Kind is good, warn, bad, or plain.
type Badge struct{ Kind, Word string }

// Cell makes the badge a cell.
func (b Badge) Cell() templ.Component { return badge(b) }

// Text, Number, Ago, Code are cells.
func Text(text string) templ.Component { return textCell(text) }

// Number is a number with thin spaces between thousands.
func Number[T int | int64](n T) templ.Component { return textCell(Grouped(n)) }

// Ago is a time, relative where there is JavaScript, the exact one on hover;
// the zero time is a dash.
func Ago(t time.Time) templ.Component { return timeAgo(t) }

// Code is an id, or another text for programs.
func Code(text string) templ.Component { return codeCell(text) }

// Grouped writes a number with a thin space between thousands.
func Grouped[T int | int64](n T) string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, parts...), "\u202f")
}

// Bytes writes a size as people do.
func Bytes(n int64) string {
	const unit = 1024
	if n < unit {
		return strconv.FormatInt(n, 10) + " B"
	}
	size, names := float64(n), []string{"KiB", "MiB", "GiB", "TiB"}
	i := -1
	for size >= unit && i < len(names)-1 {
		size /= unit
		i++
	}
	return strconv.FormatFloat(size, 'f', 1, 64) + " " + names[i]
}

func (c Column) class() string {
	if c.Number {
		return "number"
	}
	return ""
}

func (t Table) column(i int) Column {
	if i < len(t.Columns) {
		return t.Columns[i]
	}
	return Column{}
}
