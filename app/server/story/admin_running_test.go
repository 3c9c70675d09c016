package story

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// An administrator sees who comes and goes without a reload, ends a connection, reads
// what was logged of a request, and changes the level of the log.
func TestAdministratorSeesWhatRuns(t *testing.T) {
	t.Parallel()
	link := newServer(t, silent(t))
	server, _, _ := strings.Cut(link, "/setup")
	b, a := newBrowser(t), newAxe(t)
	b.setUp(link)
	b.do(chromedp.Click(chromedp.CSS("#setup-models > a.button")))
	b.eventually(`location.pathname === "/"`, "the chats are open")
	b.open(server + "/sign-in")
	b.console(server, "/admin/running")
	a.accepts(b, "nobody connected")

	chats := b.another()
	chats.open(server + "/")
	rows := `[...document.querySelectorAll('[aria-label^="Connections"] tbody tr')]`
	b.eventually(rows+`.length === 1 && `+rows+`[0].textContent.includes("127.0.0.1")`, "who comes is seen without a reload")
	a.accepts(b, "one connected")
	before := eval[string](b, rows+`[0].querySelector("form").getAttribute("action")`)
	b.follow("End")
	b.eventually(`document.querySelector(".admin-done")?.textContent.includes("being closed")`, "it says what happened")
	b.eventually(rows+`.length === 1 && `+rows+`[0].querySelector("form").getAttribute("action") !== "`+before+`"`, "the page of chats comes back by itself, on another connection")

	b.open(server + "/admin/logs?here=true")
	b.eventually(`document.querySelectorAll(".log-line").length > 5`, "what this server does is listed")
	b.do(chromedp.Click(chromedp.CSS(".log-line summary")))
	a.accepts(b, "logs")
	b.do(chromedp.Click(chromedp.CSS(".log-line[open] a[title='Only of this request']")))
	b.eventually(`new URLSearchParams(location.search).has("request_id") && new Set([...document.querySelectorAll("a[title='Only of this request']")].map((e) => e.textContent)).size === 1`, "one request alone")

	b.open(server + "/admin/system")
	a.accepts(b, "system")
	b.do(chromedp.SetValue(chromedp.CSS("#f-level"), "debug"))
	b.follow("Change")
	b.eventually(`document.querySelector(".admin-done")?.textContent.includes("log from this level on")`, "it is changed")
	require.Equal(t, "debug", eval[string](b, `document.querySelector("#f-level").value`))
	b.open(server + "/admin/system/licences")
	a.accepts(b, "licences")
}
