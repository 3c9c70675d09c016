package controllers

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

const atRoom = "/chats/" + string(roomID)

// Every call about chats and messages: what it asks for, and what it answers.
func TestRoomCalls(t *testing.T) {
	t.Parallel()
	at := atRoom + "/messages/" + string(answerID)
	tries := []struct {
		method, path, body string
		asked              []string
		status             int
	}{
		{"GET", "/chats", "", []string{"list chats"}, 200},
		{"POST", "/chats", `{"title":"Plans"}`, []string{"create chat"}, 201},
		{"GET", atRoom, "", []string{"get chat"}, 200},
		{"PATCH", atRoom, `{"pinned":true}`, []string{"update chat"}, 200},
		{"DELETE", atRoom, "", []string{"delete chat"}, 204},
		{"POST", atRoom + "/restore", "", []string{"restore chat"}, 200},
		{"PUT", atRoom + "/read", `{"seq":3}`, []string{"read"}, 204},
		{"GET", atRoom + "/messages", "", []string{"list messages"}, 200},
		{"POST", atRoom + "/messages", `{"content":"hello"}`, []string{"post"}, 201},
		{"PATCH", at, `{"content":"better"}`, []string{"edit"}, 200},
		{"DELETE", at, "", []string{"delete message"}, 200},
		{"POST", at + "/regenerate", "", []string{"regenerate"}, 202},
		{"POST", at + "/regenerate", `{"model":"guide"}`, []string{"regenerate"}, 202},
		{"POST", at + "/continue", "", []string{"continue"}, 202},
		{"POST", at + "/stop", "", []string{"stop", "get message"}, 202},
	}
	for _, try := range tries {
		name := try.method + " " + strings.NewReplacer(string(roomID), "{id}", string(answerID), "{mid}").Replace(try.path)
		t.Run(name+" is done", func(t *testing.T) {
			t.Parallel()
			r := &rooms{}
			status, text := r.knock(t, try.method, try.path, try.body)
			require.Equal(t, try.status, status)
			require.Equal(t, try.asked, r.asked)
			require.Equal(t, try.status == 204, text == "")
		})
		t.Run(name+" passes on what the service refuses", func(t *testing.T) {
			t.Parallel()
			r := &rooms{err: app.ErrConflict}
			status, text := r.knock(t, try.method, try.path, try.body)
			require.Equal(t, 409, status)
			require.Equal(t, "conflict", text)
			require.Equal(t, try.asked[:1], r.asked)
		})
		for _, id := range []app.ChatID{roomID, app.ChatID(answerID)} {
			if !strings.Contains(try.path, string(id)) {
				continue
			}
			t.Run(name+" asks nobody about what is no id", func(t *testing.T) {
				t.Parallel()
				r := &rooms{}
				status, _ := r.knock(t, try.method, strings.Replace(try.path, string(id), "x", 1), try.body)
				require.Equal(t, 404, status)
				require.Empty(t, r.asked)
			})
		}
		if try.body == "" {
			continue
		}
		t.Run(name+" refuses a bad body", func(t *testing.T) {
			t.Parallel()
			for _, body := range []string{"[]", "no", `{"nobody":1}`, `{"title":7,"pinned":7,"seq":"x","content":7,"model":7}`} {
				r := &rooms{}
				status, _ := r.knock(t, try.method, try.path, body)
				require.Equal(t, 400, status)
				require.Empty(t, r.asked)
			}
		})
		if try.path == "/chats" {
			continue
		}
		t.Run(name+" tells a stranger with a bad body only that there is nothing", func(t *testing.T) {
			t.Parallel()
			r := &rooms{denied: app.ErrNotFound}
			status, _ := r.knock(t, try.method, try.path, "no")
			require.Equal(t, 404, status)
			require.Empty(t, r.asked)
		})
	}
}

func TestChats(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	t.Run("a list is chosen by title and kind, page by page", func(t *testing.T) {
		t.Parallel()
		r := &rooms{}
		status, answer := r.knock(t, "GET", "/chats?q=plans&archived=true&deleted=false&limit=5&cursor=abc", "")
		require.Equal(t, 200, status)
		require.Equal(t, chat.Filter{Query: "plans", Archived: true}, r.filter)
		require.Equal(t, app.PageRequest{Limit: 5, Cursor: "abc"}, r.page)
		require.Contains(t, answer, `"pagination":{"limit":5,"next":null}`)
	})
	for _, query := range []string{"archived=yes", "deleted=1", "limit=0", "limit=101", "limit=x", "q=%00", "q=%ff", "cursor=" + strings.Repeat("x", 513)} {
		t.Run("a list is not chosen by "+query, func(t *testing.T) {
			t.Parallel()
			r := &rooms{}
			status, _ := r.knock(t, "GET", "/chats?"+query, "")
			require.Equal(t, 400, status)
			require.Empty(t, r.asked)
		})
	}
	t.Run("what is said of a new chat reaches the service, what is not said does not", func(t *testing.T) {
		t.Parallel()
		r := &rooms{}
		r.knock(t, "POST", "/chats", `{"title":"Plans","model":"guide","system_prompt":"","reply_policy":"never"}`)
		require.Equal(t, chat.NewChat{Title: text("Plans"), Model: text("guide"), SystemPrompt: text(""), ReplyPolicy: text("never")}, r.created)
		r.knock(t, "POST", "/chats", `{}`)
		require.Equal(t, chat.NewChat{}, r.created)
	})
	t.Run("a patch says what changes and what stays", func(t *testing.T) {
		t.Parallel()
		r := &rooms{}
		no := false
		r.knock(t, "PATCH", atRoom, `{"title":"New","archived":false}`)
		require.Equal(t, chat.Patch{NewChat: chat.NewChat{Title: text("New")}, Archived: &no}, r.patch)
	})
	t.Run("a read mark without a place is left to the service, which knows who may ask", func(t *testing.T) {
		t.Parallel()
		r := &rooms{}
		r.knock(t, "PUT", atRoom+"/read", `{"seq":0}`)
		require.Zero(t, r.seq)
		r.knock(t, "PUT", atRoom+"/read", `{}`)
		require.Negative(t, r.seq)
	})
}
