package rule

import (
	"regexp"

	"github.com/quillium/quillium/app"
)

// Field names a value as the JSON of the API does.
type Field string

// The fields that have a rule.
const (
	FieldName         Field = "name"
	FieldEmail        Field = "email"
	FieldPassword     Field = "password"
	FieldTitle        Field = "title"
	FieldSystemPrompt Field = "system_prompt"
	FieldContent      Field = "content"
	FieldQuery        Field = "q"
	FieldClientID     Field = "client_id"
	FieldModel        Field = "model"
	FieldReplyPolicy  Field = "reply_policy"
	FieldMemberRole   Field = "role"
	FieldTheme        Field = "theme"
	FieldLanguage     Field = "language"
	FieldDefaultModel Field = "default_model"
	// FieldPresentPassword is a password that is compared, not set.
	FieldPresentPassword Field = "current_password"
	// FieldReason is why somebody does what is told to others.
	FieldReason Field = "reason"
	// FieldToken is a secret that a link or a client hands back.
	FieldToken Field = "token"
	// FieldModelCall is a model's id or alias as an administrator sets it.
	FieldModelCall Field = "model_call"
	FieldModelName Field = "model_name"
	// FieldUpstream is a model's name at its provider.
	FieldUpstream Field = "upstream"
	// FieldInstanceName, FieldBanner and FieldEmailDomain are of the instance.
	FieldInstanceName Field = "instance_name"
	FieldBanner       Field = "banner"
	FieldEmailDomain  Field = "email_domain"
)

// Unit is what a length counts.
type Unit string

// Lengths count code points, or bytes of UTF-8, after NFC.
const (
	Characters Unit = "characters"
	Bytes      Unit = "bytes"
)

// Controls says which control characters (Unicode category Cc) may stand in
// a value. U+0000 never may.
type Controls int

// NoControls is one line of text; LineControls also allows \n and \t;
// AnyControls is for passwords.
const (
	NoControls Controls = iota
	LineControls
	AnyControls
)

// Rule is what holds for one field. Min 0 means that the value may be empty.
// A Max of 0 is set by the caller (content: MAX_MESSAGE_BYTES).
type Rule struct {
	Min, Max int
	Unit     Unit
	// Pattern, where there is one, is what a value that is not empty matches
	// from end to end, in the syntax that RE2 and JSON Schema share; Form says
	// in words what that is, as a person is told.
	Pattern  string
	Form     string
	Controls Controls
	// Trim takes space off both ends before anything is counted.
	Trim bool
	// Plain values have no bidirectional overrides and no line separators,
	// and hold something that can be seen.
	Plain bool
	// OneOf, where there is one, lists all values.
	OneOf []string
}

// DefaultTitle is a chat's title until somebody gives it one.
const DefaultTitle = "New chat"

const (
	modelPattern    = `^[a-z0-9][a-z0-9._:/-]{0,99}$`
	callPattern     = `^[a-z0-9]([a-z0-9._:/-]{0,98}[a-z0-9])?$`
	emailPattern    = `^[^\s@]+@[^\s@]+$`
	domainPattern   = `^[^\s@.,/]+(\.[^\s@.,/]+)*$`
	languagePattern = `^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`

	modelForm    = "the id of a model, as the list of models has it,"
	callForm     = "a name of small letters, digits and . _ : / - that begins and ends with a letter or digit"
	emailForm    = "an address such as ada@example.org"
	domainForm   = "a domain such as example.org"
	languageForm = "the code of a language, such as en or pt-BR,"
)

// Table is the rule of every field.
func Table() map[Field]Rule {
	return map[Field]Rule{
		FieldName:            {Min: 1, Max: 80, Unit: Characters, Trim: true, Plain: true},
		FieldEmail:           {Min: 3, Max: 254, Unit: Characters, Pattern: emailPattern, Form: emailForm, Trim: true, Plain: true},
		FieldPassword:        {Min: 10, Max: 128, Unit: Characters, Controls: AnyControls},
		FieldTitle:           {Min: 1, Max: 255, Unit: Characters, Trim: true, Plain: true},
		FieldSystemPrompt:    {Max: 32 << 10, Unit: Bytes, Controls: LineControls, Trim: true},
		FieldContent:         {Min: 1, Unit: Bytes, Controls: LineControls},
		FieldQuery:           {Max: 200, Unit: Characters, Trim: true},
		FieldClientID:        {Min: 1, Max: 64, Unit: Characters, Trim: true},
		FieldModel:           {Max: 100, Unit: Characters, Pattern: modelPattern, Form: modelForm, Trim: true},
		FieldReplyPolicy:     {Unit: Characters, OneOf: []string{string(app.ReplyAlways), string(app.ReplyMention), string(app.ReplyNever)}},
		FieldMemberRole:      {Unit: Characters, OneOf: []string{string(app.MemberOwner), string(app.MemberEditor), string(app.MemberViewer)}},
		FieldTheme:           {Unit: Characters, OneOf: []string{"system", "light", "dark"}},
		FieldLanguage:        {Min: 2, Max: 35, Unit: Characters, Pattern: languagePattern, Form: languageForm, Trim: true},
		FieldPresentPassword: {Min: 1, Max: 128, Unit: Characters, Controls: AnyControls},
		FieldReason:          {Min: 1, Max: 500, Unit: Characters, Trim: true, Plain: true},
		FieldToken:           {Min: 1, Max: 200, Unit: Characters},
		FieldDefaultModel:    {Max: 100, Unit: Characters, Pattern: modelPattern, Form: modelForm, Trim: true},
		FieldModelCall:       {Min: 1, Max: 100, Unit: Characters, Pattern: callPattern, Form: callForm, Trim: true},
		FieldModelName:       {Min: 1, Max: 200, Unit: Characters, Trim: true, Plain: true},
		FieldUpstream:        {Min: 1, Max: 200, Unit: Characters, Trim: true, Plain: true},
		FieldInstanceName:    {Min: 1, Max: 60, Unit: Characters, Trim: true, Plain: true},
		FieldBanner:          {Max: 500, Unit: Characters, Trim: true, Plain: true},
		FieldEmailDomain:     {Min: 1, Max: 253, Unit: Characters, Pattern: domainPattern, Form: domainForm, Trim: true, Plain: true},
	}
}

// compiled is the table with its patterns compiled; nobody writes to it.
var compiled = compile(Table())

type entry struct {
	Rule
	pattern *regexp.Regexp
}

func compile(table map[Field]Rule) map[Field]entry {
	entries := make(map[Field]entry, len(table))
	for field, r := range table {
		e := entry{Rule: r}
		if r.Pattern != "" {
			e.pattern = regexp.MustCompile(r.Pattern)
		}
		entries[field] = e
	}
	return entries
}
