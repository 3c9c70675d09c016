package controllers

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
)

type inner struct {
	Deep string `json:"deep"`
}

type sample struct {
	Title  *string  `json:"title"`
	Count  int      `json:"count"`
	Pinned bool     `json:"pinned"`
	Tags   []string `json:"tags"`
	Inner  inner    `json:"inner"`
	Any    any      `json:"any"`
	Hidden string   `json:"-"`
}

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	t.Run("a good object is read", func(t *testing.T) {
		t.Parallel()
		var got sample
		require.NoError(t, decodeJSON([]byte(` {"title":"Ünï \ud83d\ude00","count":3,"pinned":true,"tags":["a"],"inner":{"deep":"d"}} `), &got))
		require.Equal(t, "Ünï 😀", *got.Title)
		require.Equal(t, 3, got.Count)
		require.True(t, got.Pinned)
		require.Equal(t, "d", got.Inner.Deep)
	})
	refused := []struct{ name, body, sentence, field string }{
		{"nothing", "", "The body is empty", ""},
		{"only spaces", " \n", "The body is empty", ""},
		{"no JSON", "title=x", "not valid JSON", ""},
		{"half an object", `{"title":"x"`, "not valid JSON", ""},
		{"half a string", `{"title":"x`, "not valid JSON", ""},
		{"half an escape", `{"title":"\`, "not valid JSON", ""},
		{"half a unicode escape", `{"title":"\u00`, "not valid JSON", ""},
		{"a list", `[]`, "must be a JSON object", ""},
		{"a number", `7`, "must be a JSON object", ""},
		{"a second object", `{} {}`, "something after", ""},
		{"rubbish behind", `{}x`, "something after", ""},
		{"an unknown field", `{"colour":"red"}`, "there is no such field", "colour"},
		{"an unknown field below", `{"inner":{"colour":1}}`, "there is no such field", "colour"},
		{"a field in capitals", `{"TITLE":"x"}`, "there is no such field", "TITLE"},
		{"a field that is not for clients", `{"-":"x"}`, "there is no such field", "-"},
		{"a Go name", `{"Hidden":"x"}`, "there is no such field", "Hidden"},
		{"a field twice", `{"title":"a","title":"b"}`, "it is there twice", "title"},
		{"a field twice below", `{"inner":{"deep":"a","deep":"b"}}`, "it is there twice", "deep"},
		{"a field twice in a list", `{"any":[{"x":1,"x":2}]}`, "it is there twice", "x"},
		{"a number for a text", `{"title":7}`, "a text is expected", "title"},
		{"a text for a number", `{"count":"7"}`, "a whole number", "count"},
		{"too large a number", `{"count":1e99}`, "a whole number", "count"},
		{"a text for a truth", `{"pinned":"yes"}`, "true or false", "pinned"},
		{"an object for a list", `{"tags":{}}`, "a list is expected", "tags"},
		{"a list for an object", `{"inner":[]}`, "an object is expected", "inner"},
		{"a NUL", `{"title":"a\u0000b"}`, "U+0000", ""},
		{"half a pair", `{"title":"\ud83d"}`, "surrogate", ""},
		{"the wrong half first", `{"title":"\ude00\ud83d"}`, "surrogate", ""},
		{"bad UTF-8", "{\"title\":\"\xff\"}", "not valid UTF-8", ""},
		{"33 levels", `{"any":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, "nested too deeply", ""},
		{"a million brackets", strings.Repeat("[", 1_000_000), "nested too deeply", ""},
	}
	for _, try := range refused {
		t.Run(try.name+" is refused", func(t *testing.T) {
			t.Parallel()
			err := decodeJSON([]byte(try.body), &sample{})
			require.ErrorIs(t, err, app.ErrInvalidInput)
			domain := app.AsError(err)
			require.Contains(t, domain.Message, try.sentence)
			if try.field != "" {
				require.Len(t, domain.Details, 1)
				require.Equal(t, try.field, domain.Details[0].Field)
			}
		})
	}
	t.Run("32 levels are read", func(t *testing.T) {
		t.Parallel()
		body := `{"any":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`
		require.NoError(t, decodeJSON([]byte(body), &sample{}))
	})
	t.Run("brackets and escapes inside a text are text", func(t *testing.T) {
		t.Parallel()
		var got sample
		body := `{"title":"` + strings.Repeat(`[{\"\\`, 50) + `\\u0000"}`
		require.NoError(t, decodeJSON([]byte(body), &got))
		require.Equal(t, strings.Repeat(`[{"\`, 50)+`\u0000`, *got.Title)
	})
	t.Run("a long name that a client made up is cut in the sentence", func(t *testing.T) {
		t.Parallel()
		err := decodeJSON([]byte(`{"`+strings.Repeat("x", 5000)+`":1}`), &sample{})
		require.Less(t, len(app.AsError(err).Message), 200)
	})
}

func TestDecodeJSONKeepsWhatWasSent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		title := rapid.StringMatching(`[^\x00]*`).Filter(utf8.ValidString).Draw(t, "title")
		tags := rapid.SliceOf(rapid.StringMatching(`[a-z]*`)).Draw(t, "tags")
		sent, err := json.Marshal(map[string]any{"title": title, "tags": tags, "count": rapid.Int().Draw(t, "count")})
		require.NoError(t, err)
		var got sample
		require.NoError(t, decodeJSON(sent, &got))
		require.Equal(t, title, *got.Title)
		require.ElementsMatch(t, tags, got.Tags)
	})
}

func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"title":"a"}`, `{"title":"\ud83d\ude00"}`, `{"any":[[{"a":1}]]}`, "{\"title\":\"\x00\"}", `{"title":"\u0000"}`, `{"TITLE":1}`, `[`, `"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got sample
		err := decodeJSON(body, &got)
		if err == nil {
			require.True(t, utf8.Valid(body))
			require.True(t, json.Valid(body))
			if got.Title != nil {
				require.NotContains(t, *got.Title, "\x00")
			}
			return
		}
		var domain *app.Error
		require.True(t, errors.As(err, &domain), "a foreign error: %v", err)
		require.Equal(t, app.CodeInvalidInput, domain.Code)
	})
}
