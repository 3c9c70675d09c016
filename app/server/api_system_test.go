package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/licence"
	"github.com/quillium/quillium/app/system"
)

func testSystem(t *testing.T, w *world) {
	s := newScene(w).cast(t, "Ada")
	s.people["Eve"] = w.signIn(t, "admin@example.org")
	s.play(t, []row{
		{name: "not for people", as: "Ada", call: "GET /admin/system", status: 403},
		{name: "nor the level of the log", as: "Ada", call: "PUT /admin/system/log-level", body: `{"level":"loud"}`, status: 403},
		{name: "a level that there is not", as: "Eve", call: "PUT /admin/system/log-level", body: `{"level":"loud"}`, status: 400, has: []string{`"field":"level"`}},
		{name: "something else", as: "Eve", call: "PUT /admin/system/log-level", body: `{"loud":true}`, status: 400},
		{name: "one that there is", as: "Eve", call: "PUT /admin/system/log-level", body: `{"level":"info"}`, status: 204},
		{name: "licences, to administrators alone", as: "Ada", call: "GET /admin/system/licences", status: 403},
	})
	t.Run("what it is, without a secret", func(t *testing.T) {
		got := w.want(t, 200, s.people["Eve"], "GET /admin/system", "")
		var found system.System
		got.into(t, &found)
		require.NotContains(t, got.body, password)
		require.NotContains(t, got.body, w.database)
		from := map[string]system.Variable{}
		for _, variable := range found.Configuration {
			from[variable.Name] = variable
		}
		require.Equal(t, "(hidden)", from["ADMIN_PASSWORD"].Value)
		require.True(t, from["ADMIN_PASSWORD"].Secret)
		require.Equal(t, "(hidden)", from["DATABASE_URL"].Value)
		require.Equal(t, system.Variable{Name: "MAX_ANSWER_BYTES", Value: "262144", Source: system.FromDefault}, from["MAX_ANSWER_BYTES"])
		require.NotEmpty(t, found.Nodes)
		require.Positive(t, found.Database.Bytes)
		require.Equal(t, "jobs", found.Database.Migrations[len(found.Database.Migrations)-16].Name, "the newest is the first")
		require.WithinDuration(t, time.Now(), found.Database.Migrations[0].AppliedAt, time.Hour)
		require.NotEmpty(t, found.Database.Connections)
	})
	t.Run("licences with their texts", func(t *testing.T) {
		var list struct {
			Data []licence.Work `json:"data"`
		}
		w.want(t, 200, s.people["Eve"], "GET /admin/system/licences", "").into(t, &list)
		require.Greater(t, len(list.Data), 30)
		for _, work := range list.Data {
			require.NotEmpty(t, work.Text, work.Name)
		}
	})
}

// A level that is set on one node counts on all of them, at once and after a
// restart, and there is a record.
func TestLogLevelElsewhere(t *testing.T) {
	t.Parallel()
	nodes := worldOf(t, 2, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
	eve := nodes[0].signIn(t, "admin@example.org")
	level := func(w *world) string { return w.want(t, 200, eve, "GET /admin/system", "").text(t, "log_level") }
	require.Equal(t, "info", level(nodes[1]))
	nodes[0].want(t, 204, eve, "PUT /admin/system/log-level", `{"level":"debug"}`)
	require.Equal(t, "debug", level(nodes[0]))
	require.Eventually(t, func() bool { return level(nodes[1]) == "debug" }, hint, 10*time.Millisecond)
	require.Equal(t, int64(1), nodes[0].number(t, "select count(*) from audit_events where action = 'setting.changed' and target = 'log_level' and actor_id = $1", eve.id))
}
