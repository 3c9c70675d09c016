package views

import (
	"net/url"
	"time"
)

// Settings is the page of what is set for the whole instance. Shown is the
// setting whose history stands beside.
type Settings struct {
	Frame
	Groups  []SettingsGroup
	History []SettingChange
	Shown   Setting
	// Refused names the group whose form was refused.
	Refused string
	Refusal Refusal
}

// SettingsGroup is what is saved by one form.
type SettingsGroup struct {
	Name     string
	Settings []Setting
}

// Setting is one field, and where its value comes from: default, database or
// environment.
type Setting struct {
	Field
	Source string
	// Picture is a setting that is sent by a form of its own.
	Picture bool
	By      string
	At      time.Time
}

// SettingChange is a line of a setting's history.
type SettingChange struct {
	At           time.Time
	By, From, To string
}

// groupTitles and groupLeads say what settings are shown together.
var (
	groupTitles = map[string]string{
		"look": "Name and look", "accounts": "Accounts", "limits": "Limits", "retention": "Retention", "models": "Models", "server": "Server",
	}
	groupLeads = map[string]string{
		"look":      "What everybody sees.",
		"accounts":  "Who may make an account, and how long one stays signed in.",
		"limits":    "How much one person may do.",
		"retention": "How long things are kept. What was deleted does not come back.",
	}
)

func (s Setting) badge() Badge {
	switch s.Source {
	case "environment":
		return Badge{"warn", "environment"}
	case "database":
		return Badge{"good", "set here"}
	}
	return Badge{"plain", "default"}
}

func (s Setting) history() string { return "/admin/settings?name=" + url.QueryEscape(s.Name) }

func (s Setting) changed() bool { return s.Source == "database" }

// orNobody is a name, or what stands for none.
func orNobody(name string) string {
	if name == "" {
		return "Nobody who has an account"
	}
	return name
}

// orNothing is a value, or what stands for an empty one.
func orNothing(value string) string {
	if value == "" {
		return "empty"
	}
	return value
}

func (s Settings) refusal(group string) Refusal {
	if s.Refused != group {
		return Refusal{}
	}
	return s.Refusal
}
