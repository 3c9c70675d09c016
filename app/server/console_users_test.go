package server_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server/contract"
)

// testConsoleUsers works on accounts in the console, without JavaScript.
func testConsoleUsers(t *testing.T, c *contract.Contract) {
	w := boot(t, c, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password)
	b := w.atConsole(t, "admin@example.org")
	leads := func(t *testing.T, got answer, did string) {
		t.Helper()
		require.Equal(t, http.StatusSeeOther, got.status, got.body)
		require.Contains(t, got.head.Get("Location"), "done="+did)
	}
	t.Run("an account is made with a link for its password, found, changed and disabled", func(t *testing.T) {
		got := b.post(t, "/admin/users", "name", "Ada <b>", "email", "ada@example.org")
		require.Equal(t, 201, got.status)
		require.Contains(t, got.body, "/reset#")
		require.Contains(t, got.body, "Ada &lt;b&gt;")
		id := regexp.MustCompile(`/admin/users\?id=([0-9a-f-]+)`).FindStringSubmatch(got.body)[1]
		require.Contains(t, b.get(t, "/admin/users?q=ADA%40ex").body, "1 account")
		panel := b.get(t, "/admin/users?q=ada&id="+id).body
		require.Contains(t, panel, `id="panel"`)
		require.Contains(t, panel, "Signed in nowhere.")
		leads(t, b.post(t, "/admin/users/"+id+"/edit", "name", "Ada L.", "email", "ada.l@example.org", "back", "/admin/users?q=ada&id="+id), "user.changed")
		leads(t, b.post(t, "/admin/users/"+id+"/role", "role", "admin"), "user.role.admin")
		leads(t, b.post(t, "/admin/users/"+id+"/role", "role", "user"), "user.role.user")
		leads(t, b.post(t, "/admin/users/"+id+"/status", "status", "disabled"), "user.status.disabled")
		require.Contains(t, b.get(t, "/admin/users?status=disabled&done=user.status.disabled").body, "Enable undoes it.")
		refused := b.post(t, "/admin/users/"+id+"/edit", "name", "", "email", "typed, and kept")
		require.Equal(t, 400, refused.status)
		require.Contains(t, refused.body, `value="typed, and kept"`)
		require.Contains(t, refused.body, `aria-invalid="true"`)
	})
	t.Run("what was typed stays where an account cannot be made", func(t *testing.T) {
		got := b.post(t, "/admin/users", "name", "Eve", "email", "admin@example.org", "password", "a long enough one")
		require.Equal(t, 409, got.status)
		require.Contains(t, got.body, `value="Eve"`)
		require.NotContains(t, got.body, "a long enough one")
	})
	t.Run("the last administrator stays one", func(t *testing.T) {
		admin := w.signIn(t, "admin@example.org")
		got := b.post(t, "/admin/users/"+admin.id+"/status", "status", "disabled")
		require.Equal(t, 409, got.status)
		require.Contains(t, got.body, "last active administrator")
	})
	t.Run("devices are signed out, one or all", func(t *testing.T) {
		eve := w.join(t, "Eve")
		phone := w.again(t, eve)
		panel := b.get(t, "/admin/users?id="+eve.id).body
		session := regexp.MustCompile(`/sessions/([0-9a-f-]+)/end`).FindStringSubmatch(panel)[1]
		leads(t, b.post(t, "/admin/users/"+eve.id+"/sessions/"+session+"/end"), "session.ended")
		w.want(t, 401, phone, "GET /users/me", "")
		leads(t, b.post(t, "/admin/users/"+eve.id+"/sign-out"), "user.signed_out")
		w.want(t, 401, eve, "GET /users/me", "")
	})
	t.Run("a link for a new password wants a reason, and is shown once", func(t *testing.T) {
		eve := w.join(t, "Eve")
		require.Equal(t, 400, b.post(t, "/admin/users/"+eve.id+"/reset-link").status)
		got := b.post(t, "/admin/users/"+eve.id+"/reset-link", "reason", "she asked")
		require.Equal(t, 200, got.status)
		token := regexp.MustCompile(`/reset#([A-Za-z0-9_-]+)`).FindStringSubmatch(got.body)[1]
		require.NotContains(t, b.get(t, "/admin/users?id="+eve.id).body, token)
		w.want(t, 204, nil, "POST /auth/reset", object("token", token, "new_password", "another long one"))
	})
	t.Run("many are deleted after one question", func(t *testing.T) {
		ida, ivo := w.join(t, "Ida"), w.join(t, "Ivo")
		require.Equal(t, 400, b.post(t, "/admin/users/bulk", "action", "delete").status, "nobody was picked")
		asked := b.post(t, "/admin/users/bulk", "action", "delete", "ids", ida.id, "ids", ivo.id)
		require.Equal(t, 200, asked.status)
		require.Contains(t, asked.body, "Delete 2 accounts?")
		w.want(t, 200, ida, "GET /users/me", "")
		leads(t, b.post(t, "/admin/users/bulk", "action", "delete", "ids", ida.id, "ids", ivo.id, "messages", "keep"), "users.delete")
		w.want(t, 401, ida, "GET /users/me", "")
		got := b.post(t, "/admin/users/bulk", "action", "disable", "ids", ivo.id)
		require.Equal(t, 409, got.status)
		require.Contains(t, got.body, "Not done for these")
		require.Contains(t, b.get(t, "/admin/users/"+w.join(t, "Kim").id+"/delete").body, "Delete Kim (kim.")
	})
	t.Run("accounts are taken away with a reason, and no formulas", func(t *testing.T) {
		require.Equal(t, 400, b.post(t, "/admin/users/export", "reason", "").status)
		got := b.post(t, "/admin/users/export", "reason", "a report")
		require.Equal(t, 200, got.status)
		require.True(t, strings.HasPrefix(got.body, "id,email,name,"), got.body)
	})
	t.Run("a link lets people in, and is taken back", func(t *testing.T) {
		got := b.post(t, "/admin/invites", "max_uses", "2", "days", "7")
		require.Equal(t, 201, got.status)
		require.Contains(t, got.body, "/sign-up#")
		id := regexp.MustCompile(`/admin/invites/([0-9a-f-]+)/delete`).FindStringSubmatch(got.body)[1]
		leads(t, b.post(t, "/admin/invites/"+id+"/delete"), "invite.deleted")
		refused := b.post(t, "/admin/invites", "max_uses", "many", "days", "31")
		require.Equal(t, 400, refused.status)
		require.Contains(t, refused.body, `value="many"`)
		require.Contains(t, refused.body, "1 to 30 days are expected")
	})
	t.Run("what is not there is not found", func(t *testing.T) {
		require.Equal(t, 404, b.get(t, "/admin/users?id=x").status)
		require.Equal(t, 404, b.post(t, "/admin/users/x/edit", "name", "X").status)
		require.Equal(t, 400, b.get(t, "/admin/users?sort=shoe").status)
	})
}
