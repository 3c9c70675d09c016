package repositories_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
	"github.com/quillium/quillium/app/search"
	"github.com/quillium/quillium/repositories"
)

// found lists what a search finds, page by page: titles as they are, messages
// by what they say.
func (w *rooms) found(user app.UserID, id app.ChatID, text string, limit int) []string {
	w.t.Helper()
	kept, list := repositories.NewSearchRepository(w.db), []string{}
	page := app.PageRequest{Limit: limit}
	for {
		got, err := kept.Find(w.t.Context(), user, id, search.Parse(text), page)
		require.NoError(w.t, err, text)
		require.NotNil(w.t, got.Data)
		require.LessOrEqual(w.t, len(got.Data), limit)
		for _, hit := range got.Data {
			list = append(list, hit.Window.Text)
		}
		if got.Pagination.Next == nil {
			return list
		}
		page.Cursor = *got.Pagination.Next
	}
}

func (w *rooms) say(id app.ChatID, author app.UserID, texts ...string) (said []app.Message) {
	w.t.Helper()
	for _, text := range texts {
		said = append(said, w.post(question(id, author, text))[0].Messages[0])
	}
	return said
}

func TestSearchWords(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	w.say(id, user,
		"The donkey pulls the cart.", "A DONKEY! And another donkey.", "monkeydonkeys everywhere", "Über die Ärzte", "ab cd", "abc-def x_y 50% off",
		"to be, or not to be", "be to or", "напиши пример", "我喜欢学习编程语言", "C:\\Users\\ada", "go and see", "ergo")

	for _, c := range []struct {
		what, text string
		want       []string
	}{
		{"a word is found whatever its case; as a word before as a part", "donkey", []string{"A DONKEY! And another donkey.", "The donkey pulls the cart.", "monkeydonkeys everywhere"}},
		{"the beginning of a word", "monk", []string{"monkeydonkeys everywhere"}},
		{"the middle of a word", "NKEYD", []string{"monkeydonkeys everywhere"}},
		{"all words must be there", "cart donkey", []string{"The donkey pulls the cart."}},
		{"in any order, as parts too", "ulls onke", []string{"The donkey pulls the cart."}},
		{"or nothing is found", "donkey bicycle", nil},
		{"letters beyond ASCII have cases too", "ärzte ÜBER", []string{"Über die Ärzte"}},
		{"other scripts", "ПРИМЕР", []string{"напиши пример"}},
		{"scripts without spaces", "学习编", []string{"我喜欢学习编程语言"}},
		{"a short word stands alone", "go", []string{"go and see"}},
		{"two short words", "cd ab", []string{"ab cd"}},
		{"a phrase is in order", `"to be or"`, []string{"to be, or not to be"}},
		{"a phrase of long words", `"another donkey"`, []string{"A DONKEY! And another donkey."}},
		{"a phrase is of whole words", `"other donkey"`, nil},
		{"one word in quotes is a whole word", `"monkeydonkey"`, nil},
		{"quotes that are not closed", `"the cart`, []string{"The donkey pulls the cart."}},
		{"quotes of a phone", "\u201cthe cart\u201d", []string{"The donkey pulls the cart."}},
		{"signs within a word count", "abc-def", []string{"abc-def x_y 50% off"}},
		{"signs of patterns mean themselves", "a%f", nil},
		{"and so do backslashes", `\Users\`, []string{"C:\\Users\\ada"}},
		{"an underscore is one", "x_y", []string{"abc-def x_y 50% off"}},
		{"signs alone say nothing", "% ?! -> ()", nil},
		{"nor does nothing", "", nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			want := c.want
			if want == nil {
				want = []string{}
			}
			require.Equal(t, want, w.in(t).found(user, "", c.text, 10))
			require.Equal(t, want, w.in(t).found(user, id, c.text, 1), "page by page, and in this chat alone")
		})
	}
}

func TestSearchPlaces(t *testing.T) {
	t.Parallel()
	w := newRooms(t)

	t.Run("titles come before messages", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		w.say(id, user, "zebra crossing")
		_, err := w.chats.Update(t.Context(), id, chat.Settings{Title: ptr("All zebras")})
		require.NoError(t, err)
		require.Equal(t, []string{"All zebras", "zebra crossing"}, w.found(user, "", "zebra", 1))
		got, err := repositories.NewSearchRepository(w.db).Find(t.Context(), user, "", search.Parse("zebra"), app.PageRequest{Limit: 9})
		require.NoError(t, err)
		title, message := got.Data[0].Hit, got.Data[1].Hit
		require.Equal(t, []any{app.HitTitle, id, "All zebras"}, []any{title.Kind, title.Chat.ID, title.Chat.Title})
		require.Nil(t, title.MessageID)
		require.Nil(t, title.Seq)
		require.Nil(t, title.Author)
		require.Equal(t, []any{app.HitMessage, id, int64(1), app.MessageUser, app.Person{ID: user, Name: "Ada"}},
			[]any{message.Kind, message.Chat.ID, *message.Seq, *message.Role, *message.Author})
	})

	t.Run("only in chats that are the user's and living, archived ones too", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		friend, stranger := w.user("Bob"), w.user("Eve")
		w.join(id, friend, app.MemberViewer)
		w.say(id, user, "zebra")
		for who, want := range map[app.UserID][]string{user: {"zebra"}, friend: {"zebra"}, stranger: {}} {
			require.Equal(t, want, w.found(who, "", "zebra", 5))
			require.Equal(t, want, w.found(who, id, "zebra", 5))
		}
		require.NoError(t, w.members.SetMine(t.Context(), friend, id, chat.Mine{Archived: ptr(true)}))
		require.Len(t, w.found(friend, "", "zebra", 5), 1)
		w.do(`update members set removed_at = now() where user_id = $1`, friend)
		require.Empty(t, w.found(friend, "", "zebra", 5))
		_, err := w.chats.Delete(t.Context(), id)
		require.NoError(t, err)
		require.Empty(t, w.found(user, "", "zebra", 5))
	})

	t.Run("a running answer, a deleted message and an earlier text are not found", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		running := w.asked(id, user)
		w.flush(running, chunk(running, app.PartContent, 0, "zebra so far"))
		require.Empty(t, w.found(user, "", "zebra", 5))
		w.end(running, app.StatusStopped, ptr("zebra in the end"))
		require.Equal(t, []string{"zebra in the end"}, w.found(user, "", "zebra", 5))
		said := w.say(id, user, "a giraffe")[0]
		_, err := w.messages.Update(t.Context(), chat.Edit{ChatID: id, MessageID: said.ID, Author: user, Content: "an okapi"})
		require.NoError(t, err)
		require.Empty(t, w.found(user, "", "giraffe", 5))
		require.Equal(t, []string{"an okapi"}, w.found(user, "", "okapi", 5))
		_, err = w.messages.Delete(t.Context(), user, id, said.ID)
		require.NoError(t, err)
		require.Empty(t, w.found(user, "", "okapi", 5))
	})

	t.Run("a window is around the first of what is looked for", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		w.say(id, user, strings.Repeat("far from here ", 400)+"a zebra "+strings.Repeat("and on it goes ", 400), strings.Repeat("x", 65_536)+" quagga")
		got, err := repositories.NewSearchRepository(w.db).Find(t.Context(), user, "", search.Parse("zebra"), app.PageRequest{Limit: 9})
		require.NoError(t, err)
		window := got.Data[0].Window
		require.True(t, window.CutBefore && window.CutAfter)
		require.Len(t, window.Text, 320)
		require.Contains(t, window.Text, "a zebra and")
		require.Empty(t, w.found(user, "", "quagga", 5), "what is behind the first 65,536 characters is not looked at")
	})
}

func TestSearchMany(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	w.do(`insert into messages (id, chat_id, seq, rev, role, author_id, content, status, created_at)
		select ('0197a3b2-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, $1, n, n + 1, 'user', $2,
			'common word ' || case when n <= 3 then 'oldest' else '' end || n, 'complete', '2026-01-01'::timestamptz + n * interval '1 second'
		from generate_series(1, 4000) n`, id, user)

	t.Run("of a common word the newest 100 hits come, each once, newest first", func(t *testing.T) {
		t.Parallel()
		hits := w.in(t).found(user, "", "common", 7)
		require.Len(t, hits, 100)
		for i, text := range hits {
			require.Equal(t, fmt.Sprint("common word ", 4000-i), text)
		}
	})
	t.Run("a rare word is found however old it is", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []string{"common word oldest3", "common word oldest2", "common word oldest1"}, w.in(t).found(user, "", "ldest", 2))
	})
	t.Run("no more than 16 MiB of texts is read without the index", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		user, id := w.pair()
		w.say(id, user, "zq zebra")
		w.do(`insert into messages (id, chat_id, seq, rev, role, author_id, content, status)
			select gen_random_uuid(), $1, 10 + n, 10 + n, 'user', $2, repeat('xx ', 40000), 'complete' from generate_series(1, 255) n`, id, user)
		require.Len(t, w.found(user, id, "zq", 10), 1)
		w.say(id, user, strings.Repeat("yy ", 30_000))
		require.Empty(t, w.found(user, id, "zq", 10))
		require.Len(t, w.found(user, id, "zebra zq", 10), 1, "what the index finds is found however far back")
	})
	t.Run("a cursor of nobody's making is refused or harmless", func(t *testing.T) {
		t.Parallel()
		kept := repositories.NewSearchRepository(w.db)
		for _, cursor := range []string{"!", "AA", "dHJ1ZQ", strings.Repeat("A", 300)} {
			_, err := kept.Find(t.Context(), user, "", search.Parse("common"), app.PageRequest{Limit: 1, Cursor: cursor})
			require.ErrorIs(t, err, app.ErrInvalidInput, cursor)
		}
	})
}

// What goes into the index must never keep a message from being stored.
func TestSearchTakesEveryText(t *testing.T) {
	t.Parallel()
	w := newRooms(t)
	user, id := w.pair()
	for _, text := range []string{
		strings.Repeat("\U0001F600", 200_000), strings.Repeat("w", 900_000), strings.Repeat("a-b/c.d@e ", 90_000), manyWords(200_000), "\u0301", "\n\t",
	} {
		began := time.Now()
		w.say(id, user, text)
		t.Logf("%d bytes stored in %v", len(text), time.Since(began).Round(time.Millisecond))
		w.found(user, "", "nothing like it", 5)
		w.found(user, "", `"a b" c`, 5)
	}
	require.Len(t, w.found(user, "", "wwwwww", 5), 1)
}

func manyWords(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "%x ", i*7919)
	}
	return text.String()
}
