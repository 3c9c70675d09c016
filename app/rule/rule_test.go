package rule_test

import (
	"errors"
	"regexp"
	"sort"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

func requireRefused(t *testing.T, err error, code app.Code, field string) {
	t.Helper()
	var refused *app.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, code, refused.Code)
	require.Len(t, refused.Details, 1)
	require.Equal(t, field, refused.Details[0].Field)
	require.NotEmpty(t, refused.Details[0].Message)
}

func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	content := func(s string) (string, error) { return rule.Content(s, 100) }
	password := func(s string) (string, error) { return rule.Password(rule.FieldPassword, s, "ada@example.org") }
	for _, c := range []struct {
		what      string
		check     func(string) (string, error)
		text, was string
	}{
		{"a name is trimmed", rule.Name, "  Ada \u00a0", "Ada"},
		{"a name is composed", rule.Name, "Ame\u0301lie", "Am\u00e9lie"},
		{"a name has 80 characters, not bytes", rule.Name, strings.Repeat("é", 80), strings.Repeat("é", 80)},
		{"a name is counted after composing", rule.Name, strings.Repeat("e\u0301", 80), strings.Repeat("é", 80)},
		{"a name may join emoji", rule.Name, "👩\u200d🚀", "👩\u200d🚀"},
		{"an address keeps its case", rule.Email, " Ada@Example.org ", "Ada@Example.org"},
		{"a password keeps its spaces", password, "  two spaces  ", "  two spaces  "},
		{"a password may hold anything", password, "tab\tand\u0007bell", "tab\tand\u0007bell"},
		{"a password is composed", password, "cafe\u0301 au lait", "café au lait"},
		{"a title of 255", rule.Title, strings.Repeat("x", 255), strings.Repeat("x", 255)},
		{"no system prompt", rule.SystemPrompt, "", ""},
		{"a system prompt has lines", rule.SystemPrompt, "a\n\tb\n", "a\n\tb"},
		{"content is not trimmed", content, " a\n", " a\n"},
		{"content may turn direction", content, "\u202eabc", "\u202eabc"},
		{"content of just enough bytes", content, strings.Repeat("é", 50), strings.Repeat("é", 50)},
		{"content that composing makes fit", content, strings.Repeat("e\u0301", 50), strings.Repeat("é", 50)},
		{"no query", rule.Query, "  ", ""},
		{"a client id", rule.ClientID, strings.Repeat("a", 64), strings.Repeat("a", 64)},
		{"no model", rule.Model, "", ""},
		{"a model with provider and tag", rule.Model, "openrouter/qwen3:8b-q4_k.m", "openrouter/qwen3:8b-q4_k.m"},
		{"a default model", rule.DefaultModel, "guide", "guide"},
		{"a theme", rule.Theme, "dark", "dark"},
		{"a language", rule.Language, "zh-Hant-TW", "zh-Hant-TW"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			got, err := c.check(c.text)
			require.NoError(t, err)
			require.Equal(t, c.was, got)
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	content := func(s string) (string, error) { return rule.Content(s, 100) }
	password := func(s string) (string, error) { return rule.Password("new_password", s, "Ada.Lovelace@example.org") }
	policy := func(s string) (string, error) {
		p, err := rule.ReplyPolicy(s)
		return string(p), err
	}
	for _, c := range []struct {
		what  string
		check func(string) (string, error)
		text  string
		field string
		code  app.Code
	}{
		{"an empty name", rule.Name, " \t ", "name", app.CodeInvalidInput},
		{"a name of 81", rule.Name, strings.Repeat("é", 81), "name", app.CodeInvalidInput},
		{"a name of two lines", rule.Name, "a\nb", "name", app.CodeInvalidInput},
		{"a name with a line separator", rule.Name, "a\u2028b", "name", app.CodeInvalidInput},
		{"a name that turns direction", rule.Name, "a\u202eb", "name", app.CodeInvalidInput},
		{"a name that isolates", rule.Name, "a\u2066b", "name", app.CodeInvalidInput},
		{"a name nobody sees", rule.Name, "\u200b\u200d", "name", app.CodeInvalidInput},
		{"a name with NUL", rule.Name, "a\x00b", "name", app.CodeInvalidInput},
		{"a name with DEL", rule.Name, "a\x7fb", "name", app.CodeInvalidInput},
		{"a name with a C1 control", rule.Name, "a\u0085b", "name", app.CodeInvalidInput},
		{"a name of bad bytes", rule.Name, "a\xffb", "name", app.CodeInvalidInput},
		{"an address without @", rule.Email, "ada.example.org", "email", app.CodeInvalidInput},
		{"an address with two @", rule.Email, "a@b@c", "email", app.CodeInvalidInput},
		{"an address with a space", rule.Email, "a b@c.d", "email", app.CodeInvalidInput},
		{"an address of 255", rule.Email, strings.Repeat("a", 250) + "@b.cd", "email", app.CodeInvalidInput},
		{"a password of nine", password, "ninechars", "new_password", app.CodeInvalidInput},
		{"a password of 129", password, strings.Repeat("é", 129), "new_password", app.CodeInvalidInput},
		{"a common password", password, "Password123", "new_password", app.CodeInvalidInput},
		{"the commonest of ten", password, "1234567890", "new_password", app.CodeInvalidInput},
		{"the last of the list", password, "zxcvbnmmnbvcxz", "new_password", app.CodeInvalidInput},
		{"the address as password", password, "ada.lovelace@EXAMPLE.org", "new_password", app.CodeInvalidInput},
		{"a password with NUL", password, "long enough\x00", "new_password", app.CodeInvalidInput},
		{"no title", rule.Title, "", "title", app.CodeInvalidInput},
		{"a title of 256", rule.Title, strings.Repeat("x", 256), "title", app.CodeInvalidInput},
		{"a system prompt over 32 KiB", rule.SystemPrompt, strings.Repeat("x", 32<<10+1), "system_prompt", app.CodeTooLarge},
		{"no content", content, "", "content", app.CodeInvalidInput},
		{"a byte too much", content, strings.Repeat("x", 101), "content", app.CodeTooLarge},
		{"far too much", content, strings.Repeat("x", 1000), "content", app.CodeTooLarge},
		{"a carriage return", content, "a\r\nb", "content", app.CodeInvalidInput},
		{"content with NUL", content, "\x00", "content", app.CodeInvalidInput},
		{"a query of 201", rule.Query, strings.Repeat("x", 201), "q", app.CodeInvalidInput},
		{"a query with NUL", rule.Query, "a\x00", "q", app.CodeInvalidInput},
		{"an empty client id", rule.ClientID, "", "client_id", app.CodeInvalidInput},
		{"a client id of 65", rule.ClientID, strings.Repeat("x", 65), "client_id", app.CodeInvalidInput},
		{"a model in capitals", rule.Model, "GPT-4", "model", app.CodeInvalidInput},
		{"a model of 101", rule.Model, strings.Repeat("x", 101), "model", app.CodeInvalidInput},
		{"a model with a line end", rule.Model, "a\nb", "model", app.CodeInvalidInput},
		{"an unknown policy", policy, "sometimes", "reply_policy", app.CodeInvalidInput},
		{"an unknown theme", rule.Theme, "", "theme", app.CodeInvalidInput},
		{"no language", rule.Language, "", "language", app.CodeInvalidInput},
		{"a language with an underscore", rule.Language, "en_GB", "language", app.CodeInvalidInput},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			got, err := c.check(c.text)
			require.Empty(t, got)
			requireRefused(t, err, c.code, c.field)
		})
	}
}

func TestAddressesThatAreTheSameAccount(t *testing.T) {
	t.Parallel()
	require.Equal(t, rule.EmailKey("ada@example.org"), rule.EmailKey(" ADA@Example.ORG"))
	require.Equal(t, rule.EmailKey("\u00e9@x.y"), rule.EmailKey("E\u0301@x.y"))
	require.NotEqual(t, rule.EmailKey("ada@example.org"), rule.EmailKey("ada@example.com"))
}

func TestAPolicyIsANoun(t *testing.T) {
	t.Parallel()
	policy, err := rule.ReplyPolicy("mention")
	require.NoError(t, err)
	require.Equal(t, app.ReplyMention, policy)
}

// Whatever is kept keeps the rule, and is kept unchanged when it comes again.
func TestKeptValuesAreStable(t *testing.T) {
	t.Parallel()
	fields := []rule.Field{}
	for field := range rule.Table() {
		fields = append(fields, field)
	}
	sort.Slice(fields, func(i, j int) bool { return fields[i] < fields[j] })
	rapid.Check(t, func(t *rapid.T) {
		field := rapid.SampledFrom(fields).Draw(t, "field")
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z.@ \n\t\r\x00-]{0,300}`)).Draw(t, "text")
		kept, err := rule.Check(field, text)
		if err != nil {
			var refused *app.Error
			require.True(t, errors.As(err, &refused))
			require.Equal(t, string(field), refused.Details[0].Field)
			return
		}
		again, err := rule.Check(field, kept)
		require.NoError(t, err)
		require.Equal(t, kept, again)
		require.True(t, norm.NFC.IsNormalString(kept))
		require.NotContains(t, kept, "\x00")
		r := rule.Table()[field]
		if r.Unit == rule.Characters && r.Max > 0 {
			require.LessOrEqual(t, utf8.RuneCountInString(kept), r.Max)
		}
		if r.Pattern != "" && kept != "" {
			require.Regexp(t, regexp.MustCompile(r.Pattern), kept)
		}
	})
}

func TestWhatIsExpectedIsSaid(t *testing.T) {
	t.Parallel()
	for field, r := range rule.Table() {
		require.Equal(t, r.Pattern == "", r.Form == "", "%s: a pattern is told in words", field)
	}
	_, err := rule.Email("ada at example.org")
	requireRefused(t, err, app.CodeInvalidInput, "email")
	require.Equal(t, "an address such as ada@example.org is expected", app.AsError(err).Details[0].Message)
}

func FuzzContent(f *testing.F) {
	for _, seed := range []string{"", "hello", "a\r\n", "\xff", "\x00", "e\u0301", "\ufb2c", strings.Repeat("\u0958", 40)} {
		f.Add(seed, 20)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 1 || limit > 1<<20 {
			return
		}
		kept, err := rule.Content(text, limit)
		if err == nil && (kept == "" || len(kept) > limit || strings.ContainsAny(kept, "\x00\r")) {
			t.Fatalf("kept %q of %q with at most %d bytes", kept, text, limit)
		}
	})
}
