package controllers

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/public"
	"github.com/quillium/quillium/views"
)

// PageOptions is what the pages tell about the instance.
type PageOptions struct {
	// Face is how the instance shows itself now.
	Face func() views.Face
	// NeedsSetup tells whether there is no administrator yet.
	NeedsSetup func(ctx context.Context) bool
	// Version is the program's.
	Version string
}

// PageController answers browsers with pages and assets. No page holds
// anything about a user: what is private comes through the API.
type PageController struct {
	files *public.Files
	opts  PageOptions
	icons string
}

// NewPageController serves these files and pages of this instance.
func NewPageController(files *public.Files, opts PageOptions) *PageController {
	return &PageController{files: files, opts: opts, icons: files.Text("icons.svg")}
}

// Home is the shell of the chat, with or without a chat in the path.
func (p *PageController) Home(c *fiber.Ctx) error {
	return Render(c, http.StatusOK, views.Chat(p.Page("")))
}

// SignIn is the page that asks for address and password.
func (p *PageController) SignIn(c *fiber.Ctx) error {
	return Render(c, http.StatusOK, views.SignIn(p.entrance(c, "Sign in")))
}

// SignUp is the page that makes an account, where sign-ups are open.
func (p *PageController) SignUp(c *fiber.Ctx) error {
	return Render(c, http.StatusOK, views.SignUp(p.entrance(c, "Create an account")))
}

// Setup is the page of the set-up link; its token stays in the fragment.
func (p *PageController) Setup(c *fiber.Ctx) error {
	return Render(c, http.StatusOK, views.Setup(p.entrance(c, "Set up")))
}

// Reset is the page of a link for a new password, its token in the fragment.
func (p *PageController) Reset(c *fiber.Ctx) error {
	return Render(c, http.StatusOK, views.Reset(p.entrance(c, "New password")))
}

// Invite is the page of an invite link; its token stays in the fragment.
func (p *PageController) Invite(c *fiber.Ctx) error {
	return Render(c, http.StatusOK, views.Invite(p.entrance(c, "Invitation")))
}

// manifest is what a browser wants to know of a page that it is to install (W3C
// Web Application Manifest).
type manifest struct {
	Name       string         `json:"name"`
	ShortName  string         `json:"short_name"`
	StartURL   string         `json:"start_url"`
	Scope      string         `json:"scope"`
	Display    string         `json:"display"`
	Background string         `json:"background_color"`
	Theme      string         `json:"theme_color"`
	Icons      []manifestIcon `json:"icons"`
}

type manifestIcon struct {
	Src   string `json:"src"`
	Sizes string `json:"sizes"`
	Type  string `json:"type"`
}

// Manifest is what the chat is called, and looks like, once it is installed.
func (p *PageController) Manifest(c *fiber.Ctx) error {
	const paper = "#fbfaf8"
	face := p.opts.Face()
	icon := manifestIcon{p.files.URL("favicon.svg"), "any", "image/svg+xml"}
	if face.Logo != "" {
		icon = manifestIcon{"/logo/" + face.Logo, "any", "image/png"}
	}
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return c.JSON(manifest{face.Name, face.Name, "/", "/", "standalone", paper, paper, []manifestIcon{icon}}, "application/manifest+json")
}

// RenderError answers a browser with a page that says what went wrong, in the
// sentence given.
func (p *PageController) RenderError(c *fiber.Ctx, status int, message, requestID string) error {
	problem := views.Problem{
		Page: p.Page("Something is in the way"), Status: status, Message: message, RequestID: requestID,
	}
	if actorOf(c).Role == app.RoleAdmin {
		problem.Log = "/admin/logs?request_id=" + url.QueryEscape(requestID)
	}
	return Render(c, status, views.Error(problem))
}

// Asset serves one file of public, compressed where that is accepted, and for
// ever where the path names the present tree. Error codes: not_found.
func (p *PageController) Asset(c *fiber.Ctx) error {
	file, cache, ok := p.files.Find(c.Path())
	if !ok {
		return app.ErrNotFound
	}
	c.Set(fiber.HeaderCacheControl, cache)
	c.Set(fiber.HeaderETag, file.ETag)
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	if etagListed(c.Get(fiber.HeaderIfNoneMatch), file.ETag) {
		return c.SendStatus(http.StatusNotModified)
	}
	c.Set(fiber.HeaderContentType, file.ContentType)
	if acceptsGzip(c.Get(fiber.HeaderAcceptEncoding)) {
		if body := file.Gzip(); body != nil {
			c.Set(fiber.HeaderContentEncoding, "gzip")
			return c.Send(body)
		}
	}
	return c.Send(file.Body)
}

// Page is what every page of this instance needs, under a title.
func (p *PageController) Page(title string) views.Page {
	return views.Page{
		Title: title, Face: p.opts.Face(), Version: p.opts.Version,
		Assets: p.files.Base(), Icons: p.icons,
	}
}

func (p *PageController) entrance(c *fiber.Ctx, title string) views.Entrance {
	return views.Entrance{
		Page:       p.Page(title),
		NeedsSetup: p.opts.NeedsSetup(c.UserContext()),
	}
}

// Render answers with a page. It writes the whole page before it answers: a component that fails half
// way must not have sent its first half. It asks nobody and takes no time, so
// it does not end with the request's deadline: the page that tells of an error
// is rendered after it.
func Render(c *fiber.Ctx, status int, page templ.Component) error {
	var out bytes.Buffer
	if err := page.Render(context.WithoutCancel(c.UserContext()), &out); err != nil {
		return app.AsError(err)
	}
	c.Set(fiber.HeaderCacheControl, "no-cache")
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(status).Send(out.Bytes())
}

// etagListed compares weakly, as RFC 9110 wants for If-None-Match.
func etagListed(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == etag || tag == "*" {
			return true
		}
	}
	return false
}

// acceptsGzip reads Accept-Encoding; "gzip;q=0" is a refusal.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			weight = strings.TrimSpace(weight)
			return weight != "q=0" && !strings.HasPrefix(weight, "q=0.000") && weight != "q=0.0" && weight != "q=0.00"
		}
	}
	return false
}
