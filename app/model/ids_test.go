package model

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
)

func TestAssign(t *testing.T) {
	t.Parallel()
	taken := func(ids ...string) func(string) bool {
		return func(id string) bool {
			for _, one := range ids {
				if one == id {
					return true
				}
			}
			return false
		}
	}
	for name, test := range map[string]struct {
		upstream string
		taken    []string
		want     string
	}{
		"a plain name":                  {"qwen/qwen3:8b-q4_k.m", nil, "qwen/qwen3:8b-q4_k.m"},
		"capitals and spaces":           {"GPT 4 (Turbo)", nil, "gpt-4-turbo"},
		"punctuation at the ends":       {"-_x.", nil, "x"},
		"nothing that can stay":         {"模型", nil, "model"},
		"the guide's own":               {"Guide", nil, "my-host/guide"},
		"a clash":                       {"m", []string{"m"}, "my-host/m"},
		"a clash with that too":         {"m", []string{"m", "my-host/m", "my-host/m-2"}, "my-host/m-3"},
		"a name of two hundred":         {strings.Repeat("x", 200), nil, strings.Repeat("x", 100)},
		"a clash of one of two hundred": {strings.Repeat("x", 200), []string{strings.Repeat("x", 100)}, "my-host/" + strings.Repeat("x", 92)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, assign(taken(test.taken...), "My Host", test.upstream))
		})
	}

	t.Run("every id is valid, new, and can be mentioned", func(t *testing.T) {
		t.Parallel()
		valid := regexp.MustCompile(`^[a-z0-9][a-z0-9._:/-]{0,99}$`)
		rapid.Check(t, func(t *rapid.T) {
			given := map[string]bool{}
			provider := rapid.String().Draw(t, "provider")
			for _, upstream := range rapid.SliceOf(rapid.StringMatching(`.{0,3}|[A-Za-z./]{90,120}`)).Draw(t, "upstream") {
				id := assign(func(id string) bool { return given[id] }, provider, upstream)
				require.Regexp(t, valid, id)
				require.False(t, given[id])
				require.NotEqual(t, app.GuideModel, id)
				given[id] = true
				found := FindMentions("(@"+strings.ToUpper(id)+".)", func(name string) (string, bool) { return name, name == id })
				require.Equal(t, []string{id}, found)
			}
		})
	})
}

func TestChats(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gpt-4o", "llama3.2:1b", "qwen2.5-coder", "claude-sonnet"} {
		require.True(t, chats(name), name)
	}
	for _, name := range []string{"text-embedding-3-small", "nomic-embed-text", "whisper-1", "tts-1-hd", "dall-e-3", "omni-moderation-latest"} {
		require.False(t, chats(name), name)
	}
}
