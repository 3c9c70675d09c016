package views

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/quillium/quillium/app"
)

// Chats is the page about all chats.
type Chats struct {
	Frame
	Query, State, Sort string
	List               app.Page[app.ManagedChat]
	Next, First        string
	// At makes an address of the page that keeps what the list is narrowed to.
	At    func(pairs ...string) string
	Panel *ChatPanel
}

// ChatPanel is one chat beside the list. Do is the form that is open in it:
// rename, owner, join, read, delete, or none; the rest is what it holds.
type ChatPanel struct {
	// Days is what the form about retention holds.
	Days                       string
	Chat                       app.ManagedChat
	Members                    []app.Member
	Do                         string
	Title, Email, Role, Reason string
	Refusal                    Refusal
}

// Transcript is what is said in a chat, a page of it.
type Transcript struct {
	Frame
	Chat          app.ManagedChat
	Messages      []app.Message
	Older, Newest string
}

// Address makes addresses of a page with these values and others; one that is
// empty is left out.
func Address(path string, kept url.Values) func(pairs ...string) string {
	return func(pairs ...string) string {
		values := url.Values{}
		for name := range kept {
			values.Set(name, kept.Get(name))
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
			if pairs[i+1] == "" {
				values.Del(pairs[i])
			}
		}
		if len(values) == 0 {
			return path
		}
		return path + "?" + values.Encode()
	}
}

func (v Chats) filter() Filter {
	return Filter{
		Action: "/admin/chats", Query: v.Query, Placeholder: "Search titles, or paste the id of a chat",
		Choices: []Field{{Name: "state", Label: "Which chats", Value: v.State, Options: []Option{{"", "All but deleted"}, {"archived", "Archived by all"}, {"deleted", "Deleted"}}}},
		Hidden:  []Hidden{{"sort", v.Sort}},
	}
}

func (v Chats) sorted(title, by string, number bool) Column {
	column := Column{Title: title, Number: number, Sort: v.At("sort", by, "cursor", "")}
	if v.Sort == by {
		column.Sorted = "descending"
	}
	return column
}

func (v Chats) table() Table {
	t := Table{
		Caption: "Chats",
		Columns: []Column{
			{Title: "Title"},
			{Title: "Owner"},
			{Title: "Model"},
			{Title: "Members", Number: true},
			{Title: "Messages", Number: true},
			v.sorted("Size", "size", true),
			v.sorted("Last activity", "active", false),
			v.sorted("Created", "", false),
		},
		Empty: Empty{Title: "No chats yet", Text: "The chats of all people appear here, without what is said in them."},
		Next:  v.Next, First: v.First, Total: onPage(len(v.List.Data), "chat"),
	}
	if v.Sort != "" {
		t.Empty = Empty{Title: "No chat is counted yet", Text: "That is done each minute.", Action: "Show the newest chats", Href: "/admin/chats"}
	}
	if v.Query != "" || v.State != "" {
		t.Empty = Empty{Title: "No chat matches", Text: "One or two characters are looked for at the beginning of words only.", Action: "Show all chats", Href: "/admin/chats"}
	}
	for _, one := range v.List.Data {
		t.Rows = append(t.Rows, Row{
			Href: v.At("id", string(one.ID)), Name: one.Title, Open: v.Panel != nil && v.Panel.Chat.ID == one.ID,
			Cells: []templ.Component{
				chatCell(one), Text(ownerOf(one)), Text(modelOf(one)), Number(one.MemberCount), Number(one.Messages), Text(sizeOf(one)), Ago(one.UpdatedAt), Ago(one.CreatedAt),
			},
		})
	}
	return t
}

// onPage counts what is on this page.
func onPage(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun + " on this page"
}

func ownerOf(c app.ManagedChat) string {
	if c.Owner == nil {
		return "–"
	}
	return c.Owner.Name
}

func modelOf(c app.ManagedChat) string {
	if c.Model == "" {
		return "default"
	}
	return c.Model
}

func sizeOf(c app.ManagedChat) string {
	if c.Bytes == nil {
		return "–"
	}
	return Bytes(*c.Bytes)
}

func aboutSize(c app.ManagedChat) string {
	if c.Bytes == nil {
		return "not counted yet"
	}
	return "about " + Bytes(*c.Bytes)
}

// path is where the forms about this chat go.
func (p ChatPanel) path() string { return "/admin/chats/" + string(p.Chat.ID) }

func (p ChatPanel) reason(told string) Field {
	return Field{Name: "reason", Label: "Reason", Value: p.Reason, Required: true, MaxLength: 500, Hint: told}
}

func speakerOf(m app.Message) string {
	switch {
	case m.Role == app.MessageSystem:
		return "Notice"
	case m.Role == app.MessageAssistant && m.Model != nil:
		return *m.Model
	case m.Author != nil:
		return m.Author.Name
	}
	return "Somebody who left"
}

// kept says how long messages of the chat are kept.
func (p ChatPanel) kept() string {
	switch days := p.Chat.RetentionDays; {
	case days == nil:
		return "as long as everywhere"
	case *days == 0:
		return "for good"
	default:
		return strconv.Itoa(*days) + " days"
	}
}
