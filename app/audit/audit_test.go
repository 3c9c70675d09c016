package audit_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

type kept []audit.Event

func (k *kept) Create(_ context.Context, event audit.Event) error {
	*k = append(*k, event)
	return nil
}

func TestRecord(t *testing.T) {
	t.Parallel()
	now := time.Now()
	record := func(event audit.Event) (kept, error) {
		var all kept
		err := audit.NewRecorder(&all, func() time.Time { return now }).Record(context.Background(), event)
		return all, err
	}
	t.Run("an event gets an id and a time", func(t *testing.T) {
		t.Parallel()
		all, err := record(audit.Event{Action: audit.UserRenamed, Target: "u"})
		require.NoError(t, err)
		require.Len(t, all, 1)
		require.Equal(t, now, all[0].At)
		_, err = app.ParseID[app.UserID](all[0].ID)
		require.NoError(t, err)
	})
	t.Run("unless it has them", func(t *testing.T) {
		t.Parallel()
		event := audit.Event{ID: "x", At: now.Add(time.Hour), Action: audit.UserRenamed}
		all, err := record(event)
		require.NoError(t, err)
		require.Equal(t, kept{event}, all)
	})
	t.Run("every known detail is kept", func(t *testing.T) {
		t.Parallel()
		details := map[audit.Key]string{
			audit.KeyDevice: "Firefox", audit.KeySession: "s", audit.KeySessions: "2", audit.KeyMessages: "keep",
			audit.KeyRole: "admin", audit.KeySetting: "signups", audit.KeyFrom: "true", audit.KeyTo: "false",
		}
		all, err := record(audit.Event{Action: audit.SettingChanged, Details: details})
		require.NoError(t, err)
		require.Equal(t, details, all[0].Details)
	})
	t.Run("what is not on the list of details is a mistake, and is not repeated", func(t *testing.T) {
		t.Parallel()
		for _, details := range []map[audit.Key]string{{"password": "hunter2!"}, {audit.KeyTo: strings.Repeat("hunter2!", 100)}} {
			all, err := record(audit.Event{Action: audit.UserRenamed, Details: details})
			require.Error(t, err)
			require.NotContains(t, err.Error(), "hunter2!")
			require.Empty(t, all)
		}
	})
	t.Run("an event says what was done", func(t *testing.T) {
		t.Parallel()
		_, err := record(audit.Event{})
		require.Error(t, err)
	})
	t.Run("whatever a client calls itself fits a row", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			agent := string(rapid.SliceOf(rapid.Byte()).Draw(t, "agent"))
			all, err := record(audit.Event{Action: audit.UserRenamed, Actor: app.Actor{UserAgent: agent, RequestID: agent}})
			require.NoError(t, err)
			for _, header := range []string{all[0].Actor.UserAgent, all[0].Actor.RequestID} {
				require.Equal(t, strings.ToValidUTF8(header, "?"), header)
				require.NotContains(t, header, "\x00")
				require.LessOrEqual(t, len(header), 300)
			}
		})
	})
}
