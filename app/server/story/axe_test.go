package story

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/quillium/quillium/app"
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

// Every page can be used by everybody: with nothing in it, with one row and
// with many, and with what opens over it.
func TestAxe(t *testing.T) {
	t.Parallel()
	model := newEndpoint(t, 3, time.Millisecond)
	p := newProgram(t, "DATABASE_URL="+pgtest.Empty(t), "OPENAI_BASE_URL="+model.URL+"/v1", "DEFAULT_MODEL=words")
	p.start()
	a, b := newAxe(t), newBrowser(t)

	t.Run("before one signs in", func(t *testing.T) {
		b := tab{t: t, ctx: b.ctx}
		for _, path := range []string{"/sign-in", "/sign-up", "/setup", "/setup#0000", "/reset", "/reset#0000", "/invite", "/invite#0000", "/handbook", "/handbook?q=model", "/handbook?q=zzzz", "/handbook/api", "/nothing"} {
			b.open("about:blank")
			b.open(p.url + path)
			b.eventually(`document.readyState === "complete"`, "loaded")
			a.accepts(b, path)
		}
	})

	b.signUp(p, "Ada")
	p.as("ada")
	const closed = `!document.querySelector("dialog, .menu")`
	for _, rows := range []int{0, 1, 200} {
		t.Run(fmt.Sprint("a chat, with ", rows, " chats and messages"), func(t *testing.T) {
			b := tab{t: t, ctx: b.ctx}
			path := p.furnish(rows)
			b.open(p.url + "/")
			b.eventually(fmt.Sprintf(`document.querySelectorAll(".chat-link").length === %d && document.querySelector("#connection").textContent === "Live"`, min(rows, 50)), "the list")
			a.accepts(b, "/")
			b.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
			b.eventually(`document.querySelectorAll(".hit").length === `+fmt.Sprint(min(rows, 8)), "the search")
			b.do(chromedp.KeyEvent("story"))
			b.eventually(`/^(Nothing|One|The first)/.test(document.querySelector(".hits-told").textContent)`, "found or not")
			a.accepts(b, "the search")
			b.do(chromedp.KeyEvent(kb.Escape))
			b.eventually(closed, "closed")
			for _, view := range []string{"Archived chats", "Deleted chats", "Chats"} {
				b.press(`document.querySelector("#chats-filter")`)
				b.press(fmt.Sprintf(`[...document.querySelectorAll(".menu-item")].find((item) => item.textContent === %q)`, view))
				b.eventually(closed+` && Boolean(document.querySelector(".chat-link, .chats-empty"))`, "listed")
				a.accepts(b, view)
			}
			if path == "" {
				return
			}
			b.open(p.url + path)
			b.eventually(fmt.Sprintf(`document.querySelectorAll("#log .message").length >= %d`, min(rows, 50)), "the messages")
			a.accepts(b, "a chat")
		})
	}

	// What opens over a chat with everything in it.
	for _, over := range []struct{ name, open, there string }{
		{"people", `document.querySelector("#open-people")`, `!document.querySelector("#people").hidden && document.querySelector(".person")`},
		{"no people", `document.querySelector("#close-people")`, `document.querySelector("#people").hidden`},
		{"the chat's menu", `document.querySelector("#room-more")`, `document.querySelector(".menu")`},
		{"the models", `document.querySelector("#model")`, `document.querySelector(".menu")`},
		{"a message's menu", `document.querySelector("#log .tools [aria-haspopup=menu]")`, `document.querySelector(".menu")`},
		{"settings", `document.querySelector("#account")`, `document.querySelector("dialog .device")`},
		{"the chat's settings", `document.querySelector("#room-settings")`, `document.querySelector("dialog form")`},
		{"versions", `document.querySelector(".versions-all")`, `document.querySelector(".version-row")`},
		{"an editor", `document.querySelector("#log .own [aria-label=Edit]")`, `document.querySelector(".editor")`},
	} {
		t.Run("with "+over.name, func(t *testing.T) {
			b := tab{t: t, ctx: b.ctx}
			b.press(over.open)
			b.eventually(`Boolean(`+over.there+`)`, over.name)
			a.accepts(b, over.name)
			b.do(chromedp.KeyEvent(kb.Escape))
			b.eventually(closed+` && !document.querySelector(".editor")`, "closed")
		})
	}
}

// rich has everything that a text can be drawn with.
const rich = "# A heading\n\nWords, *more*, **strong**, `code`, [a link](https://example.org).\n\n> quoted\n\n1. one\n2. two\n\n- [x] done\n\n" +
	"| a | b |\n| --- | ---: |\n| 1 | 2 |\n\n```go\nfunc main() { println(\"hello\", 42) } // so\n```\n\n---\n\n@words مرحبا بالعالم"

// furnish makes so many chats, and as many messages in the last of them, and
// gives that one's path. With many, the last question has versions.
func (p *program) furnish(rows int) string {
	p.t.Helper()
	if rows == 0 {
		return ""
	}
	chat := p.open("words")
	p.call("PATCH", "/chats/"+chat, object{"reply_policy": "never"}, 200, nil)
	var last, gone struct{ ID string }
	messages := "/chats/" + chat + "/messages"
	for range rows - 2 {
		p.call("POST", messages, object{"content": "One line of a story"}, 201, &gone)
	}
	p.call("POST", messages, object{"content": rich}, 201, &last)
	if rows == 1 {
		return "/c/" + chat
	}
	for range rows - 2 {
		p.open("words")
	}
	p.call("DELETE", messages+"/"+gone.ID, nil, 200, nil)
	p.call("PATCH", "/chats/"+chat, object{"reply_policy": "always", "title": strings.Repeat("A very long title ", 14)}, 200, nil)
	p.call("POST", messages, object{"content": "A question", "reply_to": last.ID}, 201, &last)
	p.answerOf(chat, last.ID, app.StatusComplete)
	p.call("PATCH", messages+"/"+last.ID, object{"content": "Another question"}, 200, nil)
	p.call("PATCH", "/chats/"+chat, object{"pinned": true}, 200, nil)
	return "/c/" + chat
}
