package settings_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
	"github.com/quillium/quillium/app/settings"
)

func TestValues(t *testing.T) {
	t.Parallel()
	t.Run("a setting has a default, an administrator changes it, the environment has the last word", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[settings.Name]any{settings.MaxMessageBytes: int64(2048)})
		w.set(settings.MaxMessageBytes, `4096`)
		w.set(settings.Signups, `"closed"`)
		require.Equal(t, app.SignupsOpen, w.Signups(), "until they are read")
		require.NoError(t, w.Load(t.Context()))
		require.Equal(t, app.SignupsClosed, w.Signups())
		require.Equal(t, 2048, w.Int(settings.MaxMessageBytes))
		require.Equal(t, settings.SourceEnvironment, w.value(t, settings.MaxMessageBytes).Source)
		require.Equal(t, settings.SourceDatabase, w.value(t, settings.Signups).Source)
		require.Equal(t, settings.SourceDefault, w.value(t, settings.Banner).Source)
		require.Equal(t, 256<<10, w.Int(settings.MaxAnswerBytes))
	})
	t.Run("every default keeps the table's own limits, and every setting says what it is", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		all, err := w.Registry.GetAll(t.Context(), admin)
		require.NoError(t, err)
		require.Len(t, all, len(settings.Table()))
		for _, value := range all {
			require.NotEmpty(t, value.Help, value.Name)
			require.NotEmpty(t, value.Title, value.Name)
			require.NotEmpty(t, value.Group, value.Name)
			if value.Kind == settings.Picture {
				continue
			}
			raw, err := json.Marshal(value.Default)
			require.NoError(t, err)
			require.NoError(t, w.Set(t.Context(), admin, values(string(value.Name), string(raw))), value.Name)
		}
		require.Empty(t, w.events, "what is as it is is no change")
	})
	t.Run("what the environment may not set is told with its variable", func(t *testing.T) {
		t.Parallel()
		for name, value := range map[settings.Name]any{settings.Signups: "yes", settings.MaxMessageBytes: int64(1), "volume": int64(11), settings.EmailDomains: "example.org"} {
			_, err := settings.NewRegistry(settings.Parts{}, map[settings.Name]any{name: value})
			require.Error(t, err)
		}
	})
	t.Run("a stored value that is not valid is left out, with a warning", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		w.set(settings.Signups, `true`)
		w.set("gone", `1`)
		require.NoError(t, w.Load(t.Context()))
		require.Equal(t, app.SignupsOpen, w.Signups())
		require.Contains(t, w.log.String(), "setting=signups")
	})
	t.Run("settings are read by administrators alone", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		_, err := w.Registry.GetAll(t.Context(), app.Actor{UserID: "u", Role: app.RoleUser})
		require.ErrorIs(t, err, app.ErrForbidden)
		_, err = w.GetHistory(t.Context(), app.Actor{}, "volume")
		require.ErrorIs(t, err, app.ErrForbidden)
		_, err = w.GetHistory(t.Context(), admin, "volume")
		require.ErrorIs(t, err, app.ErrNotFound)
	})
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	_, ok := w.Admits("anybody@anywhere.example")
	require.True(t, ok)
	require.NoError(t, w.Set(t.Context(), admin, values("email_domains", `["Example.org"," @müller.example "]`, "session_unused_hours", `5`, "session_longest_days", `2`)))
	for email, want := range map[string]bool{
		"ada@example.org": true, "ADA@EXAMPLE.ORG": true, "b@MÜLLER.example": true, `"a@example.org"@elsewhere.example`: false,
		"ada@sub.example.org": false, "ada@notexample.org": false, "example.org": true, "": false,
	} {
		domains, ok := w.Admits(email)
		require.Equal(t, want, ok, email)
		require.Equal(t, []string{"example.org", "müller.example"}, domains)
	}
	require.Equal(t, 5*time.Hour, w.SessionUnused())
	require.Equal(t, 48*time.Hour, w.SessionLongest())
}

func TestFollowing(t *testing.T) {
	t.Parallel()
	follow := func(t *testing.T, w *world) {
		t.Helper()
		ctx, stop := context.WithCancel(t.Context())
		t.Cleanup(stop)
		go w.Run(ctx)
		synctest.Wait()
	}
	t.Run("nobody who asks waits for the database", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		for range 5 {
			w.Int(settings.RunsPerChat)
		}
		require.Zero(t, w.reads)
	})
	t.Run("what another node changed is read at once where that is told", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			follow(t, w)
			w.set(settings.Banner, `"Hello"`)
			w.Wake()
			w.Wake()
			synctest.Wait()
			require.Equal(t, "Hello", w.Text(settings.Banner))
		})
	})
	t.Run("and soon where it is not", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			follow(t, w)
			w.set(settings.Banner, `"Hello"`)
			time.Sleep(5*time.Second + time.Millisecond) // the bubble's time
			synctest.Wait()
			require.Equal(t, "Hello", w.Text(settings.Banner))
		})
	})
	t.Run("while the database is away, what was read last holds", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			w.set(settings.Banner, `"Hello"`)
			require.NoError(t, w.Load(t.Context()))
			follow(t, w)
			w.mu.Lock()
			w.fail = app.ErrUnavailable
			w.mu.Unlock()
			w.Wake()
			synctest.Wait()
			require.Equal(t, "Hello", w.Text(settings.Banner))
			require.ErrorIs(t, w.Load(t.Context()), app.ErrUnavailable)
		})
	})
}

func TestChanges(t *testing.T) {
	t.Parallel()
	t.Run("a change holds at once, and is recorded, logged and told", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		require.NoError(t, w.Set(t.Context(), admin, values("running_answers_per_user", ` 5 `)))
		require.Equal(t, 5, w.Int(settings.RunsPerUser))
		require.JSONEq(t, `5`, string(w.rows[settings.RunsPerUser].Value))
		require.Len(t, w.events, 1)
		require.Equal(t, audit.SettingChanged, w.events[0].Action)
		require.Equal(t, "3", w.events[0].Details[audit.KeyFrom])
		require.Equal(t, "5", w.events[0].Details[audit.KeyTo])
		require.Equal(t, []string{"running_answers_per_user"}, w.told)
		require.Contains(t, w.log.String(), "setting.changed")
		value := w.value(t, settings.RunsPerUser)
		require.Equal(t, "Root", value.UpdatedBy.Name)
		require.True(t, w.present.Equal(*value.UpdatedAt))
		history, err := w.GetHistory(t.Context(), admin, settings.RunsPerUser)
		require.NoError(t, err)
		require.Equal(t, []settings.Change{{From: "3", To: "5"}}, history)
	})
	t.Run("null takes a setting back to its default", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		require.NoError(t, w.Set(t.Context(), admin, values("banner", `"Hello"`)))
		require.NoError(t, w.Set(t.Context(), admin, values("banner", `null`, "signups", `null`)))
		require.Empty(t, w.Text(settings.Banner))
		require.Empty(t, w.rows)
		require.Equal(t, []string{"banner", "banner"}, w.told)
		require.Empty(t, w.events[1].Details[audit.KeyTo])
	})
	t.Run("several change together or not at all, and each mistake is told", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		err := w.Set(t.Context(), admin, values("banner", `"Hello"`, "retention_days", `-1`, "signups", `"ajar"`, "volume", `11`))
		require.ErrorIs(t, err, app.ErrInvalidInput)
		var fields []string
		for _, detail := range app.AsError(err).Details {
			fields = append(fields, detail.Field)
		}
		require.Equal(t, []string{"signups", "retention_days", "volume"}, fields)
		require.Empty(t, w.rows)
		require.NoError(t, w.Set(t.Context(), admin, values("banner", `"Hello"`, "retention_days", `30`)))
		require.Len(t, w.events, 2)
	})
	t.Run("what the environment sets cannot be changed here, nor what comes with it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[settings.Name]any{settings.Signups: "invitation"})
		for _, wanted := range []string{`"open"`, `null`} {
			err := w.Set(t.Context(), admin, values("banner", `"Hello"`, "signups", wanted))
			require.ErrorIs(t, err, app.ErrConflict)
			require.Contains(t, app.AsError(err).Message, "ENABLE_SIGNUPS")
			require.Equal(t, "signups", app.AsError(err).Details[0].Field)
			require.Empty(t, w.rows)
			require.Empty(t, w.told)
		}
		require.NoError(t, w.Set(t.Context(), admin, values("signups", `"invitation"`)), "as it is it may stay")
	})
	t.Run("only administrators change anything, and that is told before what is wrong with it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		require.ErrorIs(t, w.Set(t.Context(), app.Actor{UserID: "u", Role: app.RoleUser}, values("volume", `11`)), app.ErrForbidden)
		require.ErrorIs(t, w.SetLogo(t.Context(), app.Actor{}, nil), app.ErrForbidden)
	})
	t.Run("a value keeps the table's rules", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		for name, tries := range map[settings.Name][]string{
			settings.Signups:      {`1`, `true`, `""`, `["open"]`, ``, `{`},
			settings.RunsPerUser:  {`0`, `101`, `1.5`, `1e99`, `"3"`, `true`, `[3]`},
			settings.DefaultModel: {`1`, `"\u0000"`, `["guide"]`, `"Not an id"`, `"` + strings.Repeat("x", 101) + `"`},
			settings.EmailDomains: {`"example.org"`, `[1]`, `["ada@example.org"]`, `["a b"]`, `[""]`, `[` + strings.Repeat(`"a",`, 3) + `{}]`},
			settings.Banner:       {`7`, `"two\nlines"`, `"\u202e"`, `"` + strings.Repeat("x", 501) + `"`},
			settings.InstanceName: {`""`, `"  "`, `"` + strings.Repeat("x", 61) + `"`},
			settings.Logo:         {`"0123456789abcdef"`, `""`},
		} {
			for _, value := range tries {
				err := w.Set(t.Context(), admin, values(string(name), value))
				require.ErrorIs(t, err, app.ErrInvalidInput, "%s = %s", name, value)
				require.Equal(t, string(name), app.AsError(err).Details[0].Field)
			}
		}
		require.Empty(t, w.rows)
	})
	t.Run("what could not be stored is told to nobody", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		w.fail = errors.New("away")
		require.Error(t, w.Set(t.Context(), admin, values("signups", `"closed"`)))
		require.Empty(t, w.told)
		require.Empty(t, w.events)
	})
	t.Run("a long value has a short line in the history", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		require.NoError(t, w.Set(t.Context(), admin, values("banner", `"`+strings.Repeat("ü", 500)+`"`)))
		require.LessOrEqual(t, len(w.events[0].Details[audit.KeyTo]), 500)
	})
	t.Run("whatever is sent, what is stored can be read again", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(rt *rapid.T) {
			w := newWorld(t, nil)
			d := rapid.SampledFrom(settings.Table()).Draw(rt, "setting")
			raw := rapid.OneOf(rapid.StringMatching(`-?[0-9]{1,9}|true|false|"[a-z\\]{0,20}"|\["[a-z.]{0,9}"\]`), rapid.String()).Draw(rt, "value")
			if err := w.Set(t.Context(), admin, values(string(d.Name), raw)); err != nil {
				require.ErrorIs(rt, err, app.ErrInvalidInput)
				return
			}
			stored := len(w.rows) == 1
			require.Equal(rt, stored, w.value(t, d.Name).Source == settings.SourceDatabase)
			require.NotContains(rt, w.log.String(), "not valid")
		})
	})
}

func TestLogo(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	require.NoError(t, png.Encode(&file, image.NewNRGBA(image.Rect(0, 0, 8, 8))))
	t.Run("a picture is kept under its hash, and the hash is the setting", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		require.NoError(t, w.SetLogo(t.Context(), admin, file.Bytes()))
		hash := w.Text(settings.Logo)
		require.Len(t, hash, 32)
		reads := w.reads
		for range 3 {
			got, err := w.GetLogo(t.Context(), hash)
			require.NoError(t, err)
			require.Equal(t, w.logos[hash], got)
		}
		require.Equal(t, reads+1, w.reads, "it is remembered")
		require.NoError(t, w.SetLogo(t.Context(), admin, file.Bytes()), "the same again")
		require.Len(t, w.events, 1)
	})
	t.Run("no other hash shows anything", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		_, err := w.GetLogo(t.Context(), "")
		require.ErrorIs(t, err, app.ErrNotFound)
		require.NoError(t, w.SetLogo(t.Context(), admin, file.Bytes()))
		hash := w.Text(settings.Logo)
		require.NoError(t, w.Set(t.Context(), admin, values("logo", `null`)))
		_, err = w.GetLogo(t.Context(), hash)
		require.ErrorIs(t, err, app.ErrNotFound, "it was taken away")
	})
	t.Run("what is no picture changes nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		require.ErrorIs(t, w.SetLogo(t.Context(), admin, []byte("<svg/>")), app.ErrInvalidInput)
		require.Empty(t, w.rows)
	})
}
