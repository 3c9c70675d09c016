package views

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/quillium/quillium/app"
)

// Running is what runs right now, on all nodes.
type Running struct {
	Frame
	Nodes   []app.SocketNode
	Sockets app.Page[app.Socket]
	Answers app.Page[app.RunningAnswer]
	// Query and Node are what sockets are looked for by.
	Query, Node string
	// More is where the next page of sockets is, First the first one.
	More, First string
	Refusal     Refusal
}

// counted is how many are connected to all nodes that told.
func (r Running) counted() (total int) {
	for _, n := range r.Nodes {
		total += n.Sockets
	}
	return total
}

// silent are nodes that live and have not told yet who is connected.
func (r Running) silent() (silent int) {
	for _, n := range r.Nodes {
		if n.CountedAt == nil {
			silent++
		}
	}
	return silent
}

func (r Running) nodeName(id app.NodeID) string {
	for _, n := range r.Nodes {
		if n.ID == id {
			return nodeName(n.Host, id)
		}
	}
	return nodeName("", id)
}

// nodeName is a node as people tell it from others: its machine, and the end
// of its id, since several may run on one.
func nodeName(host string, id app.NodeID) string {
	end := string(id[max(0, len(id)-4):])
	if host == "" {
		return end
	}
	return host + " " + end
}

func (r Running) answers() Table {
	t := Table{
		Caption: "Running answers",
		Columns: []Column{{Title: "Chat"}, {Title: "Model"}, {Title: "Asked by"}, {Title: "State"}, {Title: "So far", Number: true}, {Title: "Server"}, {Title: "Since"}, {Title: "End"}},
		Empty:   Empty{Title: "No answer is running", Text: "Answers appear here while models write them, and while they wait for their turn."},
		Total:   counting(len(r.Answers.Data), r.Answers.Pagination.Next != nil, "answer"),
	}
	for _, a := range r.Answers.Data {
		asker, node := "somebody who was deleted", "–"
		if a.Asker != nil {
			asker = a.Asker.Name
		}
		if a.Node != nil {
			node = r.nodeName(*a.Node)
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			Text(a.Chat.Title), Text(a.Model), Text(asker), stateOf(a).Cell(), Text(Bytes(int64(a.Bytes))), Text(node), Ago(a.Since),
			endButton(r.Frame, "/admin/running/answers/"+string(a.ID), "Stop", "Stop the answer in "+a.Chat.Title),
		}})
	}
	return t
}

func stateOf(a app.RunningAnswer) Badge {
	switch {
	case a.Stopped:
		return Badge{"warn", "stopping"}
	case a.Status == app.StatusQueued:
		return Badge{"plain", "waiting"}
	}
	return Badge{"good", "writing"}
}

func (r Running) sockets() Table {
	t := Table{
		Caption: "Connections, newest first",
		Columns: []Column{{Title: "Person"}, {Title: "Address"}, {Title: "Program"}, {Title: "Chats"}, {Title: "Queue", Number: true}, {Title: "Server"}, {Title: "Since"}, {Title: "End"}},
		Empty:   Empty{Title: "Nobody is connected", Text: "Open browsers and programs appear here."},
		Total:   counting(r.counted(), false, "connection"), Next: r.More, First: r.First,
	}
	if r.Query != "" || r.Node != "" {
		t.Empty = Empty{Title: "No connection matches", Text: "Look for part of a name, an e-mail or an address.", Action: "Show all", Href: "/admin/running"}
	}
	for _, s := range r.Sockets.Data {
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			Text(s.User.Name), Text(s.IP), programOf(s), followedBy(s), Text(Bytes(int64(s.Queued))), Text(r.nodeName(s.Node)), Ago(s.Since),
			endButton(r.Frame, "/admin/running/sockets/"+s.ID, "End", "End the connection of "+s.User.Name),
		}})
	}
	return t
}

func (r Running) filter() Filter {
	f := Filter{Action: "/admin/running", Query: r.Query, Placeholder: "Name, e-mail or address"}
	if len(r.Nodes) > 1 {
		choice := Field{Name: "node", Label: "Server", Value: r.Node, Options: []Option{{"", "All servers"}}}
		for _, n := range r.Nodes {
			choice.Options = append(choice.Options, Option{string(n.ID), r.nodeName(n.ID)})
		}
		f.Choices = append(f.Choices, choice)
	}
	return f
}

// counting says how many there are, and more where there are.
func counting(n int, more bool, noun string) string {
	text := Grouped(n)
	if more {
		text = "the newest " + text
	}
	if n != 1 {
		noun += "s"
	}
	return text + " " + noun
}

// others says how many followed chats are not shown.
func others(s app.Socket) string {
	if n := s.ChatCount - len(s.Chats); n > 0 {
		return "and " + strconv.Itoa(n) + " more"
	}
	return ""
}
