package server_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app/server/contract"
)

// browser is somebody at the console without JavaScript: it keeps cookies,
// says where its forms come from, and follows nothing by itself.
type browser struct {
	w      *world
	client *http.Client
	jar    *cookiejar.Jar
}

func (w *world) browser(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &browser{w: w, jar: jar, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// atConsole is a browser in which an administrator signed in.
func (w *world) atConsole(t testing.TB, email string) *browser {
	t.Helper()
	b := w.browser(t)
	require.Equal(t, 303, b.post(t, "/admin/sign-in", "email", email, "password", password).status)
	return b
}

func (b *browser) do(t testing.TB, method, path, body string, head ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, b.w.url+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(head); i += 2 {
		request.Header.Set(head[i], head[i+1])
	}
	response, err := b.client.Do(request)
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return answer{response.StatusCode, response.Header, string(text)}
}

func (b *browser) get(t testing.TB, path string, head ...string) answer {
	t.Helper()
	return b.do(t, "GET", path, "", head...)
}

var tokenOfForm = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// token is that of the forms on a page.
func (b *browser) token(t testing.TB, path string) string {
	t.Helper()
	found := tokenOfForm.FindStringSubmatch(b.get(t, path).body)
	require.NotNil(t, found, "%s has no form", path)
	return found[1]
}

// post sends a form as the page has it: pairs are names and values.
func (b *browser) post(t testing.TB, path string, pairs ...string) answer {
	t.Helper()
	at := path
	if path != "/admin/sign-in" {
		at = "/admin"
	}
	return b.do(t, "POST", path, form(append([]string{"csrf", b.token(t, at)}, pairs...)...))
}

func form(pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return values.Encode()
}

// forget loses one cookie, as time does.
func (b *browser) forget(t testing.TB, path, name string) {
	t.Helper()
	at, err := url.Parse(b.w.url + path)
	require.NoError(t, err)
	b.jar.SetCookies(at, []*http.Cookie{{Name: name, Path: path, MaxAge: -1}})
}

func testConsole(t *testing.T, c *contract.Contract) {
	w := boot(t, c, "ADMIN_EMAIL", "admin@example.org", "ADMIN_PASSWORD", password, "OPENAI_BASE_URL", endpoint(t).URL+"/v1")
	ada := w.join(t, "Ada")
	t.Run("settings", func(t *testing.T) { t.Parallel(); testConsoleSettings(t, w) })
	t.Run("what was logged", func(t *testing.T) { t.Parallel(); testConsoleLogs(t, w) })
	t.Run("what it is", func(t *testing.T) { t.Parallel(); testConsoleSystem(t, w) })
	t.Run("chats", func(t *testing.T) { t.Parallel(); testConsoleChats(t, w) })
	t.Run("what runs", func(t *testing.T) { t.Parallel(); testConsoleRunning(t, w) })
	t.Run("nobody is led to the sign-in page, and back from there", func(t *testing.T) {
		t.Parallel()
		b := w.browser(t)
		got := b.get(t, "/admin?range=30d")
		require.Equal(t, 303, got.status)
		require.Equal(t, "/admin/sign-in?next=%2Fadmin%3Frange%3D30d", got.head.Get("Location"))
		got = b.post(t, "/admin/sign-in", "email", "admin@example.org", "password", password, "next", "/admin?range=30d")
		require.Equal(t, "/admin?range=30d", got.head.Get("Location"))
		require.Contains(t, b.get(t, "/admin").body, "<h1>Overview</h1>")
	})
	t.Run("a program is told that it is nobody", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, 401, w.browser(t).get(t, "/admin", "Accept", "application/json").status)
		require.Equal(t, 401, w.browser(t).get(t, "/admin", "HX-Request", "true").status, "part of a page cannot be a sign-in page")
	})
	t.Run("a user gets 403, with and without cookies", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, 403, w.browser(t).get(t, "/admin", "Authorization", "Bearer "+ada.access).status)
		b := w.browser(t)
		got := b.post(t, "/admin/sign-in", "email", ada.email, "password", password)
		require.Equal(t, 403, got.status)
		require.Contains(t, got.body, "The console is for administrators")
		require.Contains(t, got.body, ada.email, "what was typed is still there")
		require.Equal(t, 303, b.get(t, "/admin").status, "he was not signed in")
	})
	t.Run("an access token in the header works too", func(t *testing.T) {
		t.Parallel()
		admin := w.signIn(t, "admin@example.org")
		b := w.browser(t)
		require.Equal(t, 200, b.get(t, "/admin", "Authorization", "Bearer "+admin.access).status)
		require.Equal(t, 303, b.do(t, "POST", "/admin/sign-out", "", "Authorization", "Bearer "+admin.access, "Sec-Fetch-Site", "").status, "and has nothing to be forged")
	})
	t.Run("an access token that ran out is renewed, and nobody notices", func(t *testing.T) {
		t.Parallel()
		b := w.atConsole(t, "admin@example.org")
		b.forget(t, "/admin", "quillium_access")
		got := b.get(t, "/admin")
		require.Equal(t, 200, got.status)
		require.Contains(t, fmt.Sprint(got.head.Values("Set-Cookie")), "quillium_access=")
		b.forget(t, "/admin", "quillium_access")
		b.forget(t, "/", "quillium_refresh")
		require.Equal(t, 303, b.get(t, "/admin").status)
	})
	t.Run("the console's cookie is for the console", func(t *testing.T) {
		t.Parallel()
		b := w.atConsole(t, "admin@example.org")
		require.Equal(t, 401, b.get(t, "/api/v1/users/me", "Accept", "application/json").status)
		got := b.post(t, "/admin/sign-in", "email", "admin@example.org", "password", password)
		for _, cookie := range got.head.Values("Set-Cookie") {
			require.Contains(t, cookie, "HttpOnly")
			require.Contains(t, cookie, "SameSite=Lax")
			require.Equal(t, strings.HasPrefix(cookie, "quillium_access"), strings.Contains(cookie, "path=/admin"), cookie)
		}
	})
	t.Run("a form needs its token and has to come from here", func(t *testing.T) {
		t.Parallel()
		b := w.atConsole(t, "admin@example.org")
		token, other := b.token(t, "/admin"), w.atConsole(t, "admin@example.org").token(t, "/admin")
		require.NotEqual(t, token, other)
		for _, body := range []string{"", form("csrf", other), form("csrf", token+"x")} {
			require.Equal(t, 403, b.do(t, "POST", "/admin/sign-out", body).status, body)
		}
		for _, site := range []string{"cross-site", "same-site", "none"} {
			require.Equal(t, 403, b.do(t, "POST", "/admin/sign-out", form("csrf", token), "Sec-Fetch-Site", site).status, site)
		}
		require.Equal(t, 403, b.do(t, "POST", "/admin/sign-out", form("csrf", token), "Sec-Fetch-Site", "", "Origin", "https://elsewhere.example").status)
		require.Equal(t, 303, b.do(t, "POST", "/admin/sign-out", "", "X-CSRF-Token", token, "Sec-Fetch-Site", "", "Origin", w.url).status)
		require.Equal(t, 303, b.get(t, "/admin").status, "signed out")
		visitor := w.browser(t)
		require.Equal(t, 403, visitor.do(t, "POST", "/admin/sign-in", form("email", "admin@example.org", "password", password)).status)
		require.Equal(t, 403, visitor.do(t, "POST", "/admin/sign-in", form("csrf", token, "email", "admin@example.org", "password", password)).status)
	})
	t.Run("a wrong password keeps the address that was typed, and leads nowhere else", func(t *testing.T) {
		t.Parallel()
		b := w.browser(t)
		got := b.post(t, "/admin/sign-in", "email", "admin@example.org", "password", "wrong horse battery", "next", "//elsewhere.example/admin")
		require.Equal(t, 401, got.status)
		require.Contains(t, got.body, `value="admin@example.org"`)
		require.NotContains(t, got.body, "wrong horse")
		for _, next := range []string{"//elsewhere.example/admin", "https://elsewhere.example/admin", `/\elsewhere.example`, "/admin/../c", "/", "/administration"} {
			got := b.post(t, "/admin/sign-in", "email", "admin@example.org", "password", password, "next", next)
			require.Equal(t, "/admin", got.head.Get("Location"), next)
		}
	})
}
