package controllers

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/realtime"
)

func TestReadFrame(t *testing.T) {
	t.Parallel()
	t.Run("each line is an envelope, with or without a last line break", func(t *testing.T) {
		t.Parallel()
		for _, end := range []string{"", "\n"} {
			wishes, code := readFrame([]byte(`{"type":"ping","id":"1"}` + "\n" + ` {"type":"read","data":{"seq":1}}` + "\r" + end))
			require.Zero(t, code)
			require.Len(t, wishes, 2)
			require.Equal(t, wish{Type: "ping", ID: "1"}, wishes[0])
			require.Equal(t, "read", wishes[1].Type)
			require.NoError(t, wishes[1].Err)
			require.JSONEq(t, `{"seq":1}`, string(wishes[1].Data))
		}
	})
	for name, frame := range map[string]string{
		"nothing":                     "",
		"an empty line":               `{"type":"ping"}` + "\n\n" + `{"type":"ping"}`,
		"a list":                      `[]`,
		"a text":                      `"ping"`,
		"half an object":              `{"type":"ping"`,
		"an object and something":     `{"type":"ping"} {}`,
		"bytes that are not UTF-8":    "{\"type\":\"p\xffng\"}",
		"half a character at the end": "{\"type\":\"ping\"}\n\xc3",
		"an object over two lines":    "{\"type\":\n\"ping\"}",
		"another kind of line break":  "{\"type\":\"ping\"}\u2028{\"type\":\"ping\"}",
	} {
		t.Run("closes the socket: "+name, func(t *testing.T) {
			t.Parallel()
			_, code := readFrame([]byte(frame))
			require.Equal(t, realtime.CloseInvalid, code)
		})
	}
	t.Run("what comes before a bad line is understood", func(t *testing.T) {
		t.Parallel()
		wishes, code := readFrame([]byte(`{"type":"ping"}` + "\nno"))
		require.Equal(t, realtime.CloseInvalid, code)
		require.Len(t, wishes, 1)
	})
	t.Run("64 envelopes are enough for one frame", func(t *testing.T) {
		t.Parallel()
		wishes, code := readFrame([]byte(strings.Repeat(`{"type":"ping"}`+"\n", maxLines)))
		require.Zero(t, code)
		require.Len(t, wishes, maxLines)
		wishes, code = readFrame([]byte(strings.Repeat(`{"type":"ping"}`+"\n", maxLines+1)))
		require.Zero(t, code)
		require.Len(t, wishes, 1)
		require.ErrorIs(t, wishes[0].Err, app.ErrInvalidInput)
	})
	for name, try := range map[string]struct{ line, id string }{
		"no type":                        {`{"id":"a"}`, "a"},
		"a field that there is not":      {`{"type":"ping","id":"a","extra":1}`, "a"},
		"a field twice":                  {`{"type":"ping","type":"ping","id":"a"}`, "a"},
		"a field in another case":        {`{"TYPE":"ping","id":"a"}`, "a"},
		"a type that is no text":         {`{"type":7,"id":"a"}`, "a"},
		"an id that is no text":          {`{"type":"ping","id":7}`, ""},
		"an id that is too long":         {`{"type":"ping","id":"` + strings.Repeat("x", maxIDLength+1) + `"}`, ""},
		"an id too long beside a fault":  {`{"type":7,"id":"` + strings.Repeat("x", maxIDLength+1) + `"}`, ""},
		"U+0000 in a text":               {`{"type":"ping","id":"a","data":{"x":"` + `\u0000` + `"}}`, "a"},
		"half a surrogate pair":          {`{"type":"ping","id":"a","data":"` + `\ud800` + `"}`, "a"},
		"more levels than anybody reads": {`{"type":"ping","id":"a","data":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, "a"},
	} {
		t.Run("is answered with an error, and the socket stays: "+name, func(t *testing.T) {
			t.Parallel()
			wishes, code := readFrame([]byte(try.line))
			require.Zero(t, code)
			require.Len(t, wishes, 1)
			require.ErrorIs(t, wishes[0].Err, app.ErrInvalidInput)
			require.Equal(t, try.id, wishes[0].ID)
		})
	}
	t.Run("data is read strictly, and none is an empty object", func(t *testing.T) {
		t.Parallel()
		var body chatBody
		require.NoError(t, wish{}.into(&body))
		require.NoError(t, wish{Data: []byte("null")}.into(&body))
		require.NoError(t, wish{Data: []byte(`{"chat_id":"c"}`)}.into(&body))
		require.Equal(t, "c", body.ChatID)
		require.ErrorIs(t, wish{Data: []byte(`{"chat":"c"}`)}.into(&body), app.ErrInvalidInput)
		require.ErrorIs(t, wish{Data: []byte(`[]`)}.into(&body), app.ErrInvalidInput)
	})
}

// Whatever a client sends is understood, refused or reason to close: it never
// breaks the reader, and never gets more than one answer a line.
func FuzzReadFrame(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"type":"ping"}`, "{\"type\":\"message\",\"id\":\"1\",\"data\":{\"chat_id\":\"c\",\"content\":\"x\"}}\n{\"type\":\"ping\"}",
		"\xff", `{"type":"ping","id":"` + strings.Repeat("y", 70) + `"}`, strings.Repeat("{}\n", 70), `{"type":"a","data":[[[[[[]]]]]]}`, "{\"id\":\"\\u0000\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		wishes, code := readFrame(bytes.Clone(frame))
		if code != 0 && code != realtime.CloseInvalid {
			t.Fatalf("closes with %d", code)
		}
		if !utf8.Valid(frame) && code != realtime.CloseInvalid {
			t.Fatal("took what is not UTF-8")
		}
		if code == 0 && len(wishes) == 0 {
			t.Fatal("neither understood nor refused")
		}
		lines := bytes.Count(bytes.TrimSuffix(frame, []byte("\n")), []byte("\n")) + 1
		if len(wishes) > min(lines, maxLines) || code == 0 && lines <= maxLines && len(wishes) != lines {
			t.Fatalf("%d lines became %d requests", lines, len(wishes))
		}
		for _, w := range wishes {
			checkWish(t, w)
		}
	})
}

func checkWish(t *testing.T, w wish) {
	t.Helper()
	if len(w.ID) > maxIDLength || !utf8.ValidString(w.ID) {
		t.Fatalf("keeps the id %q", w.ID)
	}
	if w.Err != nil {
		if code := app.AsError(w.Err).Code; code != app.CodeInvalidInput {
			t.Fatalf("refused with %s", code)
		}
		return
	}
	if w.Type == "" {
		t.Fatal("a request without a type")
	}
	// All requests read their data this way, and none of them may break.
	for _, into := range []any{&subscribeBody{}, &socketMessage{}, &stopBody{}, &socketReadBody{}, &chatBody{}, &struct{}{}} {
		if err := w.into(into); err != nil && app.AsError(err).Code != app.CodeInvalidInput {
			t.Fatalf("%T: %s", into, fmt.Sprint(err))
		}
	}
}
