package server_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// entries asks for a page of the audit log.
func (w *world) entries(t *testing.T, admin *person, query string) []audit.Entry {
	t.Helper()
	var page app.Page[audit.Entry]
	w.want(t, 200, admin, "GET /admin/audit?"+query, "").into(t, &page)
	return page.Data
}

func testAudit(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	admin := w.signIn(t, "admin@example.org")
	ada := s.people["Ada"]
	s.people["Eve"], s.names["ada"] = admin, ada.id
	w.want(t, 200, ada, "PATCH /users/me", `{"name":"=Ada()"}`)
	s.names["row"] = w.entries(t, admin, "action=user.renamed&actor="+ada.id)[0].ID
	s.play(t, []row{
		{name: "not for people", as: "Ada", call: "GET /admin/audit", status: 403},
		{name: "who read no row", as: "Ada", call: "GET /admin/audit/{row}", status: 403},
		{name: "check nothing", as: "Ada", call: "POST /admin/audit/check", status: 403},
		{name: "learn nothing of seals", as: "Ada", call: "GET /admin/audit/integrity", status: 403},
		{name: "and export nothing, whatever they say", as: "Ada", call: "POST /admin/audit/export", body: `{"format":7}`, status: 403},
		{name: "a row tells who did what, before and after", as: "Eve", call: "GET /admin/audit/{row}", status: 200, has: []string{`"action":"user.renamed"`, `"id":"{ada}"`, `"email":"` + ada.email}},
		{name: "what is not there", as: "Eve", call: "GET /admin/audit/{ada}", status: 404},
		{name: "nor is what is no id", as: "Eve", call: "GET /admin/audit/last", status: 404},
		{name: "a page at a time", as: "Eve", call: "GET /admin/audit?limit=1", status: 200, has: []string{`"next":"`}},
		{name: "what somebody did", as: "Eve", call: "GET /admin/audit?actor={ada}&action=user.renamed", status: 200, has: []string{"{row}"}},
		{name: "a search by e-mail", as: "Eve", call: "GET /admin/audit?q=" + ada.email, status: 200, has: []string{"{row}"}},
		{name: "of a time", as: "Eve", call: "GET /admin/audit?until=2020-01-01", status: 200, has: []string{`"data":[]`}},
		{name: "what is no time", as: "Eve", call: "GET /admin/audit?since=yesterday", status: 400, has: []string{`"field":"since"`}},
		{name: "what is no account", as: "Eve", call: "GET /admin/audit?actor=ada", status: 400, has: []string{`"field":"actor"`}},
		{name: "what is no text", as: "Eve", call: "GET /admin/audit?q=%00", status: 400, has: []string{`"field":"q"`}},
		{name: "an export takes a reason", as: "Eve", call: "POST /admin/audit/export", body: `{"format":"csv","reason":" "}`, status: 400, has: []string{`"field":"reason"`}},
		{name: "and a format", as: "Eve", call: "POST /admin/audit/export", body: `{"format":"xml","reason":"to see"}`, status: 400, has: []string{`"field":"format"`}},
	})
	t.Run("refused sign-ins of a minute are one row that counts", func(t *testing.T) {
		for range 3 {
			w.want(t, 401, nil, "POST /auth/login", object("email", ada.email, "password", "wrong horse battery"))
		}
		require.Eventually(t, func() bool {
			count := int64(0)
			for _, e := range w.entries(t, admin, "action=session.refused&target="+ada.id) {
				require.Nil(t, e.Actor)
				require.Equal(t, ada.email, e.TargetUser.Email)
				count += e.Count
			}
			return count == 3
		}, 10*time.Second, 50*time.Millisecond)
	})
	t.Run("rows are sealed within moments, and a check finds them right", func(t *testing.T) {
		require.Eventually(t, func() bool {
			var entry audit.Entry
			w.want(t, 200, admin, s.fill("GET /admin/audit/{row}"), "").into(t, &entry)
			return entry.Seq != nil
		}, 10*time.Second, 50*time.Millisecond)
		var before, after audit.Integrity
		w.want(t, 200, admin, "GET /admin/audit/integrity", "").into(t, &before)
		require.Positive(t, before.Seq)
		w.want(t, 200, admin, "POST /admin/audit/check", "").into(t, &after)
		require.Empty(t, after.Checked.Fault)
		require.GreaterOrEqual(t, after.Checked.Seq, before.Seq)
	})
	t.Run("an export is what the filter leaves, and is recorded", func(t *testing.T) {
		got := w.want(t, 200, admin, "POST /admin/audit/export", object("format", "json", "reason", "For the auditors", "actor", ada.id))
		require.Equal(t, `attachment; filename="audit.json"`, got.head.Get("Content-Disposition"))
		var list []audit.Entry
		require.NoError(t, json.Unmarshal([]byte(got.body), &list))
		require.NotEmpty(t, list)
		for _, e := range list {
			require.Equal(t, ada.id, e.Actor.ID)
		}
		empty := w.want(t, 200, admin, "POST /admin/audit/export", object("format", "json", "reason", "For the auditors", "target", "nothing"))
		require.NoError(t, json.Unmarshal([]byte(empty.body), &list))
		require.Empty(t, list)
		e := w.entries(t, admin, "action=audit.exported")[0]
		require.Equal(t, map[string]string{"reason": "For the auditors", "to": "json"}, e.Details)
	})
	t.Run("as CSV it has a line for each row, and no formulas", func(t *testing.T) {
		w.sql(t, `insert into audit_events (id, action, target, user_agent) values ($1, 'test.done', 'csv', '=cmd()')`, app.NewID[string]())
		got := w.want(t, 200, admin, "POST /admin/audit/export", object("format", "csv", "reason", "For the auditors", "target", "csv"))
		lines, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
		require.NoError(t, err)
		require.Len(t, lines, 2)
		require.Equal(t, "actor_email", lines[0][4])
		require.Equal(t, "'=cmd()", lines[1][8])
	})
	t.Run("a password of long ago is not enough", func(t *testing.T) {
		old := w.signIn(t, "admin@example.org")
		w.sql(t, `update sessions set confirmed_at = now() - interval '16 minutes' where id = $1`, w.current(t, old))
		// Sessions are remembered for a moment.
		require.Eventually(t, func() bool {
			return w.ask(t, old, "POST /admin/audit/export", object("format", "csv", "reason", "to see")).status == 403
		}, 5*time.Second, 50*time.Millisecond)
	})
}
