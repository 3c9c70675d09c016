package controllers

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/public"
	"github.com/quillium/quillium/views"
)

// inn is an instance that anybody may join.
var inn = views.Face{Name: "The Inn", Signups: app.SignupsOpen}

func pagesApp(t *testing.T, opts PageOptions) (*fiber.App, *public.Files) {
	t.Helper()
	files, err := public.New()
	require.NoError(t, err)
	if opts.Face == nil {
		opts.Face = func() views.Face { return inn }
	}
	if opts.NeedsSetup == nil {
		opts.NeedsSetup = func(context.Context) bool { return false }
	}
	opts.Version = "1.2.3"
	pages := NewPageController(files, opts)
	web := fiber.New(fiber.Config{Immutable: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
		return pages.RenderError(c, StatusOf(app.AsError(err).Code), app.AsError(err).Message, "r-1")
	}})
	web.Get("/", pages.Home)
	web.Get("/c/:id", pages.Home)
	web.Get("/sign-in", pages.SignIn)
	web.Get("/sign-up", pages.SignUp)
	web.Get("/setup", pages.Setup)
	web.Get("/reset", pages.Reset)
	web.Get("/invite", pages.Invite)
	web.Get("/manifest.webmanifest", pages.Manifest)
	web.Get("/assets/*", pages.Asset)
	web.Get("/broken", func(c *fiber.Ctx) error { return Render(c, http.StatusOK, halfAPage{}) })
	web.Get("/late", func(c *fiber.Ctx) error {
		ctx, cancel := context.WithCancel(c.UserContext())
		c.SetUserContext(ctx)
		cancel()
		return app.ErrUnavailable
	})
	return web, files
}

func get(t *testing.T, web *fiber.App, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := web.Test(request)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response, string(body)
}

func TestPages(t *testing.T) {
	t.Parallel()
	web, files := pagesApp(t, PageOptions{})

	for _, page := range []struct{ path, contents string }{
		{"/", `id="composer"`}, {"/c/0190aaaa-0000-7000-8000-000000000004", `id="composer"`}, {"/sign-in", `id="sign-in"`},
		{"/sign-up", `id="sign-up"`}, {"/setup", "administrator already"}, {"/reset", `id="reset"`}, {"/invite", `id="invite"`},
	} {
		t.Run("a browser gets "+page.path, func(t *testing.T) {
			t.Parallel()
			response, body := get(t, web, page.path)
			require.Equal(t, http.StatusOK, response.StatusCode)
			require.Equal(t, "text/html; charset=utf-8", response.Header.Get("Content-Type"))
			require.Equal(t, "no-cache", response.Header.Get("Cache-Control"))
			require.Contains(t, body, page.contents)
			require.Contains(t, body, files.URL("css/base.css"))
			require.Contains(t, body, "The Inn")
		})
	}

	t.Run("the pages follow the instance as it is at each request", func(t *testing.T) {
		t.Parallel()
		face, needed := inn, false
		web, _ := pagesApp(t, PageOptions{Face: func() views.Face { return face }, NeedsSetup: func(context.Context) bool { return needed }})
		_, body := get(t, web, "/sign-up")
		require.NotContains(t, body, "novalidate hidden")
		face, needed = views.Face{Name: "The Tavern", Banner: "Closed on <Monday>", Logo: "abc", Signups: app.SignupsByInvitation}, true
		_, body = get(t, web, "/sign-up")
		require.Contains(t, body, "novalidate hidden")
		for _, part := range []string{"by invitation", "The Tavern", "Closed on &lt;Monday&gt;", `src="/logo/abc"`} {
			require.Contains(t, body, part)
		}
		_, body = get(t, web, "/setup")
		require.Contains(t, body, "<form")
	})

	t.Run("what is installed has the instance's name and logo", func(t *testing.T) {
		t.Parallel()
		response, body := get(t, web, "/manifest.webmanifest")
		require.Equal(t, "application/manifest+json", response.Header.Get("Content-Type"))
		require.Contains(t, body, `"name":"The Inn"`)
		require.Contains(t, body, files.URL("favicon.svg"))
		dressed, _ := pagesApp(t, PageOptions{Face: func() views.Face { return views.Face{Name: "<Inn>", Logo: "abc"} }})
		_, body = get(t, dressed, "/manifest.webmanifest")
		require.Contains(t, body, `"src":"/logo/abc"`)
	})

	t.Run("an error is told when the time for the request is over, too", func(t *testing.T) {
		t.Parallel()
		response, body := get(t, web, "/late")
		require.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
		require.Contains(t, body, app.ErrUnavailable.Message)
	})
	t.Run("an error is a page with its status, sentence and request id", func(t *testing.T) {
		t.Parallel()
		response, body := get(t, web, "/assets/x/nothing.js")
		require.Equal(t, http.StatusNotFound, response.StatusCode)
		require.Contains(t, body, app.ErrNotFound.Message)
		require.Contains(t, body, "r-1")
	})

	t.Run("a page that fails half way sends none of its first half", func(t *testing.T) {
		t.Parallel()
		response, body := get(t, web, "/broken")
		require.Equal(t, http.StatusInternalServerError, response.StatusCode)
		require.NotContains(t, body, "the first half")
		require.NotContains(t, body, "ink ran out")
	})
}

func TestAssets(t *testing.T) {
	t.Parallel()
	web, files := pagesApp(t, PageOptions{})
	url := files.URL("vendor/marked.js")

	t.Run("an asset is kept for ever and never sniffed", func(t *testing.T) {
		t.Parallel()
		response, body := get(t, web, url)
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Equal(t, "text/javascript; charset=utf-8", response.Header.Get("Content-Type"))
		require.Equal(t, public.CacheForever, response.Header.Get("Cache-Control"))
		require.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
		require.Equal(t, "Accept-Encoding", response.Header.Get("Vary"))
		require.Empty(t, response.Header.Get("Content-Encoding"))
		require.Equal(t, files.Text("vendor/marked.js"), body)
	})

	t.Run("it is compressed for whoever takes that", func(t *testing.T) {
		t.Parallel()
		response, body := get(t, web, url, "Accept-Encoding", "br, gzip")
		require.Equal(t, "gzip", response.Header.Get("Content-Encoding"))
		require.Less(t, len(body), len(files.Text("vendor/marked.js"))/2)
		reader, err := gzip.NewReader(strings.NewReader(body))
		require.NoError(t, err)
		plain, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.Equal(t, files.Text("vendor/marked.js"), string(plain))
	})

	t.Run("it is not sent twice", func(t *testing.T) {
		t.Parallel()
		first, _ := get(t, web, url)
		response, body := get(t, web, url, "If-None-Match", `"other", W/`+first.Header.Get("ETag"))
		require.Equal(t, http.StatusNotModified, response.StatusCode)
		require.Empty(t, body)
	})

	t.Run("a refused coding is not used", func(t *testing.T) {
		t.Parallel()
		for header, want := range map[string]bool{
			"gzip": true, "deflate, GZIP;q=0.5": true, "gzip; q=1": true, "": false, "identity": false, "gzip;q=0": false,
			"br, gzip; q=0.0": false, "gzip;q=0.000": false, "x-gzip2": false,
		} {
			require.Equal(t, want, acceptsGzip(header), header)
		}
	})

	t.Run("pages that are no assets are not served as such", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"/assets/x/../openapi.yaml", "/assets/x/%2e%2e/openapi.yaml", "/assets/x/tests/room.test.mjs"} {
			response, _ := get(t, web, path)
			require.Equal(t, http.StatusNotFound, response.StatusCode, path)
		}
	})
}

// halfAPage writes something and then fails.
type halfAPage struct{}

var _ templ.Component = halfAPage{}

func (halfAPage) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, "the first half")
	return errors.Join(err, errors.New("the ink ran out"))
}
