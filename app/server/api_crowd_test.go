package server_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
)

// testCrowd has people do everything that changes chats at the same time, in
// the same few chats: nobody waits for somebody who waits for him, and each
// chat's numbers are whole afterwards.
func testCrowd(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada", "Eve", "Vic", "Dora")
	crowd := []*person{s.people["Ada"], s.people["Eve"], s.people["Vic"]}
	var chats []string
	for range 3 {
		chat := s.want(t, 201, crowd[0], "POST /chats", object("reply_policy", "mention")).text(t, "id")
		s.admit(t, chat, crowd[1], "owner")
		s.admit(t, chat, crowd[2], "owner")
		chats = append(chats, chat)
		s.say(t, crowd[0], chat, "one")
	}
	calls := []struct{ call, body string }{
		{"POST /chats/{chat}/messages", `{"content":"@quick go"}`},
		{"POST /chats/{chat}/messages", `{"content":"@hold @echo go"}`},
		{"POST /chats/{chat}/messages", `{"content":"said"}`},
		{"PATCH /chats/{chat}/messages/{message}", `{"content":"@quick again","answer":true}`},
		{"PATCH /chats/{chat}/messages/{message}", `{"content":"again"}`},
		{"PUT /chats/{chat}/messages/{message}/version", `{"version":1}`},
		{"DELETE /chats/{chat}/messages/{message}", ""},
		{"POST /chats/{chat}/messages/{message}/regenerate", ""},
		{"POST /chats/{chat}/messages/{message}/continue", ""},
		{"POST /chats/{chat}/messages/{message}/stop", ""},
		{"POST /chats/{chat}/messages/{message}/stop", ""},
		{"PATCH /chats/{chat}", `{"title":"Ours","pinned":true}`},
		{"PATCH /chats/{chat}/members/{Vic}", `{"role":"owner"}`},
		{"POST /chats/{chat}/members", `{"email":"{Dora.email}","role":"viewer"}`},
		{"DELETE /chats/{chat}/members/{Dora}", ""},
		{"POST /chats/{chat}/invites", `{"role":"viewer","max_uses":2}`},
		{"POST /chats/{chat}/fork", `{"message_id":"{message}"}`},
		{"PUT /chats/{chat}/read", `{"seq":3}`},
		{"DELETE /chats/{chat}", ""},
		{"POST /chats/{chat}/restore", ""},
		{"POST /chats/{chat}/restore", ""},
		{"POST /chats/{chat}/restore", ""},
	}
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			dice := rand.New(rand.NewPCG(1, uint64(i)))
			for range 60 {
				chat, who := chats[dice.IntN(len(chats))], crowd[dice.IntN(len(crowd))]
				what := calls[dice.IntN(len(calls))]
				fill := strings.NewReplacer("{chat}", chat, "{message}", w.anyMessage(who, chat, dice), "{Vic}", crowd[2].id,
					"{Dora}", s.people["Dora"].id, "{Dora.email}", s.people["Dora"].email)
				got, err := w.try(who, fill.Replace(what.call), fill.Replace(what.body))
				if err != nil || got.status >= 500 {
					t.Errorf("%s: %v %d %s", what.call, err, got.status, got.body)
				}
			}
		})
	}
	all.Wait()
	for _, chat := range chats {
		require.False(t, w.holds(t, `select from chats c where id = $1 and (last_seq <> (select count(*) from messages where chat_id = c.id)
			or member_count <> (select count(*) from members where chat_id = c.id and removed_at is null)
			or rev < (select max(rev) from messages where chat_id = c.id))`, chat), "its numbers are not whole")
		require.False(t, w.holds(t, `select from messages m where chat_id = $1 and versions <> 1 + (select count(*) from message_versions v where v.message_id = m.id)`, chat))
	}
}

// anyMessage is the id of one of the newest messages of a chat, or of none.
func (w *world) anyMessage(who *person, chat string, dice *rand.Rand) string {
	got, err := w.try(who, "GET /chats/"+chat+"/messages?limit=20", "")
	if err == nil && got.status == 200 {
		if ids := messageIDs(got.body); len(ids) > 0 {
			return ids[dice.IntN(len(ids))]
		}
	}
	return string(app.NewID[app.MessageID]())
}

// messageIDs are the ids of the messages of a page.
func messageIDs(page string) (ids []string) {
	for _, piece := range strings.Split(page, `{"id":"`)[1:] {
		if strings.HasPrefix(piece[36:], `","chat_id"`) {
			ids = append(ids, piece[:36])
		}
	}
	return ids
}
