package server_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/backup"
	"github.com/quillium/quillium/app/job"
)

// shelf is the list of backups as clients read it.
type shelf struct {
	Data []backup.File `json:"data"`
	Job  *job.Job      `json:"job"`
}

// backedUp waits until a backup is made, and gives its name.
func (w *world) backedUp(t *testing.T, admin *person, id string) string {
	t.Helper()
	var list shelf
	require.Eventually(t, func() bool {
		list = shelf{}
		w.want(t, 200, admin, "GET /admin/backups", "").into(t, &list)
		return list.Job != nil && list.Job.State == job.Done && w.ask(t, admin, "GET /admin/jobs/"+id, "").text(t, "state") == "done"
	}, 30*time.Second, 50*time.Millisecond)
	require.NotEmpty(t, list.Data)
	require.Contains(t, list.Job.Progress, "all of it")
	return list.Data[0].Name
}

func testBackups(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	admin := w.signIn(t, "admin@example.org")
	s.people["Eve"] = admin
	got := w.want(t, 202, admin, "POST /admin/backups", "")
	require.Equal(t, "backup", got.text(t, "kind"))
	s.names["backup"] = w.backedUp(t, admin, got.text(t, "id"))
	s.play(t, []row{
		{name: "not for people", as: "Ada", call: "GET /admin/backups", status: 403},
		{name: "who make none", as: "Ada", call: "POST /admin/backups", status: 403},
		{name: "and read none, whatever they say", as: "Ada", call: "POST /admin/backups/{backup}/download", body: `{"reason":7}`, status: 403},
		{name: "reading one takes a reason", as: "Eve", call: "POST /admin/backups/{backup}/download", body: `{"reason":" "}`, status: 400, has: []string{`"field":"reason"`}},
		{name: "what is not there is not read", as: "Eve", call: "POST /admin/backups/..%2fnode/download", body: `{"reason":"to see"}`, status: 404},
		{name: "nor deleted", as: "Eve", call: "DELETE /admin/backups/quillium-20260301-093000-1.quillium", status: 404},
	})
	t.Run("what is read is the backup, and it is recorded why", func(t *testing.T) {
		got := w.want(t, 200, admin, s.fill("POST /admin/backups/{backup}/download"), `{"reason":"To move away"}`)
		require.Equal(t, s.fill(`attachment; filename="{backup}"`), got.head.Get("Content-Disposition"))
		path := filepath.Join(t.TempDir(), "read")
		require.NoError(t, os.WriteFile(path, []byte(got.body), 0o600))
		archive, err := backup.Open(path)
		require.NoError(t, err, "it is whole")
		require.False(t, archive.Manifest.HasSecrets())
		require.NoError(t, archive.Close())
		var reason string
		require.NoError(t, w.db.QueryRow(t.Context(), `select details->>'reason' from audit_events where action = 'backup.downloaded' and target = $1`, s.names["backup"]).Scan(&reason))
		require.Equal(t, "To move away", reason)
	})
	t.Run("a password of long ago is not enough to read or delete one", func(t *testing.T) {
		old := w.signIn(t, "admin@example.org")
		w.sql(t, `update sessions set confirmed_at = now() - interval '16 minutes' where id = $1`, w.current(t, old))
		// Sessions are remembered for a moment.
		require.Eventually(t, func() bool {
			return w.ask(t, old, s.fill("POST /admin/backups/{backup}/download"), `{"reason":" "}`).status == 403
		}, 5*time.Second, 50*time.Millisecond)
		require.Contains(t, w.want(t, 403, old, s.fill("POST /admin/backups/{backup}/download"), `{"reason":"to see"}`).body, `"field":"password"`)
		require.Contains(t, w.want(t, 403, old, s.fill("DELETE /admin/backups/{backup}"), "").body, `"field":"password"`)
	})
	t.Run("one that is deleted is gone", func(t *testing.T) {
		w.want(t, 204, admin, s.fill("DELETE /admin/backups/{backup}"), "")
		require.NotContains(t, w.want(t, 200, admin, "GET /admin/backups", "").body, s.names["backup"]+`","bytes`)
		w.want(t, 404, admin, s.fill("DELETE /admin/backups/{backup}"), "")
	})
}
