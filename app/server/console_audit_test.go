package server_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server/contract"
	"github.com/quillium/quillium/public"
)

func TestConsoleOfAudit(t *testing.T) {
	t.Parallel()
	c, err := contract.Load([]byte(public.OpenAPI()))
	require.NoError(t, err)
	w := boot(t, c, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
	ada := w.join(t, "Ada")
	w.want(t, 200, ada, "PATCH /users/me", `{"name":"<Ada>"}`)
	w.sql(t, `insert into audit_events (id, at, action, actor_id, target, details)
		select gen_random_uuid(), now() - n * interval '1 day', 'setting.changed', $1::uuid, 'signups', '{"setting":"signups","from":"false","to":"true"}' from generate_series(1, 60) n`, ada.id)
	b := w.atConsole(t, "admin@example.org")
	for name, head := range map[string][]string{"without scripts": nil, "with htmx": {"HX-Request", "true", "HX-Boosted", "true"}} {
		t.Run("the page shows who did what, "+name, func(t *testing.T) {
			page := b.get(t, "/admin/audit", head...)
			require.Equal(t, 200, page.status)
			for _, text := range []string{"Signed in", "Name changed", "&lt;Ada&gt;", "Next page", `value="setting.changed"`} {
				require.Contains(t, page.body, text)
			}
		})
	}
	t.Run("a row opens beside with before and after", func(t *testing.T) {
		list := b.get(t, "/admin/audit?action=setting.changed").body
		link := regexp.MustCompile(`href="/admin/audit\?(action=setting\.changed&amp;id=[0-9a-f-]+)"`).FindStringSubmatch(list)
		require.NotNil(t, link)
		page := b.get(t, "/admin/audit?"+regexp.MustCompile(`&amp;`).ReplaceAllString(link[1], "&")).body
		require.Regexp(t, `(?s)Before.*false.*After.*true`, page)
		require.Contains(t, page, `href="/admin/audit?actor=`+ada.id+`"`)
	})
	t.Run("it is narrowed down, and says so where nothing is left", func(t *testing.T) {
		require.NotContains(t, b.get(t, "/admin/audit?action=setting.changed&within=24h").body, "Setting changed</span>")
		require.Contains(t, b.get(t, "/admin/audit?q="+ada.email).body, "Setting changed")
		require.Contains(t, b.get(t, "/admin/audit?q=nothing").body, "Nothing found")
		require.Equal(t, 400, b.get(t, "/admin/audit?actor=x").status)
		require.Equal(t, 400, b.get(t, "/admin/audit?cursor=%21").status)
		require.Equal(t, 404, b.get(t, "/admin/audit?id=x").status)
	})
	t.Run("an export takes a reason, and keeps what was typed", func(t *testing.T) {
		require.Contains(t, b.get(t, "/admin/audit?ask=export&target=signups").body, `name="target" value="signups"`)
		refused := b.post(t, "/admin/audit/export", "format", "json", "reason", " ", "target", "signups")
		require.Equal(t, 400, refused.status)
		require.Contains(t, refused.body, `name="target" value="signups"`)
		require.Regexp(t, `value="json" selected`, refused.body)
		got := b.post(t, "/admin/audit/export", "format", "csv", "reason", "For the auditors", "target", "signups")
		require.Equal(t, 200, got.status)
		require.Equal(t, `attachment; filename="audit.csv"`, got.head.Get("Content-Disposition"))
		require.Equal(t, 61, len(regexp.MustCompile(`\n`).FindAllString(got.body, -1)))
		require.Contains(t, b.get(t, "/admin/audit").body, "Audit log exported")
	})
	t.Run("with a password of long ago it is asked for", func(t *testing.T) {
		old := w.atConsole(t, "admin@example.org")
		w.sql(t, `update sessions set confirmed_at = now() - interval '16 minutes'`)
		require.Eventually(t, func() bool {
			return old.post(t, "/admin/audit/export", "format", "csv", "reason", "to see").status == 403
		}, 5*time.Second, 50*time.Millisecond)
		got := old.post(t, "/admin/audit/export", "format", "csv", "reason", "to see", "confirm_password", password)
		require.Equal(t, 200, got.status)
	})
	t.Run("a check says how it went", func(t *testing.T) {
		require.Eventually(t, func() bool {
			var waiting int
			return w.db.QueryRow(t.Context(), `select count(*) from audit_events where seq is null`).Scan(&waiting) == nil && waiting == 0
		}, 10*time.Second, 50*time.Millisecond)
		require.Equal(t, 403, b.do(t, "POST", "/admin/audit/check", "").status, "not without the form's token")
		done := b.post(t, "/admin/audit/check")
		require.Equal(t, "/admin/audit?done=audit.right", done.head.Get("Location"))
		require.Contains(t, b.get(t, "/admin/audit").body, "As it was sealed")
		w.sql(t, `update audit_events set ip = '203.0.113.9' where seq = 2`)
		require.Equal(t, "/admin/audit?done=audit.wrong", b.post(t, "/admin/audit/check").head.Get("Location"))
		require.Contains(t, b.get(t, "/admin/audit").body, "Row 2 is not what was sealed.")
	})
}
