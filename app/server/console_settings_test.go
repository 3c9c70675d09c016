package server_test

import (
	"bytes"
	"encoding/base64"
	"mime/multipart"
	"testing"

	"github.com/stretchr/testify/require"
)

// testConsoleSettings is what an administrator sets without JavaScript, of
// what the others on this server do not feel.
func testConsoleSettings(t *testing.T, w *world) {
	b := w.atConsole(t, "admin@example.org")
	t.Run("a group is saved, with where values come from, and who changed them when beside", func(t *testing.T) {
		page := b.get(t, "/admin/settings").body
		for _, part := range []string{`name="signups"`, `name="retention_days"`, ">default<", `type="file"`} {
			require.Contains(t, page, part)
		}
		got := b.post(t, "/admin/settings/retention", "retention_days", "3650", "audit_retention_days", "365")
		require.Equal(t, 303, got.status)
		page = b.get(t, got.head.Get("Location")).body
		require.Contains(t, page, "It holds on all servers now.")
		require.Contains(t, page, `value="3650"`)
		require.Contains(t, page, ">set here<")
		require.Contains(t, b.get(t, "/admin/settings?name=retention_days").body, `<span dir="auto">0</span> → <span dir="auto">3650</span>`)
		require.Contains(t, b.get(t, "/admin/settings?name=default_model").body, "Nobody has changed this yet.")
		require.Equal(t, 200, b.get(t, "/admin/settings?name=%3Cb%3E").status)
	})
	t.Run("what is wrong is told beside its field, and what was typed stays", func(t *testing.T) {
		got := b.post(t, "/admin/settings/retention", "retention_days", "for ever", "audit_retention_days", "366")
		require.Equal(t, 400, got.status)
		require.Contains(t, got.body, "a whole number from 0 to 3650 is expected")
		require.Contains(t, got.body, `value="for ever"`)
		require.Contains(t, got.body, `value="366"`)
		got = b.post(t, "/admin/settings/accounts", "signups", "ajar", "email_domains", "a@b <x>\nexample.org", "session_unused_hours", "168", "session_longest_days", "null")
		require.Equal(t, 400, got.status)
		require.Contains(t, got.body, "a domain such as example.org is expected")
		require.Contains(t, got.body, "&lt;x&gt;")
	})
	t.Run("one is taken back to its default", func(t *testing.T) {
		got := b.post(t, "/admin/settings/retention", "retention_days", "7", "reset", "retention_days")
		require.Equal(t, 303, got.status)
		require.Contains(t, b.get(t, got.head.Get("Location")).body, "It is the default again")
		require.Equal(t, 400, b.post(t, "/admin/settings/retention", "reset", "volume").status)
	})
	t.Run("a form needs its token", func(t *testing.T) {
		require.Equal(t, 403, b.do(t, "POST", "/admin/settings/retention", form("retention_days", "1")).status)
		require.Equal(t, 403, b.do(t, "POST", "/admin/settings/logo", form()).status)
	})
	t.Run("a logo is chosen as a file", func(t *testing.T) {
		upload := func(name string, file []byte) answer {
			var body bytes.Buffer
			parts := multipart.NewWriter(&body)
			require.NoError(t, parts.WriteField("csrf", b.token(t, "/admin")))
			part, err := parts.CreateFormFile(name, "logo.png")
			require.NoError(t, err)
			_, err = part.Write(file)
			require.NoError(t, err)
			require.NoError(t, parts.Close())
			return b.do(t, "POST", "/admin/settings/logo", body.String(), "Content-Type", parts.FormDataContentType())
		}
		file, err := base64.StdEncoding.DecodeString(drawing(t))
		require.NoError(t, err)
		require.Equal(t, 303, upload("logo", file).status)
		require.Contains(t, b.get(t, "/admin/settings").body, `class="logo-shown" src="/logo/`)
		got := upload("logo", []byte("<svg/>"))
		require.Equal(t, 400, got.status)
		require.Contains(t, got.body, "a PNG, JPEG or WebP picture is expected")
		require.Contains(t, upload("other", file).body, "choose a picture first")
		require.Equal(t, 413, upload("logo", make([]byte, 100_000)).status)
		require.Equal(t, 303, b.post(t, "/admin/settings/look", "reset", "logo").status)
	})
}
