package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// testRights holds what a right is worth that somebody loses while he waits:
// every call that changes a chat is let past the first look, waits for the
// chat, and finds out that he may no more.
func testRights(t *testing.T, w *world) {
	const shownOut, reads = `update members set removed_at = now() where chat_id = $1 and user_id = $2`, `update members set role = 'viewer' where chat_id = $1 and user_id = $2`
	for name, c := range map[string]struct{ call, body string }{
		"posting":                 {"POST /chats/{chat}/messages", `{"content":"one more"}`},
		"editing":                 {"PATCH /chats/{chat}/messages/{m}", `{"content":"two"}`},
		"editing and asking":      {"PATCH /chats/{chat}/messages/{m}", `{"content":"two","answer":true}`},
		"deleting a message":      {"DELETE /chats/{chat}/messages/{m}", ""},
		"choosing a version":      {"PUT /chats/{chat}/messages/{m}/version", `{"version":1}`},
		"asking anew":             {"POST /chats/{chat}/messages/{answer}/regenerate", ""},
		"going on":                {"POST /chats/{chat}/messages/{answer}/continue", ""},
		"stopping":                {"POST /chats/{chat}/messages/{answer}/stop", ""},
		"changing the chat":       {"PATCH /chats/{chat}", `{"title":"Mine"}`},
		"deleting the chat":       {"DELETE /chats/{chat}", ""},
		"letting somebody in":     {"POST /chats/{chat}/members", `{"email":"{Dora.email}","role":"owner"}`},
		"making somebody owner":   {"PATCH /chats/{chat}/members/{Vic}", `{"role":"owner"}`},
		"showing somebody out":    {"DELETE /chats/{chat}/members/{Ada}", ""},
		"making a link to get in": {"POST /chats/{chat}/invites", `{"role":"editor"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(w).cast(t, "Ada", "Eve", "Vic", "Dora")
			eve := s.people["Eve"]
			for lost, with := range map[string]struct {
				change string
				status int
			}{"shown out": {shownOut, 404}, "made a viewer": {reads, 403}} {
				chat := s.open(t, s.people["Ada"], "Ours")
				s.admit(t, chat, eve, "owner")
				s.admit(t, chat, s.people["Vic"], "viewer")
				s.names["chat"] = chat
				s.names["m"] = s.want(t, 201, eve, "POST /chats/"+chat+"/messages", `{"content":"one","model":"nobody"}`).text(t, "id")
				s.names["answer"] = s.answerOf(t, eve, chat, s.names["m"])
				s.want(t, 200, eve, "PATCH /chats/"+chat+"/messages/"+s.names["m"], `{"content":"another"}`)
				before := w.number(t, `select rev from chats where id = $1`, chat)
				got := s.waiting(t, chat, with.change, eve, s.fill(c.call), s.fill(c.body))
				require.Equal(t, with.status, got.status, "%s, and %s: %s", name, lost, got.body)
				require.Equal(t, before, w.number(t, `select rev from chats where id = $1`, chat), "and nothing has changed")
			}
		})
	}
}

// waiting is what comes of a call that waits for a chat while something about
// its caller is changed.
func (w *world) waiting(t *testing.T, chat, change string, who *person, call, body string) answer {
	t.Helper()
	tx, err := w.db.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(t.Context()) }()
	_, err = tx.Exec(t.Context(), `select from chats where id = $1 for no key update`, chat)
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), change, chat, who.id)
	require.NoError(t, err)
	done := make(chan answer, 1)
	go func() {
		got, err := w.try(who, call, body)
		if err != nil {
			got.body = err.Error()
		}
		done <- got
	}()
	require.Eventually(t, func() bool {
		return w.holds(t, `select from pg_stat_activity where $1 = any(pg_blocking_pids(pid))`, tx.Conn().PgConn().PID())
	}, patience, pause, "%s waits for nobody", call)
	require.NoError(t, tx.Commit(t.Context()))
	return <-done
}
