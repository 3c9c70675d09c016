package settings

import (
	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// Name names a setting as the API and the console do.
type Name string

// The settings there are.
const (
	Signups            Name = "signups"
	EmailDomains       Name = "email_domains"
	SessionUnusedHours Name = "session_unused_hours"
	SessionLongestDays Name = "session_longest_days"
	DefaultModel       Name = "default_model"
	MaxMessageBytes    Name = "max_message_bytes"
	MaxAnswerBytes     Name = "max_answer_bytes"
	RequestsPerMinute  Name = "requests_per_minute"
	MessagesPerMinute  Name = "messages_per_minute"
	RunsPerUser        Name = "running_answers_per_user"
	RunsPerChat        Name = "running_answers_per_chat"
	MaxSocketsPerUser  Name = "max_sockets_per_user"
	RetentionDays      Name = "retention_days"
	LogLevel           Name = "log_level"
	// AuditRetentionDays keeps the audit log for so long.
	AuditRetentionDays Name = "audit_retention_days"
	InstanceName       Name = "instance_name"
	Banner             Name = "banner"
	Logo               Name = "logo"
)

// Kind is the type of a setting's value.
type Kind string

// The kinds: a whole number, a line of text, one of a few words, a list of
// texts, and the hash of a picture, which is set by SetLogo alone.
const (
	Int     Kind = "int"
	Text    Kind = "text"
	Enum    Kind = "enum"
	List    Kind = "list"
	Picture Kind = "picture"
)

// Group is what settings are shown together under.
type Group string

// The groups, in the order in which they are shown.
const (
	GroupLook      Group = "look"
	GroupAccounts  Group = "accounts"
	GroupLimits    Group = "limits"
	GroupRetention Group = "retention"
	GroupModels    Group = "models"
	GroupServer    Group = "server"
)

// Definition is what is true of a setting whatever its value is. Default is an
// int64, a string, or a list of strings. Min and Max bound numbers, Max also
// how many there are in a list.
type Definition struct {
	Name    Name     `json:"name"`
	Group   Group    `json:"group"`
	Kind    Kind     `json:"kind"`
	Title   string   `json:"title"`
	Help    string   `json:"help"`
	Default any      `json:"default"`
	Min     int64    `json:"min"`
	Max     int64    `json:"max"`
	Unit    string   `json:"unit"`
	Options []string `json:"options"`
	// Variable is the environment variable that sets it, or empty.
	Variable string `json:"variable"`
	// Rule is what texts keep to, and each text of a list.
	Rule rule.Field `json:"-"`
}

// Table is every setting, in the order in which they are shown.
func Table() []Definition {
	return []Definition{
		{Name: InstanceName, Group: GroupLook, Kind: Text, Title: "Name", Default: "Quillium", Rule: rule.FieldInstanceName, Help: "What this server is called, on every page."},
		{Name: Logo, Group: GroupLook, Kind: Picture, Title: "Logo", Default: "", Help: "A small picture beside the name, instead of the quill."},
		{Name: Banner, Group: GroupLook, Kind: Text, Title: "Banner", Default: "", Rule: rule.FieldBanner, Help: "A line that everybody reads at the top of every page, signed in or not. Empty is none."},

		{Name: Signups, Group: GroupAccounts, Kind: Enum, Title: "Sign-ups", Default: string(app.SignupsOpen), Options: []string{string(app.SignupsOpen), string(app.SignupsByInvitation), string(app.SignupsClosed)}, Variable: "ENABLE_SIGNUPS", Help: "Who may make an account: everybody, whoever has an invite link, or whom an administrator makes one."},
		{Name: EmailDomains, Group: GroupAccounts, Kind: List, Title: "Allowed e-mail domains", Default: []string{}, Max: 100, Rule: rule.FieldEmailDomain, Help: "New accounts need an address at one of these; none is any. An address is not proved, so this keeps out mistakes, not strangers. Administrators may make any account."},
		{Name: SessionUnusedHours, Group: GroupAccounts, Kind: Int, Title: "Sessions end unused after", Default: int64(7 * 24), Min: 1, Max: 90 * 24, Unit: "hours", Variable: "REFRESH_TOKEN_EXPIRY", Help: "Who does not come back within this time signs in again."},
		{Name: SessionLongestDays, Group: GroupAccounts, Kind: Int, Title: "Sessions end in any case after", Default: int64(90), Min: 1, Max: 365, Unit: "days", Help: "Who comes back every day signs in again, too, after this time."},

		{Name: MaxMessageBytes, Group: GroupLimits, Kind: Int, Title: "Longest message", Default: int64(128 << 10), Min: 1 << 10, Max: 1 << 20, Unit: "bytes", Variable: "MAX_MESSAGE_BYTES", Help: "How long a message may be, in bytes of UTF-8."},
		{Name: MaxAnswerBytes, Group: GroupLimits, Kind: Int, Title: "Longest answer", Default: int64(256 << 10), Min: 1 << 10, Max: 16 << 20, Unit: "bytes", Variable: "MAX_ANSWER_BYTES", Help: "Where an answer of a model is cut, in bytes of UTF-8."},
		{Name: RequestsPerMinute, Group: GroupLimits, Kind: Int, Title: "Requests", Default: int64(600), Min: 60, Max: 100_000, Unit: "a minute", Help: "How many requests one person may make, on each node."},
		{Name: MessagesPerMinute, Group: GroupLimits, Kind: Int, Title: "Messages", Default: int64(60), Min: 1, Max: 10_000, Unit: "a minute", Help: "How many messages one person may send, on each node."},
		{Name: RunsPerUser, Group: GroupLimits, Kind: Int, Title: "Running answers of a person", Default: int64(3), Min: 1, Max: 100, Help: "How many answers one person may have running; more wait in order."},
		{Name: RunsPerChat, Group: GroupLimits, Kind: Int, Title: "Running answers in a chat", Default: int64(3), Min: 1, Max: 100, Help: "How many answers may run in one chat; more wait in order."},
		{Name: MaxSocketsPerUser, Group: GroupLimits, Kind: Int, Title: "Open sockets of a person", Default: int64(50), Min: 1, Max: 10_000, Variable: "MAX_SOCKETS_PER_USER", Help: "How many tabs and devices of one person may be connected to one node."},

		{Name: RetentionDays, Group: GroupRetention, Kind: Int, Title: "Delete messages older than", Default: int64(0), Max: 3650, Unit: "days", Help: "They are erased for good, in the background. 0 keeps them. A chat may have a time of its own."},
		{Name: AuditRetentionDays, Group: GroupRetention, Kind: Int, Title: "Delete the audit log after", Default: int64(365), Max: 36_500, Unit: "days", Help: "How long it is kept who did what. 0 keeps it for good."},

		{Name: DefaultModel, Group: GroupModels, Kind: Text, Title: "Default model", Default: "", Rule: rule.FieldDefaultModel, Variable: "DEFAULT_MODEL", Help: "The id or alias of the model that chats ask that name none. Empty is the first one there is."},

		{Name: LogLevel, Group: GroupServer, Kind: Enum, Title: "Level of the log", Default: "info", Options: []string{"debug", "info", "warn", "error"}, Variable: "LOG_LEVEL", Help: "From which level on all servers log."},
	}
}
