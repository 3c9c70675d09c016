package views

import (
	"slices"
	"time"
)

// Frame is what every page of the console needs: who is signed in, the section
// of the navigation that it belongs to, the token of its forms, and what was
// done just now.
type Frame struct {
	Page
	Section string
	Person  string
	Token   string
	Done    string
	// Path is the page's own, Address with its query.
	Path, Address string
}

// section is one page of the navigation; Key is pressed after g.
type section struct {
	Name, Title, Path, Icon, Key string
}

// group is an entry in the head; its first section is where it leads.
type group struct {
	Title    string
	Sections []section
}

// adminGroups is the navigation.
var adminGroups = []group{
	{"Overview", []section{{"overview", "Overview", "/admin", "gauge", "o"}}},
	{"People", []section{
		{"users", "Users", "/admin/users", "users", "u"},
		{"chats", "Chats", "/admin/chats", "message-square", "c"},
	}},
	{"Models", []section{{"models", "Models", "/admin/models", "cpu", "m"}}},
	{"Server", []section{
		{"running", "Running now", "/admin/running", "activity", "n"},
		{"jobs", "Background work", "/admin/jobs", "list-checks", "b"},
		{"logs", "Logs", "/admin/logs", "scroll-text", "l"},
		{"audit", "Audit log", "/admin/audit", "shield-check", "a"},
		{"settings", "Settings", "/admin/settings", "settings", "s"},
		{"system", "System", "/admin/system", "server", "y"},
		{"backups", "Backups", "/admin/backups", "archive", "k"},
	}},
}

func (g group) has(name string) bool {
	return slices.ContainsFunc(g.Sections, func(s section) bool { return s.Name == name })
}

// groupOf is the group that is open.
func groupOf(name string) group {
	for _, g := range adminGroups {
		if g.has(name) {
			return g
		}
	}
	return group{}
}

// Refusal is what was wrong with a form: a sentence, and a word a field. The
// zero value is a form that nobody has sent.
type Refusal struct {
	// Status is the answer's.
	Status  int
	Message string
	Fields  map[string]string
}

// Hidden is a field that a form carries along.
type Hidden struct{ Name, Value string }

// AskPassword is a form that waits for its sender's password.
type AskPassword struct {
	Frame
	// Action is where the form goes, Back what gives up.
	Action, Back string
	Problem      string
	Hidden       []Hidden
}

// AdminSignIn is the console's entrance.
type AdminSignIn struct {
	Page
	Token, Next, Email, Problem string
}

// machine is a time as programs read it, exact as people do who look closely,
// and plain at a glance, without JavaScript in UTC.
func machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }
func exact(t time.Time) string   { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
func plain(t time.Time) string   { return t.UTC().Format("2 Jan 2006 15:04") }
