package doorbell

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
)

func ids[T ~string](t *rapid.T, name string) []T {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) T {
		text, _ := lengthen(encoded(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes")))
		return T(text)
	}), 0, 200).Draw(t, name)
}

func someHint(t *rapid.T) Hint {
	places := func(name string) (list []Place) {
		chats, users := ids[app.ChatID](t, name+" in"), ids[app.UserID](t, name+" who")
		for i := range min(len(chats), len(users)) {
			list = append(list, Place{chats[i], users[i]})
		}
		return list
	}
	return Hint{
		Chats: ids[app.ChatID](t, "chats"), Answers: ids[app.ChatID](t, "answers"), Sessions: ids[app.SessionID](t, "sessions"),
		Users: ids[app.UserID](t, "users"), Settings: rapid.SliceOfN(rapid.StringMatching(`[a-z_.]{1,64}`), 0, 10).Draw(t, "settings"),
		Reads: places("reads"), Typing: places("typing"), Mine: places("mine"), Moved: ids[app.UserID](t, "moved"),
	}
}

func TestPayloads(t *testing.T) {
	t.Parallel()
	t.Run("any hints survive the way, each thing once and in order", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			node, _ := shorten(app.NewID[string]())
			var sent set
			for range rapid.IntRange(1, 3).Draw(t, "rings") {
				sent.add(someHint(t))
			}
			var came []entry
			for _, payload := range encode(node, sent.order) {
				require.LessOrEqual(t, len(payload), maxPayload)
				from, entries, ok := parse(payload)
				require.True(t, ok)
				require.Equal(t, node, from)
				came = append(came, entries...)
			}
			require.Equal(t, sent.order, came)
			var hint Hint
			for _, e := range came {
				hint.take(e)
			}
			var again set
			again.add(hint)
			require.ElementsMatch(t, sent.order, again.order)
		})
	})
	t.Run("what fits is one payload", func(t *testing.T) {
		t.Parallel()
		var sent set
		for range 250 {
			sent.add(Hint{Chats: []app.ChatID{app.NewID[app.ChatID]()}})
		}
		node, _ := shorten(app.NewID[string]())
		require.Len(t, encode(node, sent.order), 1)
		require.Empty(t, encode(node, nil))
	})
	t.Run("ids that are none and names that no setting has are left out", func(t *testing.T) {
		t.Parallel()
		var sent set
		sent.add(Hint{Chats: []app.ChatID{"c1", ""}, Settings: []string{"", "two words", strings.Repeat("x", 65)}, Reads: []Place{{"c", "u"}}})
		require.Empty(t, encode("n", sent.order))
	})
	t.Run("what waits has a bound", func(t *testing.T) {
		t.Parallel()
		var sent set
		for range maxWaiting + 10 {
			sent.add(Hint{Chats: []app.ChatID{app.NewID[app.ChatID]()}})
		}
		require.Len(t, sent.order, maxWaiting)
	})
}

func TestParse(t *testing.T) {
	t.Parallel()
	node, id := encoded(make([]byte, 16)), encoded([]byte("0123456789abcdef"))
	for name, payload := range map[string]string{
		"nothing": "", "a stranger's": "hello", "another version": "q2 " + node + " c" + id, "no node": mark + "  c" + id,
		"no word": mark + " " + node, "an empty word": mark + " " + node + "  c" + id, "a short id": mark + " " + node + " c" + id[1:],
		"bits that no id has": mark + " " + node + " c" + id[:21] + "_", "a place without a user": mark + " " + node + " r" + id,
		"a place with half a user": mark + " " + node + " r" + id + id[:21] + "!", "a name with odd letters": mark + " " + node + " ka/b",
		"bytes": "\xff\x00\x01",
	} {
		t.Run(name+" is not understood", func(t *testing.T) {
			t.Parallel()
			_, _, ok := parse(payload)
			require.False(t, ok)
		})
	}
	t.Run("a kind that a later version adds is passed over", func(t *testing.T) {
		t.Parallel()
		_, entries, ok := parse(mark + " " + node + " z123 c" + id)
		require.True(t, ok)
		require.Equal(t, []entry{{kind: kindChat, id: "30313233-3435-3637-3839-616263646566"}}, entries)
	})
}

func FuzzParse(f *testing.F) {
	node, id := encoded(make([]byte, 16)), encoded([]byte("0123456789abcdef"))
	for _, seed := range []string{"", mark + " " + node + " c" + id + " ksign_ups r" + id + node, mark + " " + node + " p1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		from, entries, ok := parse(payload)
		if !ok {
			return
		}
		var again []entry
		for _, line := range encode(from, entries) {
			_, more, ok := parse(line)
			require.True(t, ok)
			again = append(again, more...)
		}
		require.Equal(t, entries, again)
	})
}
