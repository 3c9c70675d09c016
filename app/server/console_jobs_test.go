package server_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server/contract"
	"github.com/quillium/quillium/public"
)

func TestConsoleOfJobs(t *testing.T) {
	t.Parallel()
	c, err := contract.Load([]byte(public.OpenAPI()))
	require.NoError(t, err)
	w := boot(t, c, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
	w.sql(t, `insert into river_job (id, state, attempt, max_attempts, attempted_at, finalized_at, attempted_by, args, kind, queue, errors, metadata, scheduled_at) values
		(900001, 'running', 1, 5, now(), null, '{elsewhere}', '{}', 'erase_chats', 'elsewhere', null, '{"output": "half of it"}', now()),
		(900002, 'discarded', 5, 5, now(), now(), '{elsewhere}', '{}', 'delete_accounts', 'elsewhere', array['{"at":"2026-03-01T09:00:00Z","attempt":5,"error":"The <cellar> is full.","trace":""}'::jsonb], '{}', now()),
		(900003, 'available', 0, 5, null, null, null, '{}', 'end_sessions', 'node-0197a3b2-5f6e-7d10-8a3b-4c5d6e7f8092', null, '{}', now())`)
	b := w.atConsole(t, "admin@example.org")
	for name, head := range map[string][]string{"without scripts": nil, "with htmx": {"HX-Request", "true", "HX-Boosted", "true"}} {
		t.Run("the page shows queues, what runs, and why something failed, "+name, func(t *testing.T) {
			page := b.get(t, "/admin/jobs", head...)
			require.Equal(t, 200, page.status)
			for _, text := range []string{"half of it", "The &lt;cellar&gt; is full.", "Delete accounts", "6e7f8092", `aria-labelledby="queues"`} {
				require.Contains(t, page.body, text)
			}
			page = b.get(t, "/admin/jobs?state=failed&id=900002", head...)
			require.Contains(t, page.body, "Why it failed")
			require.Contains(t, page.body, `action="/admin/jobs/900002/retry"`)
			require.NotContains(t, page.body, "half of it")
		})
	}
	t.Run("what is not there is not found", func(t *testing.T) {
		require.Equal(t, 404, b.get(t, "/admin/jobs?id=900009").status)
		require.Equal(t, 400, b.get(t, "/admin/jobs?state=lost").status)
		require.Equal(t, 400, b.get(t, "/admin/jobs?cursor=%21").status)
		require.Equal(t, 404, b.post(t, "/admin/jobs/x/retry").status)
	})
	t.Run("a form without its token changes nothing", func(t *testing.T) {
		require.Equal(t, 403, b.do(t, "POST", "/admin/jobs/900003/cancel", "").status)
		require.Contains(t, b.get(t, "/admin/jobs?id=900003").body, "End the job")
	})
	t.Run("cancelling asks once, and can be taken back", func(t *testing.T) {
		asked := b.get(t, "/admin/jobs?id=900003&ask=cancel")
		require.Contains(t, asked.body, "End this job?")
		done := b.post(t, "/admin/jobs/900003/cancel")
		require.Equal(t, 303, done.status)
		require.Contains(t, b.get(t, done.head.Get("Location")).body, "The job is cancelled.")
		done = b.post(t, "/admin/jobs/900003/retry", "state", "cancelled")
		require.Equal(t, "/admin/jobs?done=job.retried&id=900003&state=cancelled", done.head.Get("Location"))
	})
	t.Run("what is refused is said where it was asked", func(t *testing.T) {
		refused := b.post(t, "/admin/jobs/900001/retry")
		require.Equal(t, 409, refused.status)
		require.Contains(t, refused.body, "This job is running")
		require.Contains(t, refused.body, `hx-get="/admin/jobs"`)
	})
}

// shelvedName finds the name of a backup on a page.
var shelvedName = regexp.MustCompile(`quillium-\d{8}-\d{6}-\d+\.quillium`)

func TestConsoleOfBackups(t *testing.T) {
	t.Parallel()
	c, err := contract.Load([]byte(public.OpenAPI()))
	require.NoError(t, err)
	w := boot(t, c, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
	b := w.atConsole(t, "admin@example.org")
	require.Contains(t, b.get(t, "/admin/backups").body, "No backup yet")
	require.Equal(t, 403, b.do(t, "POST", "/admin/backups", "").status)
	made := b.post(t, "/admin/backups")
	require.Equal(t, "/admin/backups?done=backup.requested", made.head.Get("Location"))
	var name string
	require.Eventually(t, func() bool {
		page := b.get(t, "/admin/backups").body
		name = shelvedName.FindString(page)
		return name != "" && strings.Contains(page, "Back up now")
	}, 30*time.Second, 100*time.Millisecond)
	at := "/admin/backups/" + name
	t.Run("one is opened beside the list", func(t *testing.T) {
		require.Contains(t, b.get(t, "/admin/backups?name="+name).body, `action="`+at+`/download"`)
		require.Equal(t, 404, b.get(t, "/admin/backups?name=nonsense").status)
	})
	t.Run("without a reason it is not read", func(t *testing.T) {
		refused := b.post(t, at+"/download", "reason", " ")
		require.Equal(t, 400, refused.status)
		require.Contains(t, refused.body, `aria-invalid="true"`)
	})
	t.Run("with one it is a file to keep", func(t *testing.T) {
		got := b.post(t, at+"/download", "reason", "To move away")
		require.Equal(t, 200, got.status)
		require.Equal(t, `attachment; filename="`+name+`"`, got.head.Get("Content-Disposition"))
		require.True(t, strings.HasPrefix(got.body, "PK"))
	})
	t.Run("a password of long ago is asked for once more, and then it goes", func(t *testing.T) {
		w.sql(t, `update sessions set confirmed_at = now() - interval '16 minutes'`)
		require.Eventually(t, func() bool { return b.post(t, at+"/download", "reason", "").status == 403 }, 5*time.Second, 100*time.Millisecond)
		asked := b.post(t, at+"/delete")
		require.Equal(t, 403, asked.status)
		require.Contains(t, asked.body, "Type your password once more")
		require.Contains(t, b.get(t, "/admin/backups?ask=delete&name="+name).body, "Delete this backup?")
		done := b.post(t, at+"/delete", "confirm_password", password)
		require.Equal(t, "/admin/backups?done=backup.deleted", done.head.Get("Location"))
		require.Contains(t, b.get(t, "/admin/backups").body, "No backup yet")
		require.Equal(t, 404, b.post(t, at+"/delete").status)
	})
}
