package settings

// Name names a setting as the API and the console do.
type Name string

// The settings there are.
const (
	Signups           Name = "signups"
	DefaultModel      Name = "default_model"
	MaxMessageBytes   Name = "max_message_bytes"
	MaxAnswerBytes    Name = "max_answer_bytes"
	MaxSocketsPerUser Name = "max_sockets_per_user"
	RunsPerUser       Name = "running_answers_per_user"
	RunsPerChat       Name = "running_answers_per_chat"
	LogLevel          Name = "log_level"
	// AuditRetentionDays keeps the audit log for so long.
	AuditRetentionDays Name = "audit_retention_days"
)

// Kind is the type of a setting's value.
type Kind string

// The kinds: true or false, a whole number, a text.
const (
	Bool Kind = "bool"
	Int  Kind = "int"
	Text Kind = "text"
)

// Definition is what is true of a setting whatever its value is. Min and Max
// bound numbers, and the bytes of texts. Default is a bool, an int64 or a
// string.
type Definition struct {
	Name     Name
	Kind     Kind
	Default  any
	Min, Max int64
	// Variable is the environment variable that sets it, or empty.
	Variable string
	Help     string
}

// Table is every setting, in the order in which they are shown.
func Table() []Definition {
	return []Definition{
		{Name: Signups, Kind: Bool, Default: true, Variable: "ENABLE_SIGNUPS", Help: "Whether strangers may make accounts."},
		{Name: DefaultModel, Kind: Text, Default: "", Max: 100, Variable: "DEFAULT_MODEL", Help: "The model of chats that name none."},
		{Name: MaxMessageBytes, Kind: Int, Default: int64(128 << 10), Min: 1 << 10, Max: 1 << 20, Variable: "MAX_MESSAGE_BYTES", Help: "The longest message, in bytes."},
		{Name: MaxAnswerBytes, Kind: Int, Default: int64(256 << 10), Min: 1 << 10, Max: 16 << 20, Variable: "MAX_ANSWER_BYTES", Help: "The longest answer, in bytes."},
		{Name: MaxSocketsPerUser, Kind: Int, Default: int64(50), Min: 1, Max: 10_000, Variable: "MAX_SOCKETS_PER_USER", Help: "How many sockets one person may have open."},
		{Name: RunsPerUser, Kind: Int, Default: int64(3), Min: 1, Max: 100, Help: "How many answers one person may have running."},
		{Name: RunsPerChat, Kind: Int, Default: int64(3), Min: 1, Max: 100, Help: "How many answers may run in one chat."},
		{Name: LogLevel, Kind: Text, Default: "info", Max: 5, Variable: "LOG_LEVEL", Help: "From which level on servers log: debug, info, warn, error."},
		{Name: AuditRetentionDays, Kind: Int, Default: int64(365), Min: 0, Max: 36_500, Help: "How many days the audit log is kept; 0 keeps it for good."},
	}
}

// Source is where a value came from.
type Source string

// The sources, the stronger ones last.
const (
	SourceDefault     Source = "default"
	SourceEnvironment Source = "environment"
	SourceDatabase    Source = "database"
)

// Value is a setting as it stands.
type Value struct {
	Definition
	Value  any
	Source Source
}
