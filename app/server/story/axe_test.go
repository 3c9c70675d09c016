package story

import (
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/docs"
	"github.com/quillium/quillium/repositories/pgtest"
)

// look sets the scheme and the size of the page, without motion.
func (b tab) look(scheme string, width, height int64) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	require.NoError(b.t, err)
	b.do(chromedp.EmulateViewport(width, height))
	// By the second frame the page has been told of its size.
	eval[string](b, `window.sized = false; requestAnimationFrame(() => requestAnimationFrame(() => (window.sized = true))); ""`)
	b.eventually("window.sized", "drawn")
}

// axe finds what keeps people from using a page (npm: axe-core).
type axe struct{ source string }

func newAxe(t *testing.T) axe {
	t.Helper()
	path, err := exec.CommandContext(t.Context(), top+"scripts/get-axe").Output()
	require.NoError(t, err, "scripts/get-axe")
	source, err := os.ReadFile(strings.TrimSpace(string(path)))
	require.NoError(t, err)
	return axe{source: string(source)}
}

// accepts holds the page, as it stands, to every rule at both widths, and to
// those about colour, which is all that a scheme changes, in the dark too.
func (a axe) accepts(b tab, page string) {
	b.t.Helper()
	eval[string](b, `if (!window.axe) {`+a.source+`}; ""`)
	for _, width := range []int64{1280, 360} {
		for scheme, rules := range map[string]string{"light": "", "dark": `, runOnly: ["color-contrast", "link-in-text-block"]`} {
			b.look(scheme, width, 800)
			eval[string](b, `window.told = undefined; axe.run({resultTypes: ["violations"]`+rules+`}).then((r) => (window.told = r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ") + " (" + n.any.concat(n.all, n.none).map((c) => c.message).join("; ") + ")").join("\n  ")).join("\n")), (e) => (window.told = String(e))); ""`)
			b.eventually(`window.told !== undefined`, "looked at")
			require.Empty(b.t, eval[string](b, "window.told"), "%s, %s, %d wide", page, scheme, width)
		}
	}
	b.look("light", 1280, 800)
}

// Every page that one comes to from outside can be used by everybody.
func TestAxeOutside(t *testing.T) {
	t.Parallel()
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t))
	p.start()
	p.join("grace")
	a, b := newAxe(t), newBrowser(t)
	paths := []string{"/sign-in", "/sign-up", "/setup", "/setup#0000", "/reset", "/reset#0000", "/invite", "/invite#0000", "/handbook", "/handbook?q=model", "/handbook?q=zzzz", "/api/docs", "/nothing"}
	pages, err := fs.Glob(docs.Files(), "*.md")
	require.NoError(t, err)
	for _, name := range pages {
		paths = append(paths, "/handbook/"+strings.TrimSuffix(name, ".md"))
	}
	link, err := p.command("setup-link").Output()
	require.NoError(t, err)
	var invite struct{ URL string }
	p.call("POST", "/chats/"+p.open("guide")+"/invites", object{"role": "editor"}, 201, &invite)
	for _, path := range append(paths, p.pathIn(string(link)), p.pathIn(invite.URL)) {
		b.open("about:blank")
		b.open(p.url + path)
		b.eventually(`document.readyState === "complete" && !(document.querySelector("#invite")?.hidden && document.querySelector("#invite-gone").hidden)`, "loaded")
		eval[string](b, `for (const details of document.querySelectorAll("details")) details.open = true; ""`)
		a.accepts(b, path)
	}
	for _, page := range []string{"/sign-up", p.pathIn(invite.URL)} {
		b.open("about:blank")
		b.open(p.url + page)
		b.press(`[...document.querySelectorAll("form:not([hidden]) [type=submit]")].find((button) => button.checkVisibility())`)
		b.eventually(`document.querySelectorAll("[aria-invalid=true]").length > 0`, "what is wrong is told")
		a.accepts(b, page+" with what is wrong")
	}
}

// pathIn is the path, with its token, of the first link in a text.
func (p *program) pathIn(text string) string {
	_, link, _ := strings.Cut(text, p.url)
	path, _, _ := strings.Cut(link, "\n")
	return strings.TrimSpace(path)
}
