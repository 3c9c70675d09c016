package controllers

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

func TestListMessages(t *testing.T) {
	t.Parallel()
	place := func(n int64) *int64 { return &n }
	for query, want := range map[string]chat.Range{
		"":                                    {Limit: 21},
		"?limit=100":                          {Limit: 101},
		"?before=7&limit=2":                   {Before: place(7), Limit: 3},
		"?after=0":                            {After: place(0), Limit: 21},
		"?cursor=" + placeCursor("before", 9): {Before: place(9), Limit: 21},
		"?cursor=" + placeCursor("after", 9):  {After: place(9), Limit: 21},
	} {
		t.Run("asks for one more than it answers with: "+query, func(t *testing.T) {
			t.Parallel()
			r := &rooms{}
			status, text := r.knock(t, "GET", atRoom+"/messages"+query, "")
			require.Equal(t, 200, status)
			require.Equal(t, want, r.within)
			require.Contains(t, text, `"data":[]`)
			require.Contains(t, text, `"next":null`)
		})
	}
	for _, query := range []string{
		"before=0", "before=x", "after=-1", "before=3&after=1", "before=3&cursor=" + placeCursor("after", 1),
		"cursor=x", "cursor=!!!", "cursor=" + placeCursor("zzz", 1), "cursor=" + placeCursor("after", -1), "limit=0",
	} {
		t.Run("refuses "+query, func(t *testing.T) {
			t.Parallel()
			r := &rooms{}
			status, _ := r.knock(t, "GET", atRoom+"/messages?"+query, "")
			require.Equal(t, 400, status)
			require.Empty(t, r.asked)
			r.denied = app.ErrNotFound
			status, _ = r.knock(t, "GET", atRoom+"/messages?"+query, "")
			require.Equal(t, 404, status, "a stranger learns only that there is nothing")
		})
	}
	for name, try := range map[string]struct {
		query, next string
		seqs        []int64
	}{
		"newest first page, more before": {"limit=2", placeCursor("before", 2), []int64{2, 3}},
		"going on, more after":           {"after=0&limit=2", placeCursor("after", 2), []int64{1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &rooms{list: []app.Message{{Seq: 1}, {Seq: 2}, {Seq: 3}}}
			_, text := r.knock(t, "GET", atRoom+"/messages?"+try.query, "")
			var page app.Page[app.Message]
			require.NoError(t, json.Unmarshal([]byte(text), &page))
			var seqs []int64
			for _, m := range page.Data {
				seqs = append(seqs, m.Seq)
			}
			require.Equal(t, try.seqs, seqs)
			require.Equal(t, try.next, *page.Pagination.Next)
			require.Equal(t, 2, page.Pagination.Limit)
		})
	}
}

func TestMessageBodies(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	at := atRoom + "/messages/" + string(answerID)
	t.Run("what a message says reaches the service", func(t *testing.T) {
		t.Parallel()
		r := &rooms{}
		r.knock(t, "POST", atRoom+"/messages", `{"content":" x\n","client_id":"c1","model":"guide","reply_to":"r1"}`)
		require.Equal(t, chat.Input{Content: " x\n", ClientID: text("c1"), Model: "guide", ReplyTo: text("r1")}, r.input)
	})
	t.Run("what an edit says reaches the service", func(t *testing.T) {
		t.Parallel()
		r := &rooms{}
		r.knock(t, "PATCH", at, `{"content":"better","answer":true}`)
		require.Equal(t, chat.EditInput{Content: "better", Answer: true}, r.edit)
	})
	t.Run("an answer is made anew by the model named, or by its own", func(t *testing.T) {
		t.Parallel()
		for _, call := range []string{"/regenerate", "/continue"} {
			r := &rooms{}
			r.knock(t, "POST", at+call, `{"model":"guide"}`)
			require.Equal(t, "guide", r.model)
			r.knock(t, "POST", at+call, "")
			require.Empty(t, r.model)
		}
	})
}
