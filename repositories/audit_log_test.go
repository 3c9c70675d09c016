package repositories_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/repositories"
)

func TestAuditLog(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	log := repositories.NewAuditLogRepository(j.db)
	ada, gone := app.NewID[app.UserID](), app.NewID[app.UserID]()
	j.do(`insert into users (id, email, email_key, name, password_hash) values ($1, 'Ada@example.org', 'ada@example.org', 'Ada', '')`, ada)
	add := func(action audit.Action, actor app.UserID, target, ip string) string {
		e := j.event()
		e.Action, e.Actor.UserID, e.Target, e.Actor.IP, e.Actor.RequestID = action, actor, target, ip, "req-"+target
		require.NoError(t, j.events.Create(t.Context(), e))
		return e.ID
	}
	renamed := add(audit.UserRenamed, ada, string(ada), "192.0.2.1")
	deleted := add(audit.UserDeleted, gone, string(gone), "192.0.2.2")
	setting := add(audit.SettingChanged, ada, "signups", "2001:db8::/64")
	refused := add(audit.SessionRefused, "", string(ada), "192.0.2.2")
	find := func(f audit.Filter) (ids []string) {
		t.Helper()
		for page := (app.PageRequest{Limit: 1}); ; {
			got, err := log.List(t.Context(), f, page)
			require.NoError(t, err)
			for _, e := range got.Data {
				ids = append(ids, e.ID)
			}
			if got.Pagination.Next == nil {
				return ids
			}
			page.Cursor = *got.Pagination.Next
		}
	}
	t.Run("the newest come first", func(t *testing.T) {
		require.Equal(t, []string{refused, setting, deleted, renamed}, find(audit.Filter{}))
	})
	t.Run("of an action, an actor, a target, a time", func(t *testing.T) {
		require.Equal(t, []string{setting}, find(audit.Filter{Action: audit.SettingChanged}))
		require.Equal(t, []string{setting, renamed}, find(audit.Filter{Actor: ada}))
		require.Equal(t, []string{refused, renamed}, find(audit.Filter{Target: string(ada)}))
		require.Equal(t, []string{setting, deleted}, find(audit.Filter{Since: j.now.Add(-2 * time.Second), Until: j.now}))
		require.Equal(t, []string{renamed}, find(audit.Filter{Actor: ada, Query: "user."}))
	})
	t.Run("a search finds part of an action, and whole targets, addresses, requests, accounts", func(t *testing.T) {
		for query, want := range map[string][]string{
			"SESSION.": {refused}, "ser.d": {deleted}, "signups": {setting}, "192.0.2.2": {refused, deleted}, "req-signups": {setting},
			string(gone): {deleted}, string(ada): {refused, setting, renamed}, "user%": nil, "nothing": nil,
		} {
			require.Equal(t, want, find(audit.Filter{Query: query}), query)
		}
		require.Equal(t, []string{refused, setting, renamed}, find(audit.Filter{Query: "ada@EXAMPLE.org", Email: "ada@example.org"}))
		require.Equal(t, []string{setting}, find(audit.Filter{Query: "2001:db8::7", Network: "2001:db8::/64"}))
	})
	t.Run("accounts that exist have their names, others their id", func(t *testing.T) {
		e, err := log.Get(t.Context(), renamed)
		require.NoError(t, err)
		person := &audit.Person{ID: string(ada), Name: "Ada", Email: "Ada@example.org"}
		require.Equal(t, person, e.Actor)
		require.Equal(t, person, e.TargetUser)
		require.Equal(t, map[string]string{"from": "Ä\n\"", "to": "<é>"}, e.Details)
		e, err = log.Get(t.Context(), deleted)
		require.NoError(t, err)
		require.Equal(t, &audit.Person{ID: string(gone)}, e.Actor)
		require.Nil(t, e.TargetUser)
		_, err = log.Get(t.Context(), string(gone))
		require.ErrorIs(t, err, app.ErrNotFound)
	})
	t.Run("the actions that there are", func(t *testing.T) {
		list, err := log.Actions(t.Context())
		require.NoError(t, err)
		require.Equal(t, []audit.Action{audit.SessionRefused, audit.SettingChanged, audit.UserDeleted, audit.UserRenamed}, list)
	})
	t.Run("a row that somebody wrote by hand is shown too", func(t *testing.T) {
		id := app.NewID[string]()
		j.do(`insert into audit_events (id, action, target, details) values ($1, 'x', '0197a3b1-0000-7000-8000-00000000000g', '[1]')`, id)
		e, err := log.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"details": "[1]"}, e.Details)
	})
	t.Run("how far it is sealed, and how the last check went", func(t *testing.T) {
		state, head, err := log.State(t.Context())
		require.NoError(t, err)
		require.Equal(t, audit.Integrity{Waiting: 5}, state)
		require.Empty(t, head.MAC)
		j.now = time.Now().Add(time.Hour)
		j.seal()
		check := audit.Check{At: j.now.UTC().Truncate(time.Microsecond), Seq: 5, Fault: "Row 6 is missing."}
		for range 2 {
			require.NoError(t, log.PutCheck(t.Context(), check, audit.Head{}))
		}
		state, head, err = log.State(t.Context())
		require.NoError(t, err)
		require.Equal(t, audit.Integrity{Seq: 5, Checked: &check}, state)
		require.Len(t, head.MAC, 32)
	})
}

// However long the log is, a page of it and a search read it by indexes.
func TestAuditPlans(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	j.do(`insert into users (id, email, email_key, name, password_hash)
		select ('0197a3b1-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'p' || n || '@example.org', 'p' || n || '@example.org', 'P', '' from generate_series(1, 5000) n`)
	j.do(`insert into audit_events (id, at, action, actor_id, target, ip, request_id, seq, mac)
		select gen_random_uuid(), now() - n * interval '1 minute', 'user.a' || n % 20, ('0197a3b1-0000-7000-8000-' || lpad((n % 5000)::text, 12, '0'))::uuid,
			'0197a3b1-0000-7000-8000-' || lpad((n % 5000)::text, 12, '0'), '192.0.2.' || n % 250, gen_random_uuid()::text, n, '' from generate_series(1, 30000) n`)
	j.do(`vacuum analyze`)
	who := app.UserID("0197a3b1-0000-7000-8000-000000000077")
	queries := map[string]func(context.Context, *repositories.AuditLogRepository) error{
		"the actions": func(ctx context.Context, r *repositories.AuditLogRepository) error {
			_, err := r.Actions(ctx)
			return err
		},
		"the state": func(ctx context.Context, r *repositories.AuditLogRepository) error {
			_, _, err := r.State(ctx)
			return err
		},
	}
	for name, f := range map[string]audit.Filter{
		"everything": {}, "an action": {Action: "user.a7"}, "an action that is not there": {Action: "x"}, "an actor": {Actor: who}, "a target": {Target: string(who)},
		"a word": {Query: "user.a1"}, "nothing": {Query: "zzz"}, "an address": {Query: "192.0.2.9", Network: "192.0.2.9"}, "a request": {Query: "r-1"},
		"an account": {Query: string(who)}, "an e-mail": {Query: "p77@example.org", Email: "p77@example.org"}, "a day": {Since: time.Now().Add(-time.Hour)},
	} {
		queries[name] = func(ctx context.Context, r *repositories.AuditLogRepository) error {
			_, err := r.List(ctx, f, app.PageRequest{Limit: 50})
			return err
		}
	}
	for name, do := range queries {
		t.Run(name, func(t *testing.T) {
			said := &statements{}
			require.NoError(t, do(t.Context(), repositories.NewAuditLogRepository(repositories.Traced(t, j.db, said))))
			require.NotEmpty(t, said.list)
			for _, one := range said.list {
				rows, err := j.raw.Query(t.Context(), "explain "+one.sql, one.args...)
				require.NoError(t, err)
				var plan []string
				for rows.Next() {
					var line string
					require.NoError(t, rows.Scan(&line))
					plan = append(plan, line)
				}
				require.NoError(t, rows.Err())
				require.False(t, slices.ContainsFunc(plan, func(line string) bool {
					return strings.Contains(line, "Seq Scan on audit_events") || strings.Contains(line, "Seq Scan on users")
				}), fmt.Sprint(one.sql, "\n", strings.Join(plan, "\n")))
			}
		})
	}
}
