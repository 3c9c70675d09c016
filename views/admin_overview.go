package views

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/quillium/quillium/app"
)

// Overview is what the first page of the console tells.
type Overview struct {
	Frame
	// Kind is good, warn or bad, Headline says so in a sentence.
	Kind, Headline string
	Checks         []OverviewCheck
	Stats          []OverviewStat
	Nodes          []OverviewNode
	Charts         []Chart
	// Month: the charts show 30 days, else 24 hours.
	Month bool
	Now   time.Time
}

// OverviewCheck is one thing that should be well; Href leads to where it is
// put right, or is empty.
type OverviewCheck struct {
	Name, Kind, Word, Says, Href string
}

// OverviewStat is one figure.
type OverviewStat struct{ Name, Value, Note, Href string }

// OverviewNode is a process of this instance.
type OverviewNode struct {
	ID                app.NodeID
	Host, Version     string
	StartedAt, SeenAt time.Time
	Alive, Here       bool
	Answers           int
}

// nodeTable is the list of nodes.
func (o Overview) nodeTable() Table {
	table := Table{
		Caption: "The nodes, one a row", Total: strconv.Itoa(len(o.Nodes)) + " in the last day",
		Columns: []Column{{Title: "Node"}, {Title: "State"}, {Title: "Version"}, {Title: "Started"}, {Title: "Answers", Number: true}},
	}
	for _, n := range o.Nodes {
		name, state := n.Host, Badge{"good", "Runs"}.Cell()
		if n.Here {
			name += " (this one)"
		}
		if !n.Alive {
			state = Badge{"warn", "Gone"}.Cell()
		}
		table.Rows = append(table.Rows, Row{Name: n.Host, Cells: []templ.Component{Text(name), state, Text(n.Version), Ago(n.StartedAt), Number(n.Answers)}})
	}
	return table
}
