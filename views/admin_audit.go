package views

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// AuditPerson is an account in the audit log; Name is empty once it is deleted.
type AuditPerson struct{ ID, Name, Email string }

// AuditRow is a row of the audit log as the console shows it. Seq is 0 until
// it is sealed.
type AuditRow struct {
	ID, Action                       string
	At                               time.Time
	Actor, TargetUser                *AuditPerson
	Target, IP, UserAgent, RequestID string
	Seq, Count                       int64
	Details                          map[string]string
}

// AuditSeals is how far the log is sealed, and how the last check went: never,
// where CheckedAt is the zero time, and well where Fault is empty.
type AuditSeals struct {
	Seq, Removed, Waiting int64
	Head                  string
	CheckedAt             time.Time
	CheckedSeq            int64
	Fault                 string
}

// Audit is the page about who did what.
type Audit struct {
	Frame
	Seals   AuditSeals
	Rows    []AuditRow
	Actions []string
	// Query, Action, Actor, Target and Within narrow the rows down.
	Query, Action, Actor, Target, Within string
	Open                                 *AuditRow
	// AskExport shows the form of an export, with what was typed.
	AskExport      bool
	Reason, Format string
	Refusal        Refusal
	Next, First    string
}

// auditWords say in words what was done; what has none is shown as it is.
var auditWords = map[string]string{ //nolint:gosec // words about passwords, none of which is one
	"user.registered": "Account made", "user.created": "Account made by an administrator", "user.renamed": "Name changed", "user.deleted": "Account deleted",
	"user.disabled": "Account disabled", "user.enabled": "Account enabled", "user.promoted": "Made administrator", "user.demoted": "Made ordinary user",
	"user.first_admin": "First administrator made", "password.changed": "Password changed", "password.reset": "Password reset by link",
	"reset_link.made": "Reset link made", "setup_link.made": "Set-up link made", "session.started": "Signed in", "session.ended": "Signed out",
	"session.token_reused": "Old refresh token used; session ended", "session.refused": "Sign-in refused", "audit.exported": "Audit log exported",
	"setting.changed": "Setting changed", "provider.created": "Provider added", "provider.changed": "Provider changed", "provider.deleted": "Provider deleted",
	"provider.tested": "Provider tested", "model.added": "Model added", "model.changed": "Model changed", "model.deleted": "Model deleted",
	"backup.requested": "Backup asked for", "backup.downloaded": "Backup downloaded", "backup.deleted": "Backup deleted",
	"signup_invite.made": "Invitation made", "signup_invite.deleted": "Invitation deleted", "users.exported": "List of accounts exported",
	"chat.retention_set": "Time that messages are kept set",
	"chat.renamed":       "Chat renamed", "chat.archived": "Chat archived", "chat.unarchived": "Chat taken out of the archive", "chat.deleted": "Chat deleted",
	"chat.restored": "Chat restored", "chat.owner_changed": "Owner of a chat changed", "chat.joined_by_admin": "Administrator joined a chat",
	"chat.content_read": "Chat read by an administrator",
	"socket.ended":      "Connection closed", "answer.stopped": "Answer stopped",
	"job.retried": "Background work tried again", "job.cancelled": "Background work cancelled",
}

// auditDetails are the words for details.
var auditDetails = map[string]string{
	"from": "Before", "to": "After", "reason": "Reason", "device": "Device", "session_id": "Session", "sessions_ended": "Sessions ended",
	"messages": "Messages", "role": "Role", "setting": "Setting",
	"field": "Changed", "kind": "Kind",
}

func wordOf(words map[string]string, key string) string {
	if word, known := words[key]; known {
		return word
	}
	return key
}

func (r AuditRow) title() string {
	word := wordOf(auditWords, r.Action)
	if r.Count > 1 {
		word += ", " + Grouped(r.Count) + " times"
	}
	return word
}

// at is this page with the same rows, and a panel.
func (v Audit) at(pairs ...string) string {
	values := url.Values{}
	set := func(pairs ...string) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i+1] != "" {
				values.Set(pairs[i], pairs[i+1])
			}
		}
	}
	set("q", v.Query, "action", v.Action, "actor", v.Actor, "target", v.Target, "within", v.Within)
	set(pairs...)
	if len(values) == 0 {
		return v.Path
	}
	return v.Path + "?" + values.Encode()
}

func (v Audit) filter() Filter {
	actions := []Option{{"", "Everything"}}
	for _, action := range v.Actions {
		actions = append(actions, Option{action, wordOf(auditWords, action)})
	}
	f := Filter{
		Action: v.Path, Query: v.Query, Placeholder: "Search an e-mail, address, request, setting or action",
		Choices: []Field{
			{Name: "action", Label: "What was done", Value: v.Action, Options: actions},
			{Name: "within", Label: "When", Value: v.Within, Options: []Option{{"", "At any time"}, {"1h", "In the last hour"}, {"24h", "In the last day"}, {"168h", "In the last week"}, {"720h", "In the last 30 days"}}},
		},
	}
	for _, h := range []Hidden{{"actor", v.Actor}, {"target", v.Target}} {
		if h.Value != "" {
			f.Hidden = append(f.Hidden, h)
		}
	}
	return f
}

func (v Audit) narrowed() bool {
	return v.Query != "" || v.Action != "" || v.Actor != "" || v.Target != "" || v.Within != ""
}

func (v Audit) table() Table {
	t := Table{
		Caption: "Audit log", Next: v.Next, First: v.First,
		Columns: []Column{{Title: "What"}, {Title: "Who"}, {Title: "To whom or what"}, {Title: "From"}, {Title: "When"}, {Title: "Number", Number: true}},
		Empty:   Empty{Title: "Nothing was done yet", Text: "Here will be who signed in, and what administrators changed."},
	}
	if v.narrowed() {
		t.Empty = Empty{Title: "Nothing found", Text: "Try another word, or everything.", Action: "Show everything", Href: v.Path}
	}
	for _, r := range v.Rows {
		t.Rows = append(t.Rows, Row{
			Href: v.at("id", r.ID), Name: r.title(), Open: v.Open != nil && v.Open.ID == r.ID,
			Cells: []templ.Component{Text(r.title()), auditWho(r.Actor), r.on(), Code(r.IP), Ago(r.At), r.number()},
		})
	}
	return t
}

// on is what it was done to: a person by his name.
func (r AuditRow) on() templ.Component {
	if r.TargetUser != nil {
		return auditWho(r.TargetUser)
	}
	if r.Target == "" {
		return Text("–")
	}
	return Code(r.Target)
}

func (r AuditRow) number() templ.Component {
	if r.Seq == 0 {
		return Badge{"plain", "Not sealed yet"}.Cell()
	}
	return Number(r.Seq)
}

func (s AuditSeals) badge() Badge {
	switch {
	case s.CheckedAt.IsZero():
		return Badge{"plain", "Not checked yet"}
	case s.Fault != "":
		return Badge{"bad", "Something is wrong"}
	}
	return Badge{"good", "As it was sealed"}
}

func (s AuditSeals) head() string { return strconv.FormatInt(s.Seq, 10) + ":" + s.Head }

func (s AuditSeals) waiting() string {
	if s.Waiting == 0 {
		return "none"
	}
	return Grouped(s.Waiting)
}

// hidden are the filters that an export takes over.
func (v Audit) hidden() (list []Hidden) {
	for _, h := range []Hidden{{"q", v.Query}, {"action", v.Action}, {"actor", v.Actor}, {"target", v.Target}, {"within", v.Within}} {
		if strings.TrimSpace(h.Value) != "" {
			list = append(list, h)
		}
	}
	return list
}
