package views

import (
	"strconv"
	"time"

	"github.com/a-h/templ"
)

// System is what this instance is.
type System struct {
	Frame
	GoVersion string
	StartedAt time.Time
	LogLevel  string
	Nodes     []OverviewNode
	Variables []SystemVariable
	Database  SystemDatabase
	Refusal   Refusal
}

// SystemVariable is one thing that an operator can choose; Source is default,
// environment, file or setting.
type SystemVariable struct {
	Name, Value, Source string
}

// SystemDatabase is what the database knows of itself.
type SystemDatabase struct {
	Version        string
	Bytes          int64
	MaxConnections int
	Connections    []SystemCount
	Tables         []SystemTable
	Migrations     []SystemMigration
	// Measured: it keeps what statements took.
	Measured   bool
	Statements []SystemStatement
}

// SystemCount is how many there are of something.
type SystemCount struct {
	Name  string
	Count int
}

// SystemTable is a table of the database.
type SystemTable struct {
	Name               string
	Rows, Bytes, Index int64
}

// SystemMigration is a step of the schema.
type SystemMigration struct {
	Version int64
	Name    string
	At      time.Time
}

// SystemStatement is one that took long, in milliseconds.
type SystemStatement struct {
	Query       string
	Calls       int64
	Mean, Total float64
}

// Licence is what somebody else made, and under which licence.
type Licence struct{ Name, Version, ID, Text string }

func (s System) connected() (total int) {
	for _, c := range s.Database.Connections {
		total += c.Count
	}
	return total
}

func (s System) level() Field {
	return Field{
		Name: "level", Label: "The servers log from this level on", Kind: "select", Value: s.LogLevel, Hint: "It counts at once on all servers, and stays after a restart.",
		Options: []Option{{"debug", "Debug"}, {"info", "Info"}, {"warn", "Warnings"}, {"error", "Errors"}},
	}.In(s.Refusal)
}

func (s System) nodes() Table {
	t := Table{Caption: "Servers seen within a day", Columns: []Column{{Title: "Machine"}, {Title: "Version"}, {Title: "State"}, {Title: "Started"}, {Title: "Answers", Number: true}}, Total: counting(len(s.Nodes), false, "server")}
	for _, n := range s.Nodes {
		state := Badge{"good", "runs"}
		if !n.Alive {
			state = Badge{"plain", "gone"}
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Text(nodeName(n.Host, n.ID)), Text(n.Version), state.Cell(), Ago(n.StartedAt), Number(n.Answers)}})
	}
	return t
}

var sources = map[string]Badge{
	"default": {"plain", "default"}, "environment": {"good", "environment"}, "file": {"good", ".env"}, "setting": {"warn", "settings"},
}

func (s System) variables() Table {
	t := Table{Caption: "Configuration", Columns: []Column{{Title: "Variable"}, {Title: "Value"}, {Title: "From"}}, Total: counting(len(s.Variables), false, "variable")}
	for _, v := range s.Variables {
		value := Code(v.Value)
		if v.Value == "" {
			value = unset()
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Code(v.Name), value, sources[v.Source].Cell()}})
	}
	return t
}

func (s System) tables() Table {
	t := Table{Caption: "Tables of the database", Columns: []Column{{Title: "Table"}, {Title: "Rows, about", Number: true}, {Title: "Size", Number: true}, {Title: "Of it indexes", Number: true}}, Total: counting(len(s.Database.Tables), false, "table")}
	for _, of := range s.Database.Tables {
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Code(of.Name), Number(of.Rows), Text(Bytes(of.Bytes)), Text(Bytes(of.Index))}})
	}
	return t
}

func (s System) connections() Table {
	t := Table{Caption: "Connections by state", Columns: []Column{{Title: "State"}, {Title: "Connections", Number: true}}, Total: "at most " + strconv.Itoa(s.Database.MaxConnections)}
	for _, c := range s.Database.Connections {
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Text(c.Name), Number(c.Count)}})
	}
	return t
}

func (s System) migrations() Table {
	t := Table{Caption: "Migrations, newest first", Columns: []Column{{Title: "Number", Number: true}, {Title: "About"}, {Title: "Applied"}}, Total: counting(len(s.Database.Migrations), false, "migration")}
	for _, m := range s.Database.Migrations {
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Number(m.Version), Text(m.Name), Ago(m.At)}})
	}
	return t
}

func (s System) statements() Table {
	t := Table{
		Caption: "Statements that took the longest in all", Columns: []Column{{Title: "Statement"}, {Title: "Calls", Number: true}, {Title: "Mean", Number: true}, {Title: "In all", Number: true}},
		Empty: Empty{Title: "Nothing is measured", Text: "PostgreSQL measures statements where pg_stat_statements is in shared_preload_libraries and “create extension pg_stat_statements” was run in this database."},
		Total: counting(len(s.Database.Statements), false, "statement"),
	}
	for _, of := range s.Database.Statements {
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Code(of.Query), Number(of.Calls), Text(milliseconds(of.Mean)), Text(milliseconds(of.Total))}})
	}
	return t
}

func milliseconds(ms float64) string {
	if ms >= 10_000 {
		return strconv.FormatFloat(ms/1000, 'f', 1, 64) + " s"
	}
	return strconv.FormatFloat(ms, 'f', 2, 64) + " ms"
}
