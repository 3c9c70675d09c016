package views

import (
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/quillium/quillium/app"
)

// Logs is what the nodes logged.
type Logs struct {
	Frame
	Entries app.Page[app.LogEntry]
	Steps   []app.LogStep
	// Here: what the node that answers remembers, info too.
	Here bool
	// Range is how far back is looked: 1h, 24h, 7d.
	Range, Level, Query string
	// Node, RequestID and UserID narrow it to one.
	Node, RequestID, UserID string
	More, First             string
}

// LogRanges are how far back one can look.
func LogRanges() map[string]time.Duration {
	return map[string]time.Duration{"1h": time.Hour, "24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour}
}

func (l Logs) filter() Filter {
	from := ""
	if l.Here {
		from = "true"
	}
	return Filter{
		Action: "/admin/logs", Query: l.Query, Placeholder: "Text of a line, a route or a detail",
		Choices: []Field{
			{Name: "here", Label: "Where from", Value: from, Options: []Option{{"", "All servers: warnings, errors"}, {"true", "This server: info too"}}},
			{Name: "level", Label: "Level", Value: l.Level, Options: []Option{{"", "All levels"}, {"warn", "Warnings and errors"}, {"error", "Errors"}}},
			{Name: "range", Label: "Time", Value: l.Range, Options: []Option{{"1h", "Last hour"}, {"24h", "Last 24 hours"}, {"7d", "Last 7 days"}}},
		},
		Hidden: l.narrowed(),
	}
}

// narrowed is what the list is narrowed to besides what the box shows.
func (l Logs) narrowed() (list []Hidden) {
	for _, h := range []Hidden{{"node", l.Node}, {"request_id", l.RequestID}, {"user_id", l.UserID}} {
		if h.Value != "" {
			list = append(list, h)
		}
	}
	return list
}

var narrowing = map[string]string{"node": "server", "request_id": "request", "user_id": "user"}

func (l Logs) chart() Chart {
	c := Chart{Title: "Lines"}
	var infos, warns, errors []float64
	for _, s := range l.Steps {
		c.At = append(c.At, s.At)
		infos, warns, errors = append(infos, float64(s.Infos)), append(warns, float64(s.Warns)), append(errors, float64(s.Errors))
	}
	c.Series = []Series{{Name: "Errors", Values: errors}, {Name: "Warnings", Values: warns}}
	if l.Here {
		c.Series = append(c.Series, Series{Name: "Info", Values: infos})
	}
	return c
}

func (l Logs) table() Table {
	t := Table{
		Caption: "Lines of the log, newest first",
		Columns: []Column{{Title: "Time"}, {Title: "Level"}, {Title: "Line"}, {Title: "Server"}},
		Empty:   Empty{Title: "Nothing was logged", Text: "There are no such lines in this time. Look further back, or for less."},
		Total:   counting(len(l.Entries.Data), l.Entries.Pagination.Next != nil, "line"), Next: l.More, First: l.First,
	}
	if len(l.narrowed()) > 0 || l.Query != "" || l.Level != "" {
		t.Empty.Action, t.Empty.Href = "Show all", "/admin/logs"
	} else if !l.Here {
		t.Empty = Empty{Title: "No warnings, no errors", Text: "That is as it should be. What this server does is shown under “This server: info too”.", Action: "Show it", Href: "/admin/logs?here=true"}
	}
	for _, e := range l.Entries.Data {
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Ago(e.At), levelBadge(e.Level).Cell(), logLine(l, e), l.only("node", string(e.Node), nodeName("", e.Node))}})
	}
	return t
}

func levelBadge(level string) Badge {
	switch level {
	case "error":
		return Badge{"bad", "error"}
	case "warn":
		return Badge{"warn", "warning"}
	}
	return Badge{"plain", level}
}

// only is a link that narrows the list to one value of a name.
func (l Logs) only(name, value, shown string) templ.Component {
	return logLink(l.address(name, value), shown, "Only of this "+narrowing[name])
}

// address is the page with one more thing it is narrowed to.
func (l Logs) address(name, value string) string {
	values := url.Values{}
	for _, h := range append(l.narrowed(), Hidden{"range", l.Range}, Hidden{"level", l.Level}, Hidden{"q", l.Query}, Hidden{name, value}) {
		if h.Value != "" {
			values.Set(h.Name, h.Value)
		}
	}
	if l.Here {
		values.Set("here", "true")
	}
	return "/admin/logs?" + values.Encode()
}

func namesOf(details map[string]string) []string { return slices.Sorted(maps.Keys(details)) }
