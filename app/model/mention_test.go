package model_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app/model"
)

func known(names ...string) func(string) (string, bool) {
	return func(name string) (string, bool) { return name, slices.Contains(names, name) }
}

func TestMentions(t *testing.T) {
	t.Parallel()
	models := known("guide", "gpt-4", "gpt-4.1", "llama3:8b", "qwen/qwen-2.5", "a")
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"at the start":                       {"@guide hello", []string{"guide"}},
		"after a space":                      {"hello @guide", []string{"guide"}},
		"after a line end and a tab":         {"x\n@guide\n\t@gpt-4", []string{"guide", "gpt-4"}},
		"after a bracket":                    {"(@guide) [@gpt-4] {@a} <@llama3:8b> （@gpt-4.1）", []string{"guide", "gpt-4", "a", "llama3:8b", "gpt-4.1"}},
		"not inside of a word":               {"me@guide x@a", nil},
		"not after other punctuation":        {"-@guide .@guide *@guide", nil},
		"not after another sign":             {"@@guide", nil},
		"whatever the case":                  {"@GuIdE", []string{"guide"}},
		"the longest":                        {"@gpt-4.1 @llama3:8b @qwen/qwen-2.5", []string{"gpt-4.1", "llama3:8b", "qwen/qwen-2.5"}},
		"without trailing punctuation":       {"@gpt-4. @gpt-4.1, @guide: what? @a... @llama3:8b/", []string{"gpt-4", "gpt-4.1", "guide", "a", "llama3:8b"}},
		"not the beginning of another":       {"@gpt-4o @gpt-4.2 @guides @llama3:70b @guide-x @guide_x", nil},
		"not before letters of any language": {"@guideé @guideя @guide1 @guidé @guide\u0301", nil},
		"before any other sign":              {"@guide's @gpt-4) @a!", []string{"guide", "gpt-4", "a"}},
		"once, in the order of the text":     {"@gpt-4 @guide @GPT-4 @guide", []string{"gpt-4", "guide"}},
		"unknown":                            {"@nobody @ @. @", nil},
		"in inline code":                     {"`@guide` ``a ` @guide`` @gpt-4", []string{"gpt-4"}},
		"in code over two lines":             {"`x\n@guide` @a", []string{"a"}},
		"behind a backtick that is alone":    {"` @guide", []string{"guide"}},
		"between runs of other lengths":      {"`` @guide `", []string{"guide"}},
		"between runs of two paragraphs":     {"` \n\n @guide `", []string{"guide"}},
		"behind an escaped backtick":         {"\\` @guide \\`", []string{"guide"}},
		"behind an escaped backslash":        {"\\\\` @guide `", nil},
		"in a fence":                         {"```go\n@guide\n```\n@gpt-4", []string{"gpt-4"}},
		"in a fence of tildes":               {"~~~\n@guide\n```\n~~~\n@a", []string{"a"}},
		"in a longer fence":                  {"````\n```\n@guide\n````` \n@a", []string{"a"}},
		"in a fence that nothing closes":     {"hi\n```\n@guide\n\n@gpt-4", nil},
		"in a fence in a quote":              {"> ```\n> @guide\n> ```\n@a", []string{"a"}},
		"in a fence in a list":               {"- x\n    ```\n    @guide\n    ```\n@a", []string{"a"}},
		"behind what is no fence":            {"```x`y\n@guide", []string{"guide"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, model.FindMentions(test.text, models))
		})
	}

	t.Run("a name of an unknown alias leads to its model", func(t *testing.T) {
		t.Parallel()
		alias := func(name string) (string, bool) { return "guide", name == "help" || name == "guide" }
		require.Equal(t, []string{"guide"}, model.FindMentions("@Help @guide", alias))
	})
}

// A text without code: what is found is what the rule says, put as a regular
// expression over every known name.
func TestMentionsAgainstTheRule(t *testing.T) {
	t.Parallel()
	names := []string{"a", "a.b", "a.b-c", "b", "b:a"}
	rule := regexp.MustCompile(`(?i)(?:^|[\s(\[{<])@([a-z0-9._:/-]+)`)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ab.:@( \n-]{0,30}`).Draw(t, "text")
		var want []string
		for _, match := range rule.FindAllStringSubmatch(text, -1) {
			token := match[1]
			for {
				if slices.Contains(names, token) {
					if !slices.Contains(want, token) {
						want = append(want, token)
					}
					break
				}
				shorter := strings.TrimRight(token[:len(token)-1]+"x", "x")
				if !strings.ContainsAny(token[len(token)-1:], "._:/-") || shorter == "" {
					break
				}
				token = shorter
			}
		}
		require.Equal(t, want, model.FindMentions(text, known(names...)), "%q", text)
	})
}

func TestMentionsTakeTime(t *testing.T) {
	t.Parallel()
	var stairs strings.Builder
	for n := 1; stairs.Len() < 128<<10; n++ {
		stairs.WriteString(strings.Repeat("`", n) + " @a ")
	}
	for name, text := range map[string]string{
		"signs":       strings.Repeat(" @", 64<<10),
		"punctuation": strings.Repeat(" @a"+strings.Repeat(".", 97), 1300),
		"one name":    "@" + strings.Repeat("a", 128<<10),
		"dots":        "@a" + strings.Repeat(".", 128<<10),
		"stairs":      stairs.String(),
		"backslashes": strings.Repeat("\\", 64<<10) + strings.Repeat("`\\", 32<<10) + "@a",
		"ticks":       strings.Repeat("` ", 64<<10) + "@a",
	} {
		t.Run("of the largest message: "+name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			model.FindMentions(text, known("a"))
			require.Less(t, time.Since(began), 2*time.Second)
		})
	}
}

func FuzzMentions(f *testing.F) {
	f.Add("@guide `@a` ```\n@b")
	f.Add("\\`@a\xff@b\x00")
	f.Fuzz(func(t *testing.T, text string) {
		for _, id := range model.FindMentions(text, known("guide", "a", "b", "a.b")) {
			require.Contains(t, strings.ToLower(text), "@"+id)
		}
	})
}
