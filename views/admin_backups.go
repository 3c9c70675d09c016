package views

import (
	"net/url"
	"time"

	"github.com/a-h/templ"
)

// Backup is one that a server keeps.
type Backup struct {
	Name   string
	Bytes  int64
	MadeAt time.Time
}

// Backups is the page about them.
type Backups struct {
	Frame
	Node string
	Keep int
	Rows []Backup
	// Making is the newest job that makes one here; nil where there is none.
	Making *Job
	// Open is the one in the panel; AskDelete tells that it is to go.
	Open      *Backup
	AskDelete bool
	Reason    string
	Refusal   Refusal
}

// underWay tells whether one is being made.
func (v Backups) underWay() bool {
	return v.Making != nil && (v.Making.State == "running" || v.Making.State == "waiting" || v.Making.State == "retrying")
}

func (v Backups) at(name string, more ...string) string {
	values := url.Values{"name": {name}}
	for i := 0; i+1 < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	return v.Path + "?" + values.Encode()
}

func (v Backups) table() Table {
	t := Table{
		Caption: "Backups", Columns: []Column{{Title: "Backup"}, {Title: "Size", Number: true}, {Title: "Made"}},
		Empty: Empty{Title: "No backup yet", Text: "One holds everything but the secrets of this server, and is brought back with quillium restore."},
	}
	for _, b := range v.Rows {
		t.Rows = append(t.Rows, Row{
			Href: v.at(b.Name), Name: b.Name, Open: v.Open != nil && v.Open.Name == b.Name,
			Cells: []templ.Component{Code(b.Name), Text(Bytes(b.Bytes)), Ago(b.MadeAt)},
		})
	}
	t.Total = counted(int64(len(v.Rows)), "backup", "backups") + "; the newest " + Grouped(v.Keep) + " are kept"
	return t
}

func (v Backups) deleting() Confirmation {
	return Confirmation{
		Title: "Delete this backup?", Text: v.Open.Name + " is gone for good then.",
		Action: "/admin/backups/" + v.Open.Name + "/delete", Verb: "Delete the backup", Back: v.at(v.Open.Name), Refusal: v.Refusal,
	}
}

// lastOf is the end of an id, which is enough to tell servers apart.
func lastOf(id string) string { return id[max(0, len(id)-8):] }
