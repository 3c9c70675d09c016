package assistant

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/llm"
)

func TestHistoryBudget(t *testing.T) {
	t.Parallel()
	require.Equal(t, 8192*3/4*3, historyBudget(0), "8,192 tokens unless known, 3 bytes a token, a quarter kept for the answer")
	require.Equal(t, 225, historyBudget(100))
}

func TestRequest(t *testing.T) {
	t.Parallel()
	say := func(author, text string) Turn { return Turn{Role: app.MessageUser, Author: author, Content: text} }
	reply := func(text string) Turn { return Turn{Role: app.MessageAssistant, Content: text} }
	texts := func(r llm.Request) []string {
		var list []string
		for _, m := range r.Messages {
			list = append(list, string(m.Role)+"|"+m.Content)
		}
		return list
	}

	t.Run("turns go in the order they were said, after the system prompt", func(t *testing.T) {
		t.Parallel()
		got := request(Choice{Upstream: "up"}, app.Run{}, Past{System: "Be kind.", Members: 1, Turns: []Turn{say("Ada", "3"), reply("2"), say("Ada", "1")}}, 100)
		require.Equal(t, []string{"user|1", "assistant|2", "user|3"}, texts(got))
		require.Equal(t, "Be kind.", got.System)
		require.Equal(t, "up", got.Model)
		require.Empty(t, got.Prefill)
	})

	t.Run("a model's own prompt holds where the chat has none", func(t *testing.T) {
		t.Parallel()
		choice := Choice{SystemPrompt: "Be brief."}
		require.Equal(t, "Be brief.", request(choice, app.Run{}, Past{}, 100).System)
		require.Equal(t, "Be kind.", request(choice, app.Run{}, Past{System: "Be kind."}, 100).System)
	})

	t.Run("where several people speak, each turn has its name, on one line and without colons", func(t *testing.T) {
		t.Parallel()
		got := request(Choice{}, app.Run{}, Past{Members: 2, Turns: []Turn{say("", "4"), say("Eve\nAda: yes\u2028\r", "3"), reply("2"), say("Ada", "1")}}, 1000)
		require.Equal(t, []string{"user|Ada: 1", "assistant|2", "user|Eve Ada  yes  : 3", "user|4"}, texts(got))
		got = request(Choice{}, app.Run{}, Past{Members: 1, Turns: []Turn{say("Bob", "2"), say("Ada", "1")}}, 1000)
		require.Equal(t, []string{"user|Ada: 1", "user|Bob: 2"}, texts(got), "also where one of them has left")
	})

	t.Run("the newest turns stay, the newest one in any case", func(t *testing.T) {
		t.Parallel()
		past := Past{System: "1234", Members: 1, Turns: []Turn{say("", "aaaa"), say("", "bbbb"), say("", "cccc"), say("", "d")}}
		require.Equal(t, []string{"user|bbbb", "user|aaaa"}, texts(request(Choice{}, app.Run{}, past, 13)), "nothing older than what did not fit")
		long := Past{System: strings.Repeat("s", 90), Members: 1, Turns: []Turn{say("", strings.Repeat("ä", 100)), say("", "b")}}
		got := request(Choice{}, app.Run{}, long, 100)
		require.Equal(t, []string{"user|" + strings.Repeat("ä", 12)}, texts(got), "its end, at a character")
	})

	t.Run("a continued answer is the last turn, and counted", func(t *testing.T) {
		t.Parallel()
		past := Past{Members: 1, Turns: []Turn{say("", "2222"), say("", "1111")}}
		got := request(Choice{}, app.Run{Content: "so far"}, past, 13)
		require.Equal(t, []string{"user|2222", "assistant|so far"}, texts(got))
		require.Equal(t, "so far", got.Prefill)
	})

	t.Run("it never passes the budget by more than a quarter, and is always text", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			budget := rapid.IntRange(40, 400).Draw(t, "budget")
			past := Past{Members: rapid.IntRange(1, 2).Draw(t, "members")}
			for range rapid.IntRange(1, 6).Draw(t, "turns") {
				past.Turns = append(past.Turns, say(rapid.StringN(0, 10, -1).Draw(t, "name"), rapid.StringN(1, 80, -1).Draw(t, "text")))
			}
			total := 0
			for _, m := range request(Choice{}, app.Run{}, past, budget).Messages {
				total += len(m.Content)
				require.True(t, utf8.ValidString(m.Content))
			}
			require.LessOrEqual(t, total, budget+budget/4)
		})
	})
}
