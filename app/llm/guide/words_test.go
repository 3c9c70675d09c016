package guide

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFormsOfAWordComeOutEqual(t *testing.T) {
	t.Parallel()
	v := newVocabulary()
	for _, forms := range [][]string{
		{"stop", "stops", "stopped", "stopping", "cancel", "abort"},
		{"message", "messages"}, {"chat", "chats"}, {"copy", "copies", "copied", "copying"},
		{"connect", "connects", "connected", "connecting", "connection"},
		{"make", "makes", "made", "making"}, {"delete", "deleted", "remove", "erased", "deletion"},
		{"model", "models", "LLM", "LLMs", "AI", "language model"},
		{"sign in", "signing in", "login", "log in", "logged in", "logs in"},
		{"sign up", "signed up", "register", "registration"}, {"sign out", "log out", "logout"},
		{"back up", "backing up", "backup", "backups"}, {"set up", "setting up", "setup", "set-up"},
		{"settings", "setting", "configure", "configuration", "environment"},
		{"password", "passwords", "passphrase"}, {"websocket", "web socket", "sockets"},
		{"breaks", "broke", "broken", "dropped", "lost"}, {"e-mail", "email", "mails"},
		{"2FA", "two-factor", "second factor"}, {"address", "addresses"}, {"switch", "switches"},
	} {
		t.Run(forms[0], func(t *testing.T) {
			t.Parallel()
			want := v.words(forms[0], never)
			require.Len(t, want, 1)
			for _, form := range forms[1:] {
				require.Equal(t, want, v.words(form, never), form)
			}
		})
	}
	t.Run("different words stay different", func(t *testing.T) {
		t.Parallel()
		for _, pair := range [][2]string{{"string", "str"}, {"ping", "p"}, {"need", "ne"}, {"success", "succes"},
			{"status", "statu"}, {"call", "cal"}, {"windows", "window"}} {
			require.NotEqual(t, v.words(pair[0], never), v.words(pair[1], never), pair[0])
		}
	})
	t.Run("the name of a variable is a term, and so are its parts", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []string{"openai_base_url", "openai", "bas", "url"}, v.words("OPENAI_BASE_URL", never))
		require.Equal(t, []string{"openai_base_url"}, v.words("OPENAI_BASE_URL", func(string) bool { return true }))
	})
	t.Run("words that every question has say nothing", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, v.words("What is it, and how do I do that on my own?"[:38], never))
	})
	t.Run("no text makes an empty term", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			for _, term := range v.words(rapid.String().Draw(t, "text"), never) {
				require.NotEmpty(t, term)
			}
		})
	})
}

func TestSpelling(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, a, b string
		want       bool
	}{
		{"equal", "ollama", "ollama", true},
		{"one letter wrong", "ollama", "ollema", true},
		{"one missing", "ollama", "olama", true},
		{"one too many", "backup", "backuup", true},
		{"one too many at the end", "backup", "backups", true},
		{"two that changed places", "connect", "conenct", true},
		{"two at the end that changed places", "connect", "connetc", true},
		{"two wrong", "ollama", "allame", false},
		{"two missing", "ollama", "olam", false},
		{"changed places, and one wrong", "connect", "conenxt", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, oneApart(test.a, test.b))
			require.Equal(t, test.want, oneApart(test.b, test.a))
		})
	}
	t.Run("any one letter left out is one apart", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			word := rapid.StringMatching(`[a-z]{2,12}`).Draw(t, "word")
			at := rapid.IntRange(0, len(word)-1).Draw(t, "at")
			require.True(t, oneApart(word, word[:at]+word[at+1:]))
		})
	})
}

func TestCut(t *testing.T) {
	t.Parallel()
	require.Equal(t, "ab", cut("ab", 5))
	require.Equal(t, "a", cut("aé", 2), "no character is halved")
	require.Empty(t, cut("é", 0))
}

func TestPieces(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"Two ", "words\n", "```sh\n", "one line of code\n", "```\n", "and ", "on"},
		pieces("Two words\n```sh\none line of code\n```\nand on"))
	require.Equal(t, []string{"under ", "[three words long](/a#b), ", "[x] ", "and ", "( ", "[y]"}, pieces("under [three words long](/a#b), [x] and ( [y]"))
	rapid.Check(t, func(t *rapid.T) {
		text, whole := rapid.String().Draw(t, "text"), ""
		for _, piece := range pieces(text) {
			require.NotEmpty(t, piece)
			whole += piece
		}
		require.Equal(t, text, whole)
	})
}
