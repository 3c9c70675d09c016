package server_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// testCursors hands every list the cursors of all others: whatever comes back,
// it is a page or a refusal.
func testCursors(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Eve")
	ada := s.people["Ada"]
	s.open(t, ada, "Others")
	chat := s.open(t, ada, "Ours")
	s.admit(t, chat, s.people["Eve"], "editor")
	message := s.say(t, ada, chat, "many words")
	s.say(t, ada, chat, "many more")
	s.want(t, 200, ada, "PATCH /chats/"+chat+"/messages/"+message, `{"content":"many others"}`)
	for range 2 {
		s.invite(t, ada, chat, `{"role":"viewer"}`)
	}
	lists := []string{
		"/chats?", "/chats/" + chat + "/messages?", "/chats/" + chat + "/messages/" + message + "/versions?",
		"/chats/" + chat + "/members?", "/chats/" + chat + "/invites?", "/search?q=many&",
	}
	for _, from := range lists {
		next := s.want(t, 200, ada, "GET "+from+"limit=1", "").text(t, "pagination", "next")
		for _, to := range lists {
			got := s.ask(t, ada, "GET "+to+"limit=1&cursor="+url.QueryEscape(next), "")
			if from == to {
				require.Equal(t, 200, got.status, got.body)
			}
			require.Contains(t, []int{200, 400}, got.status, "the cursor of %s in %s: %s", from, to, got.body)
			got = s.ask(t, ada, "GET "+to+"limit=1", "", "Last-Event-ID", next)
			require.Equal(t, 200, got.status)
		}
		s.want(t, 400, ada, "GET /chats/"+chat+"/messages/"+message+"/stream", "", "Last-Event-ID", next)
	}
	t.Run("a number that no version has", func(t *testing.T) {
		for _, version := range []string{"-1", "2147483648", "9223372036854775807"} {
			s.want(t, 400, ada, "PUT /chats/"+chat+"/messages/"+message+"/version", `{"version":`+version+`}`)
		}
	})
	t.Run("ids of another kind", func(t *testing.T) {
		for _, call := range []string{
			"GET /chats/" + message, "GET /chats/" + ada.id + "/messages", "GET /chats/" + chat + "/messages/" + chat + "/stream",
			"GET /chats/" + chat + "/messages/" + ada.id + "/versions", "DELETE /chats/" + chat + "/members/" + message,
			"DELETE /chats/" + chat + "/invites/" + chat, "POST /chats/" + message + "/restore", "GET /search?q=many&chat_id=" + ada.id,
		} {
			s.want(t, 404, ada, call, "")
		}
		s.want(t, 404, ada, "POST /chats/"+chat+"/fork", object("message_id", chat))
		s.want(t, 400, ada, "POST /chats/"+chat+"/messages", object("content", "x", "reply_to", chat))
	})
}
